//! Identifiers of our own rows: UUIDs of version 7, one type per noun, so that a project's cannot be passed
//! where a repository's is meant.
//!
//! They are not secrets and are never used as one.

use std::fmt;

use jiff::Timestamp;

use crate::seal::Random;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new one, ordered by time.
            pub fn new(now: Timestamp, random: &Random) -> Self {
                Self(uuid_v7(now, random))
            }

            /// The text that is stored and written in addresses.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads one from an address, a form or a row; anything but a lower-case hyphenated UUID is refused.
            pub fn parse(text: &str) -> Option<Self> {
                is_uuid(text).then(|| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                // The submitted text is not repeated: errors of this kind reach answers and logs.
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an identifier"))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    )+};
}

ids! {
    /// An enterprise.
    EnterpriseId,
    /// A project.
    ProjectId,
    /// A repository.
    RepositoryId,
    /// A member of an enterprise.
    MemberId,
    /// A sign-in of a member.
    SignInId,
    /// A credential.
    CredentialId,
    /// An access key.
    AccessKeyId,
    /// A trusted issuer of tokens for pipelines.
    IssuerId,
    /// A rule that binds an issuer's tokens to a project or a repository.
    RuleId,
    /// A provisioning key.
    ProvisioningKeyId,
    /// A form as it was shown; sent twice, it acts once.
    SubmissionId,
    /// Content that waits to be saved until it is seen how it verified.
    CandidateId,
    /// A question to an external system.
    VerificationId,
    /// A file of projects, repositories and members that is to be applied.
    ImportId,
    /// A request, as named in logs, audit records and error pages.
    RequestId,
}

fn uuid_v7(now: Timestamp, random: &Random) -> String {
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().hyphenated().to_string()
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stored_form_is_read() {
        let id = ProjectId::new(Timestamp::UNIX_EPOCH, &Random::system());
        assert_eq!(ProjectId::parse(id.as_str()).as_ref(), Some(&id));
        for bad in [
            "",
            "1",
            "0192-",
            &id.as_str().to_uppercase(),
            &format!("{{{id}}}"),
            &id.as_str().replace('-', ""),
        ] {
            assert_eq!(ProjectId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_refused_identifier_is_not_repeated() {
        let error = serde_json::from_str::<ProjectId>("\"hunter2\"").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
