//! Adding a member whom the enterprise expects, before they first sign in.
//!
//! They are known by issuer and subject, as the sign-in will know them: an e-mail address is for showing, and never
//! makes anybody a member. The issuer must be one that members come from already. A mistyped one would make a member
//! who can never come, and nothing would say so.

use super::{DirectoryError, Member, MemberState, begin, store};
use crate::audit::{self, Draft, Outcome};
use crate::credentials::Name;
use crate::db::{Conn, StoreError};
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::{Acting, EnterpriseRole, may_rule_directory, may_set_role};

/// A person's name at their identity provider: 1 to 255 characters, none of them a control.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

impl Subject {
    /// Reads one. Nothing of it is changed: the provider's own word is compared byte by byte.
    pub fn parse(text: &str) -> Option<Self> {
        let good = !text.is_empty() && text.chars().count() <= 255 && !text.chars().any(char::is_control);
        good.then(|| Self(text.to_owned()))
    }

    /// The subject.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, as far as anybody but its owner can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads one; outer white space is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (before, host) = text.rsplit_once('@')?;
        let good = !before.is_empty()
            && !host.is_empty()
            && text.len() <= 254
            && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace());
        good.then(|| Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A member to be added.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Who vouches for them; when members come from one issuer only, it goes without saying.
    pub issuer: Option<String>,
    /// Their name there.
    pub subject: Subject,
    /// What others call them until they come and bring their own name.
    pub name: Option<Name>,
    /// Their e-mail address, for showing.
    pub email: Option<Email>,
    /// Their role in the enterprise.
    pub role: EnterpriseRole,
}

/// Adds a member and says who it is. Somebody who is one already is refused with their id.
pub fn invite(conn: &mut Conn, acting: &Acting, new: &NewMember) -> Result<MemberId, DirectoryError> {
    let acting = begin(conn, acting)?;
    if !may_rule_directory(&acting.viewer)
        || !may_set_role(acting.viewer.role, EnterpriseRole::Member, new.role)
    {
        return Err(DirectoryError::NotAllowed);
    }
    let enterprise = &acting.viewer.enterprise;
    let issuer = issuer(conn, enterprise, new.issuer.as_deref())?;
    let subject = new.subject.as_str();
    if let Some(known) = store::member_of(conn, enterprise, (&issuer, subject))? {
        return Err(DirectoryError::AlreadyMember(known));
    }
    let member = expected(&acting, (issuer, &new.subject), (new.name.as_ref(), new.email.as_ref()), new.role);
    store::add_member(conn, enterprise, &member)?;
    audit::append(conn, &acting.chain, &[added(&acting, &member)])?;
    Ok(member.id)
}

/// The issuer that is meant.
fn issuer(conn: &mut Conn, enterprise: &EnterpriseId, given: Option<&str>) -> Result<String, DirectoryError> {
    let known = issuers(conn, enterprise)?;
    match (given, known.as_slice()) {
        (Some(given), known) => {
            known.iter().find(|issuer| *issuer == given).cloned().ok_or(DirectoryError::UnknownIssuer)
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(DirectoryError::IssuerNeeded),
    }
}

/// The issuers that members of the enterprise come from.
pub(super) fn issuers(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<Vec<String>, StoreError> {
    store::issuers(conn, enterprise)
}

/// Somebody who has not come yet.
pub(super) fn expected(
    acting: &Acting,
    (issuer, subject): (String, &Subject),
    (name, email): (Option<&Name>, Option<&Email>),
    role: EnterpriseRole,
) -> Member {
    let name = name.map(Name::as_str).or(email.map(Email::as_str)).unwrap_or(subject.as_str());
    Member {
        id: MemberId::new(acting.now, &acting.random),
        issuer,
        subject: subject.as_str().to_owned(),
        name: name.to_owned(),
        email: email.map(|email| email.as_str().to_owned()),
        role,
        state: MemberState::Active,
        created_at: acting.now,
    }
}

/// The record of a member who was added.
pub(super) fn added(acting: &Acting, member: &Member) -> Draft {
    let mut draft = acting.draft("member.add", Some(member.object()), Outcome::Allowed);
    draft.detail = serde_json::json!({
        "issuer": member.issuer,
        "subject": member.subject,
        "role": { "from": null, "to": member.role.as_str() },
    });
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_taken_as_it_is() {
        for good in ["li.na", "248289761001", "https://id.example#x", "李娜", "a b"] {
            assert_eq!(Subject::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a\nb", "a\0", &"s".repeat(256)] {
            assert_eq!(Subject::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_address_has_somebody_and_somewhere() {
        for good in ["li@example.org", " li@example.org ", "李@例子.中国", "\"a@b\"@x"] {
            assert_eq!(Email::parse(good).unwrap().as_str(), good.trim());
        }
        for bad in ["", "li", "@example.org", "li@", "li na@example.org", &format!("{}@x", "l".repeat(260))] {
            assert_eq!(Email::parse(bad), None, "{bad:?}");
        }
    }
}
