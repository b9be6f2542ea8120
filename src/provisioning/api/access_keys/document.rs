//! What an access key looks like to programs, and what they say of one. "Everything" is a word in all of it, never
//! something that is left out or empty, and what is answered can be sent back as it is.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::super::described;
use super::Refused;
use crate::credentials::Name;
use crate::db::StoreError;
use crate::ids::{AccessKeyId, MemberId, ProjectId, ProvisioningKeyId, RepositoryId};
use crate::pipelines::{AccessKey, KeySecret, Maker, Overlap, Sources, Tokens};
use crate::web::Problem;

/// An expiry that never comes.
pub(in super::super) const NEVER: &str = "never";
/// Every address.
pub(in super::super) const ANYWHERE: &str = "anywhere";
/// Every token that the place may use.
pub(in super::super) const ALL: &str = "all";

/// An access key, without its secrets.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessKey)]
pub(super) struct View {
    #[schema(value_type = String, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    id: AccessKeyId,
    /// The part of its text that is not secret; a key begins with `vak_`, this, and `_`.
    #[schema(example = "7Zq0aB3dE5fG")]
    public_id: String,
    /// What people call it.
    name: String,
    /// The project whose pipelines it stands for, if it is bound to one.
    #[schema(value_type = Option<String>, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    project: Option<ProjectId>,
    /// The repository whose pipelines it stands for, if it is bound to one.
    #[schema(value_type = Option<String>, format = "uuid")]
    repository: Option<RepositoryId>,
    #[schema(schema_with = described::key_state)]
    state: &'static str,
    #[schema(schema_with = described::key_end)]
    expires_at: String,
    #[schema(schema_with = described::key_sources)]
    sources: Listed,
    #[schema(schema_with = described::key_tokens)]
    tokens: Listed,
    /// Its secrets, the current one first. One before it works until `ends_at`.
    secrets: Vec<Secret>,
    #[schema(format = DateTime)]
    created_at: String,
    created_by: By,
    /// When it was revoked.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// From which address it was last used.
    last_used_address: Option<String>,
}

/// One of the secrets of a key, without the secret.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessKeySecret)]
struct Secret {
    /// Its number; a rotation names the current one.
    #[schema(minimum = 1)]
    number: i32,
    #[schema(format = DateTime)]
    since: String,
    /// When it ends or ended; null for the current one, which ends with the key.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    made_by: By,
}

/// Who made something.
#[derive(Serialize, ToSchema)]
#[schema(as = Maker)]
struct By {
    /// The member; where a program did it, the one who made the program's provisioning key.
    #[schema(value_type = String, format = "uuid")]
    member: MemberId,
    /// The provisioning key that a program did it with; null when the member did it in the console.
    #[schema(value_type = Option<String>, format = "uuid")]
    provisioning_key: Option<ProvisioningKeyId>,
}

/// A stretch of the access keys.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessKeys)]
pub(super) struct List {
    pub(super) access_keys: Vec<View>,
    /// Given as `after`, it gets the stretch behind this one; null behind the last.
    pub(super) next: Option<String>,
}

/// An access key that was just made, or given another secret.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessKeyWithText)]
pub(super) struct Made<'a> {
    pub(super) access_key: View,
    /// The text of the key, which a pipeline sends as `Authorization: Bearer …`. It is answered this once; only a hash of
    /// it is kept.
    // Not a `Secret`: it is what the answer is for.
    #[schema(example = "vak_…")]
    pub(super) key: &'a str,
}

/// An access key to be made, for a `project` or for a `repository`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAccessKey)]
pub(super) struct New {
    #[schema(schema_with = described::key_name)]
    pub(super) name: String,
    /// The project: every pipeline in it.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = String, required = false, format = "uuid", example = "019300d2-6f0a-7c3e-9b1f-0242ac120002")]
    pub(super) project: Option<String>,
    /// The repository: its own pipelines.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = String, required = false, format = "uuid")]
    pub(super) repository: Option<String>,
    #[schema(schema_with = described::key_end)]
    pub(super) expires_at: String,
    #[schema(schema_with = described::key_sources)]
    pub(super) sources: Listed,
    #[schema(schema_with = described::key_tokens)]
    pub(super) tokens: Listed,
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessKeyChanges)]
pub(super) struct Changes {
    #[serde(default, deserialize_with = "said")]
    #[schema(schema_with = described::key_name, required = false)]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "said")]
    #[schema(schema_with = described::key_end, required = false)]
    pub(super) expires_at: Option<String>,
    #[serde(default, deserialize_with = "said")]
    #[schema(schema_with = described::key_sources, required = false)]
    pub(super) sources: Option<Listed>,
    #[serde(default, deserialize_with = "said")]
    #[schema(schema_with = described::key_tokens, required = false)]
    pub(super) tokens: Option<Listed>,
}

/// How a key is rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccessKeyRotation)]
pub(super) struct Rotation {
    /// The number of the secret that is current, and is followed by another.
    #[schema(example = 1)]
    pub(super) secret: i32,
    #[schema(schema_with = described::key_overlap)]
    pub(super) overlap: String,
}

/// A word that stands for everything, or what there is.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Listed {
    /// The word.
    Word(String),
    /// These.
    These(Vec<String>),
}

/// What is said is not null: that would be one more way to say "everything", or "as before", and nobody knows which.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl View {
    /// A key as it stands now.
    pub(super) fn of(key: AccessKey, secrets: Vec<KeySecret>, now: Timestamp) -> Self {
        let (project, repository) = match key.binding.repository() {
            Some(repository) => (None, Some(repository.clone())),
            None => (Some(key.binding.project().clone()), None),
        };
        let (last_used_at, last_used_address) = match &key.last_use {
            Some(used) => (Some(used.at.to_string()), used.address.clone()),
            None => (None, None),
        };
        Self {
            project,
            repository,
            state: key.state(now).as_str(),
            expires_at: key.expires_at.map_or_else(|| NEVER.to_owned(), |end| end.to_string()),
            sources: match &key.sources {
                Sources::Anywhere => Listed::Word(ANYWHERE.to_owned()),
                Sources::These(_) => Listed::These(key.sources.texts()),
            },
            tokens: match &key.tokens {
                Tokens::All => Listed::Word(ALL.to_owned()),
                Tokens::These(_) => Listed::These(key.tokens.texts()),
            },
            secrets: secrets.into_iter().map(Secret::from).collect(),
            created_at: key.created_at.to_string(),
            created_by: key.created_by.into(),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
            last_used_at,
            last_used_address,
            id: key.id,
            public_id: key.public_id,
            name: key.name,
        }
    }
}

impl From<KeySecret> for Secret {
    fn from(secret: KeySecret) -> Self {
        Self {
            number: secret.number,
            since: secret.since.to_string(),
            ends_at: secret.ends_at.map(|at| at.to_string()),
            last_used_at: secret.last_used_at.map(|at| at.to_string()),
            made_by: secret.made_by.into(),
        }
    }
}

impl From<Maker> for By {
    fn from(maker: Maker) -> Self {
        Self { member: maker.member, provisioning_key: maker.program }
    }
}

/// The name that a key has.
pub(super) fn stored_name(key: &AccessKey) -> Result<Name, Refused> {
    let bad = || StoreError::Corrupt(format!("name of access key {}", key.id));
    Name::parse(&key.name).map_err(|_| bad().into())
}

/// Reads when a key ends: in the future, or as it does already.
pub(super) fn end(
    text: &str,
    (present, now): (Option<Timestamp>, Timestamp),
) -> Result<Option<Timestamp>, Problem> {
    let end = moment(text)?;
    match end != present && is_over(end, now) {
        true => Err(bad_end()),
        false => Ok(end),
    }
}

/// Reads a moment to the millisecond, which is how exact it is stored, or that it never comes.
pub(super) fn moment(text: &str) -> Result<Option<Timestamp>, Problem> {
    if text == NEVER {
        return Ok(None);
    }
    let exact: Timestamp = text.parse().map_err(|_| bad_end())?;
    Timestamp::from_millisecond(exact.as_millisecond()).map(Some).map_err(|_| bad_end())
}

/// Whether a key with this end is over.
pub(super) fn is_over(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_some_and(|end| end <= now)
}

fn bad_end() -> Problem {
    Problem::unprocessable("api-access-expires")
}

/// Reads from where a key works.
pub(super) fn sources(said: &Listed) -> Result<Sources, Problem> {
    let bad = || Problem::unprocessable("api-access-sources");
    match said {
        Listed::Word(word) if word == ANYWHERE => Ok(Sources::Anywhere),
        Listed::Word(_) => Err(bad()),
        Listed::These(texts) => Sources::listed(&borrowed(texts)).map_err(|_| bad()),
    }
}

/// Reads what a key may ask for.
pub(super) fn tokens(said: &Listed) -> Result<Tokens, Problem> {
    let bad = || Problem::unprocessable("api-access-tokens");
    match said {
        Listed::Word(word) if word == ALL => Ok(Tokens::All),
        Listed::Word(_) => Err(bad()),
        Listed::These(texts) => Tokens::listed(&borrowed(texts)).map_err(|_| bad()),
    }
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Reads how long the old secret works on.
pub(super) fn overlap(text: &str) -> Result<Overlap, Problem> {
    Overlap::parse(text).ok_or_else(|| Problem::unprocessable("api-access-overlap"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_in_the_future_or_as_it_does_already_or_never() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let present: Option<Timestamp> = "2026-11-01T00:00:00Z".parse().ok();
        for (text, expected) in [
            ("never", Some(None)),
            ("2026-11-23T09:00:00.001Z", Some("2026-11-23T09:00:00.001Z".parse().ok())),
            ("2027-01-31T08:00:00+08:00", Some("2027-01-31T00:00:00Z".parse().ok())),
            ("2026-11-01T00:00:00.000400Z", Some(present)),
            ("2026-11-23T09:00:00Z", None),
            ("2026-11-02T00:00:00Z", None),
            ("2027-01-31", None),
            ("2027-01-31T08:00:00", None),
            ("", None),
            ("Never", None),
        ] {
            assert_eq!(end(text, (present, now)).ok(), expected, "{text}");
        }
    }

    #[test]
    fn everything_is_a_word_and_never_an_empty_list() {
        let read = |text: &str| serde_json::from_str::<Listed>(text).ok();
        for (text, from, what) in [
            (r#""anywhere""#, true, false),
            (r#""all""#, false, true),
            ("[]", false, false),
            (r#"[""]"#, false, false),
            (r#"["10.0.0.0/8","2001:db8::1"]"#, true, false),
            (r#"["10.0.0.0/8 10.0.0.1"]"#, false, false),
            (r#"["aliyun-prod"]"#, false, true),
            (r#"["aliyun-prod k8s"]"#, false, false),
        ] {
            let said = read(text).unwrap();
            assert_eq!((sources(&said).is_ok(), tokens(&said).is_ok()), (from, what), "{text}");
        }
        for bad in ["null", "1", "{}", "[1]", "[null]"] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn null_says_nothing_that_could_be_meant() {
        for text in
            [r#"{"expires_at":null}"#, r#"{"sources":null}"#, r#"{"tokens":null}"#, r#"{"name":null}"#]
        {
            assert!(serde_json::from_str::<Changes>(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Changes>("{}").is_ok());
    }
}
