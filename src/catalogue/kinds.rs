//! What a credential type is: its group, its variants with their fields, the files it can be delivered as, and what
//! helps the person who fills the form.

use std::collections::BTreeMap;

use super::check::{self, Draft};
use super::content::{Content, FieldError, Kept, Submitted, Surroundings};
use super::field::Field;
use super::finding::{Post, Probe};
use super::opened::{Opened, Undeliverable};
use crate::secret::Secret;

/// The three groups under which the console lists types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Keys of cloud providers.
    CloudService,
    /// Bots and applications of chat systems.
    ImCommunication,
    /// Everything else that pipelines sign in to.
    Others,
}

impl Group {
    /// All groups, in the order of the tabs.
    pub const ALL: [Group; 3] = [Group::CloudService, Group::ImCommunication, Group::Others];

    /// The name used in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudService => "cloud-service",
            Self::ImCommunication => "im-communication",
            Self::Others => "others",
        }
    }

    /// Reads the name used in addresses.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.as_str() == text)
    }

    /// The message with its title.
    pub fn label(self) -> String {
        format!("group-{}", self.as_str())
    }

    /// The types in this group, in the order of the catalogue.
    pub fn types(self) -> impl Iterator<Item = &'static CredentialType> {
        super::all().iter().copied().filter(move |known| known.group == self)
    }
}

/// One credential type. The constants live in the files of this folder, one each.
pub struct CredentialType {
    /// The name in rows, addresses and answers; never changes.
    pub id: &'static str,
    /// The group under which it is listed.
    pub group: Group,
    /// The icon's name.
    pub icon: &'static str,
    /// The forms its content can take; the first is what a new credential starts with. Never empty.
    pub variants: &'static [Variant],
    /// What to tell the person who fills the form, in order.
    pub guidance: &'static [Guidance],
    /// The files it can be delivered as.
    pub files: &'static [FileFormat],
    /// Rules that look at several fields or inside of one; called when each field passed its own.
    pub(crate) rules: fn(&mut Draft<'_>),
    /// Secrets inside of secrets (the token within a kubeconfig), so that a runner hides them on their own as well.
    pub(crate) inner: fn(&Opened) -> Vec<Secret<Vec<u8>>>,
    /// Made-up content that passes every rule, see [`CredentialType::sample`].
    pub(crate) sample: fn(&str) -> Submitted,
}

/// One form that a type's content can take.
pub struct Variant {
    /// The name in rows and forms; unique within the type.
    pub id: &'static str,
    /// Inputs in the order of the form; derived facts stand among them.
    pub fields: &'static [Field],
    /// The plain fields that tell two credentials apart in a list.
    pub summary: &'static [&'static str],
    /// Asks the system whether it works, without any effect that people would notice.
    pub probe: Probe,
    /// Posts a text where a group reads it: group-chat bots. A test message is the only proof that one works.
    pub post: Option<Post>,
}

/// One piece of help beside the form. Its text is the message `guidance-<type>-<number>`, counted from 1.
pub struct Guidance {
    /// How it is set.
    pub form: GuidanceForm,
    /// The only variant it speaks of; `None`: all.
    pub only: Option<&'static str>,
}

/// How a piece of guidance is set.
pub enum GuidanceForm {
    /// A paragraph.
    Paragraph,
    /// An item; consecutive ones form a list.
    Item,
    /// A paragraph followed by text to copy.
    Copy(Copyable),
}

/// Text that the person takes elsewhere, the same in every language.
pub struct Copyable {
    /// A name to save it under.
    pub file_name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// A file that the tools of a type read.
pub struct FileFormat {
    /// The format's name in requests; unique in the catalogue unless two types deliver the same kind of file.
    pub name: &'static str,
    /// The usual name of such a file.
    pub file_name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Writes it.
    pub(crate) write: fn(&Opened) -> Result<Secret<Vec<u8>>, Undeliverable>,
}

impl CredentialType {
    /// Turns what a person or a program submitted into content that may be sealed, or says what is wrong with it.
    ///
    /// `kept` names the secret fields that stay as they are in the current version; their values are not known.
    /// Neither errors nor warnings repeat anything that was submitted.
    pub fn check(
        &'static self,
        submitted: Submitted,
        kept: &Kept<'_>,
        surroundings: Surroundings<'_>,
    ) -> Result<Content, Vec<FieldError>> {
        check::check(self, submitted, kept, surroundings)
    }

    /// The variant of that id.
    pub fn variant(&self, id: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|variant| variant.id == id)
    }

    /// The file format of that name.
    pub fn file(&self, name: &str) -> Option<&'static FileFormat> {
        self.files.iter().find(|file| file.name == name)
    }

    /// One line that tells a credential from others of its type; empty when its plain fields say nothing.
    pub fn summary(&self, variant: &str, plain: &BTreeMap<String, String>) -> String {
        let names = self.variant(variant).map_or(&[][..], |variant| variant.summary);
        let values: Vec<&str> = names
            .iter()
            .filter_map(|name| plain.get(*name))
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        values.join(" · ")
    }

    /// Made-up content of that variant that passes every rule without a warning: for tests and the demonstration
    /// enterprise. It opens nothing anywhere.
    pub fn sample(&self, variant: &str) -> Submitted {
        (self.sample)(variant)
    }

    /// The message with its name.
    pub fn label(&self) -> String {
        super::messages::type_label(self)
    }
}

impl Variant {
    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl PartialEq for CredentialType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}
