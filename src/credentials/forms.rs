//! What people submit about credentials, read into what the operations take.
//!
//! Each reader gives the operation's input, when everything can be read, and in any case the form as it can be shown
//! again: plain values as they were typed, a sentence at each field that is wrong, and no secret. Type fields are named
//! `field-<name>` in forms.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    BadFact, Credential, Description, Edit, Name, NewCredential, Reach, Rotation, Runs, Scope, Token, Version,
};
use crate::catalogue::{self, CredentialType, Entry, Field, Input, Kept, Surroundings, Variant};
use crate::ids::{MemberId, ProjectId, RepositoryId, SubmissionId};
use crate::permission::Viewer;
use crate::secret::Secret;
use crate::web::Language;
use crate::web::choices;
use crate::web::dates;
use crate::web::forms::{FormState, Submitted};

/// Who submitted, in which language, when, and to which installation.
pub struct Submitter<'a> {
    /// Who.
    pub viewer: &'a Viewer,
    /// In which language they are answered.
    pub language: Language,
    /// When.
    pub now: Timestamp,
    /// The hosts of private deployments that the installation knows.
    pub private_hosts: &'a [String],
}

impl Submitter<'_> {
    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { now: self.now, private_hosts: self.private_hosts }
    }
}

/// The name of the input of a type's field.
pub fn input_name(field: &Field) -> String {
    format!("field-{}", field.name)
}

/// The name of the check box that takes an optional secret out.
pub fn drop_name(field: &Field) -> String {
    format!("drop-{}", field.name)
}

/// What a type's field is called where the section it stands in is not seen.
pub fn called(language: Language, of: &CredentialType, field: &Field) -> String {
    let label = language.t(&catalogue::messages::field_label(of, field));
    match field.entry {
        Some(entry) => format!("{} · {label}", called_entry(language, of, entry)),
        None => label,
    }
}

/// What one of several entries is called.
pub fn called_entry(language: Language, of: &CredentialType, entry: Entry) -> String {
    let number = ("number", i64::from(entry.number).into());
    language.t_args(&catalogue::messages::entry_label(of), &[number])
}

/// Reads the form of a new credential.
pub fn new_credential(
    mut form: Submitted,
    of: &'static CredentialType,
    variant: &'static Variant,
    by: &Submitter<'_>,
) -> (Option<NewCredential>, FormState) {
    let mut reader = Reader::new(&form, by);
    let name = reader.name();
    let token = reader.token();
    let description = reader.description();
    let responsible = reader.responsible();
    let scope = reader.scope();
    let expires_at = reader.expires(None);
    let submission = reader.submission();
    let mut state = reader.state;
    let submitted = fields(&mut form, variant, &mut state);
    let content = of.check(submitted, &Kept::nothing(), by.surroundings());
    let content =
        content.map_err(|errors| refuse_fields((of, variant), errors, by.language, &mut state)).ok();
    let new = || {
        Some(NewCredential {
            credential_type: of,
            name: name?,
            token: token?,
            description: description?,
            content: content?,
            scope: scope?,
            expires_at: expires_at?,
            responsible: responsible?,
            submission: submission?,
        })
    };
    (new(), state)
}

/// Reads the form that changes a credential's facts.
pub fn edit(form: &Submitted, of: &Credential, by: &Submitter<'_>) -> (Option<Edit>, FormState) {
    let mut reader = Reader::new(form, by);
    let revision = form.one("revision").parse::<i64>().ok();
    reader.state.set("revision", form.one("revision"));
    let name = reader.name();
    let description = reader.description();
    let responsible = reader.responsible();
    let scope = reader.scope();
    let expires_at = reader.expires(of.expires_at);
    if revision.is_none() {
        reader.refuse("", "form-stale");
    }
    let edit = || {
        Some(Edit {
            credential: of.id.clone(),
            revision: revision?,
            name: name?,
            description: description?,
            responsible: responsible?,
            scope: scope?,
            expires_at: expires_at?,
        })
    };
    (edit(), reader.state)
}

/// Reads the form of a rotation. A secret field that is left empty stays as it is, while the variant does; an
/// optional one can be taken out by its check box.
pub fn rotation(
    mut form: Submitted,
    of: &Credential,
    current: &Version,
    by: &Submitter<'_>,
) -> (Option<Rotation>, FormState) {
    let mut reader = Reader::new(&form, by);
    let based_on = form.one("based_on").parse::<i32>().ok();
    let submission = reader.submission();
    if based_on.is_none() {
        reader.refuse("", "form-stale");
    }
    let mut state = reader.state;
    state.set("based_on", form.one("based_on"));
    let runs = if form.has("runs-follow") { Runs::Follow } else { Runs::Keep };
    if runs == Runs::Follow {
        state.set("runs-follow", "on");
    }
    let Some(variant) = of.credential_type.variant(form.one("variant")) else {
        state.refuse("", by.language.t("check-variant"));
        return (None, state);
    };
    let dropped: Vec<&str> = variant
        .fields
        .iter()
        .filter(|field| field.secret && !field.required && form.has(&drop_name(field)))
        .map(|field| field.name)
        .collect();
    for field in variant.fields.iter().filter(|field| dropped.contains(&field.name)) {
        state.set(&drop_name(field), "on");
    }
    let submitted = fields(&mut form, variant, &mut state);
    let kept: Vec<&str> = if variant.id == current.variant {
        let stays = |name: &&str| !submitted.secret.contains_key(*name) && !dropped.contains(name);
        current.secret_fields.iter().map(String::as_str).filter(stays).collect()
    } else {
        Vec::new()
    };
    let same_variant = variant.id == current.variant;
    let kept_before =
        Kept { secret: &kept, plain: &current.plain, content_expires_at: current.content_expires_at };
    let nothing = Kept::nothing();
    let content = of
        .credential_type
        .check(submitted, if same_variant { &kept_before } else { &nothing }, by.surroundings())
        .map_err(|errors| refuse_fields((of.credential_type, variant), errors, by.language, &mut state));
    let (Ok(content), Some(based_on), Some(submission)) = (content, based_on, submission) else {
        return (None, state);
    };
    if same_variant && content.secret.is_empty() && dropped.is_empty() && content.plain == current.plain {
        state.refuse("", by.language.t("rotate-nothing-new"));
        return (None, state);
    }
    let kept = kept.into_iter().map(str::to_owned).collect();
    (Some(Rotation { credential: of.id.clone(), based_on, content, kept, runs, submission }), state)
}

/// The state of an edit form before anybody typed.
pub fn edit_state(of: &Credential) -> FormState {
    let mut state = FormState::new();
    state.set("revision", of.revision.to_string());
    state.set("name", of.name.as_str());
    state.set("description", of.description.as_str());
    state.set("responsible", of.responsible.as_str());
    state.set("expires", of.expires_at.map(dates::last_day).unwrap_or_default());
    state.set("project-reach", of.scope.projects.as_str());
    state.tick("project", of.scope.projects.chosen().map(ProjectId::as_str));
    state.set("repository-reach", of.scope.repositories.as_str());
    state.tick("repository", of.scope.repositories.chosen().map(RepositoryId::as_str));
    state
}

/// The state of a rotation's form before anybody typed.
pub fn rotation_state(of: &Credential, variant: &Variant, current: &Version) -> FormState {
    let mut state = FormState::new();
    state.set("based_on", of.current_version.to_string());
    if variant.id == current.variant {
        for field in variant.fields.iter().filter(|field| field.is_input() && !field.secret) {
            state.set(
                &input_name(field),
                current.plain.get(field.name).map(String::as_str).unwrap_or_default(),
            );
        }
    }
    state
}

/// Takes a type's fields out of the form; plain ones are shown again as they were typed.
fn fields(form: &mut Submitted, variant: &Variant, state: &mut FormState) -> catalogue::Submitted {
    let mut submitted = catalogue::Submitted {
        variant: variant.id.to_owned(),
        strip: form.has("strip"),
        ..Default::default()
    };
    for field in variant.fields.iter().filter(|field| field.is_input()) {
        let name = input_name(field);
        if field.secret {
            if let Some(text) = form.take_secret(&name) {
                let bytes = Secret::new(text.expose().as_bytes().to_vec());
                submitted.secret.insert(field.name.to_owned(), bytes);
            }
        } else if let Some(text) = form.raw(&name) {
            let text = match field.input {
                Input::Multiline => text.replace("\r\n", "\n"),
                _ => text.to_owned(),
            };
            state.set(&name, text.clone());
            submitted.plain.insert(field.name.to_owned(), text);
        }
    }
    submitted
}

fn refuse_fields(
    (of, variant): (&CredentialType, &Variant),
    errors: Vec<catalogue::FieldError>,
    language: Language,
    state: &mut FormState,
) {
    for error in errors {
        let args: Vec<_> = error.args.into_iter().map(|(name, value)| (name, value.into())).collect();
        let sentence = language.t_args(error.message, &args);
        match variant.field(error.field).filter(|field| field.is_input()) {
            Some(field) => {
                state.refuse_called(&input_name(field), called(language, of, field), sentence);
            }
            None => state.refuse("", sentence),
        }
        if error.strip_helps {
            state.set("offer-strip", "on");
        }
    }
}

/// Reads the facts that forms have in common, one by one, and remembers what was typed and what is wrong.
struct Reader<'a> {
    form: &'a Submitted,
    by: &'a Submitter<'a>,
    state: FormState,
}

impl<'a> Reader<'a> {
    fn new(form: &'a Submitted, by: &'a Submitter<'a>) -> Self {
        Self { form, by, state: FormState::new() }
    }

    fn refuse(&mut self, field: &str, sentence: &str) {
        let label = match field {
            "" => String::new(),
            "project" | "repository" => self.by.language.t(&format!("reach-{field}")),
            field => self.by.language.t(&format!("credential-{field}")),
        };
        self.state.refuse_called(field, label, self.by.language.t(sentence));
    }

    /// Remembers a plain field and reads it.
    fn fact<T>(&mut self, field: &str, read: impl FnOnce(&str) -> Result<T, BadFact>) -> Option<T> {
        let text = self.form.one(field);
        self.state.set(field, text);
        match read(text) {
            Ok(fact) => Some(fact),
            Err(bad) => {
                let why = match bad {
                    BadFact::Empty => "empty",
                    BadFact::TooLong => "too-long",
                    BadFact::BadCharacter => "bad-character",
                };
                self.refuse(field, &format!("fact-{field}-{why}"));
                None
            }
        }
    }

    fn name(&mut self) -> Option<Name> {
        self.fact("name", Name::parse)
    }

    /// `Some(None)`: one is to be generated.
    fn token(&mut self) -> Option<Option<Token>> {
        self.fact("token", |text| if text.is_empty() { Ok(None) } else { Token::parse(text).map(Some) })
    }

    fn description(&mut self) -> Option<Description> {
        self.fact("description", Description::parse)
    }

    /// Whoever fills the form, unless it names somebody.
    fn responsible(&mut self) -> Option<MemberId> {
        let text = self.form.one("responsible");
        self.state.set("responsible", text);
        choices::remember(self.form, &mut self.state, "responsible");
        if text.is_empty() {
            return Some(self.by.viewer.member.clone());
        }
        let member = MemberId::parse(text);
        if member.is_none() {
            self.refuse("responsible", "form-unknown-responsible");
        }
        member
    }

    /// `Some(None)`: it does not end. `present` stays to the moment when its day is not changed.
    fn expires(&mut self, present: Option<Timestamp>) -> Option<Option<Timestamp>> {
        let text = self.form.one("expires");
        self.state.set("expires", text);
        if present.is_some_and(|end| dates::last_day(end) == text) {
            return Some(present);
        }
        match dates::read_last_day(text, self.by.now) {
            Ok(end) => Some(end),
            Err(bad) => {
                self.refuse("expires", bad.sentence());
                None
            }
        }
    }

    fn scope(&mut self) -> Option<Scope> {
        let projects = self.reach("project", ProjectId::parse);
        let repositories = self.reach("repository", RepositoryId::parse);
        Some(Scope { projects: projects?, repositories: repositories? })
    }

    /// "All" is said by its own value; without it, what is ticked, which may be nothing.
    fn reach<T: Ord>(&mut self, of: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Reach<T>> {
        let kind = format!("{of}-reach");
        let said = self.form.one(&kind);
        let ticked: Vec<&str> = self.form.all(of).collect();
        self.state.set(&kind, said);
        choices::remember(self.form, &mut self.state, of);
        self.state.tick(of, ticked.iter().copied());
        match said {
            "all" => Some(Reach::All),
            "chosen" | "" => {
                let chosen: Option<BTreeSet<T>> = ticked.iter().map(|id| parse(id)).collect();
                if chosen.is_none() {
                    self.refuse(of, "form-unknown-place");
                }
                chosen.map(Reach::Chosen)
            }
            _ => {
                self.refuse(of, "form-unknown-place");
                None
            }
        }
    }

    /// The form as it was shown; one that we did not show cannot be sent.
    fn submission(&mut self) -> Option<SubmissionId> {
        let text = self.form.one("submission");
        let submission = SubmissionId::parse(text);
        match &submission {
            Some(_) => self.state.set("submission", text),
            None => self.refuse("", "form-stale"),
        }
        submission
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    const FORM: &str = "submission=01890000-0000-7000-8000-000000000001&name=Cluster&token=k8s&description=&expires=\
        &responsible=&project-reach=chosen&project=01890000-0000-7000-8000-00000000000a\
        &project=01890000-0000-7000-8000-00000000000b&repository-reach=all\
        &field-username=robot&field-password=hunter2-S3CRET";

    fn read(body: &str) -> (Option<NewCredential>, FormState) {
        read_as("username-password", &[], body)
    }

    fn read_as(of: &str, private_hosts: &[String], body: &str) -> (Option<NewCredential>, FormState) {
        let of = catalogue::find(of).unwrap();
        let viewer = look::an_administrator();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let by = Submitter { viewer: &viewer, language: Language::En, now, private_hosts };
        new_credential(Submitted::parse(body.as_bytes()), of, &of.variants[0], &by)
    }

    #[test]
    fn a_form_becomes_what_the_operation_takes() {
        let (new, state) = read(FORM);
        assert!(!state.is_refused(), "{state:?}");
        let new = new.unwrap();
        assert_eq!((new.name.as_str(), new.token.unwrap().as_str()), ("Cluster", "k8s"));
        assert_eq!(new.scope.projects.chosen().count(), 2);
        assert_eq!(new.scope.repositories, Reach::All);
        assert_eq!(new.expires_at, None);
        assert_eq!(new.content.plain["username"], "robot");
        assert_eq!(new.content.secret["password"].expose(), b"hunter2-S3CRET");
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_the_secret_is_not_repeated() {
        let cases = [
            ("name=Cluster", "name=+++", "name"),
            ("token=k8s", "token=-x", "token"),
            ("description=", "description=%00", "description"),
            ("expires=", "expires=2020-01-01", "expires"),
            ("responsible=", "responsible=me", "responsible"),
            ("project=01890000-0000-7000-8000-00000000000a", "project=1", "project"),
            ("project-reach=chosen", "project-reach=most", "project"),
            ("submission=0189", "submission=x", ""),
            ("field-username=robot", "field-username=", "field-username"),
            ("field-password=hunter2-S3CRET", "field-password=", "field-password"),
        ];
        for (from, to, field) in cases {
            assert!(FORM.contains(from));
            let (new, state) = read(&FORM.replacen(from, to, 1));
            assert!(new.is_none(), "{to}");
            assert!(state.error(field).is_some_and(|said| !said.contains('⟦')), "{to}: {state:?}");
            assert!(!format!("{state:?}").contains("S3CRET"), "{to}");
            if field != "name" {
                assert_eq!(state.value("name"), "Cluster");
            }
            assert!(state.is("project", "01890000-0000-7000-8000-00000000000b"));
        }
    }

    #[test]
    fn a_bot_of_a_private_deployment_is_taken_where_the_installation_knows_it() {
        let known = ["im.acme.example".to_owned()];
        for (of, path) in [
            ("feishu", "/open-apis/bot/v2/hook/x"),
            ("dingtalk", "/robot/send?access_token=x"),
            ("wechat-work", "/cgi-bin/webhook/send?key=x"),
        ] {
            let facts = FORM.split("&field-").next().unwrap();
            let url = format!("https://im.acme.example{}", path.replace('?', "%3F").replace('=', "%3D"));
            let body = format!("{facts}&field-webhook_url={url}");
            assert_eq!(read_as(of, &known, &body).0.unwrap().content.plain["host"], "im.acme.example");
            let (refused, state) = read_as(of, &[], &body);
            assert!(refused.is_none() && state.error("field-webhook_url").is_some(), "{of}");
        }
    }

    #[test]
    fn without_all_an_empty_list_means_nowhere() {
        let body = FORM.replace("repository-reach=all", "repository-reach=chosen");
        assert_eq!(read(&body).0.unwrap().scope.repositories, Reach::none());
        assert_eq!(
            read(&body.replace("repository-reach=chosen", "")).0.unwrap().scope.repositories,
            Reach::none()
        );
    }
}
