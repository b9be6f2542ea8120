//! The rows of candidates: two JSON documents of our own making, the plan and the sealed version.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::prelude::*;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read_key_id;
use crate::catalogue;
use crate::clock;
use crate::credentials::candidate::{Candidate, Planned};
use crate::credentials::create::Plan;
use crate::credentials::rotate::Runs;
use crate::credentials::{Description, Name, Reach, Scope, Sealed, SealedVersion, Token};
use crate::db::{Conn, StoreError};
use crate::ids::{CandidateId, CredentialId, EnterpriseId, MemberId, ProjectId, RepositoryId, SubmissionId};
use crate::schema::candidates as k;
use crate::seal::Signature;

/// What the form said beside the content. A rotation has only its credential's token.
#[derive(Serialize, Deserialize)]
struct PlanText {
    token: String,
    /// Of a rotation: whether runs under way take the new version too.
    #[serde(default)]
    runs_follow: bool,
    new: Option<NewText>,
}

#[derive(Serialize, Deserialize)]
struct NewText {
    name: String,
    description: String,
    /// `None` is all of them.
    projects: Option<BTreeSet<ProjectId>>,
    repositories: Option<BTreeSet<RepositoryId>>,
    expires_at: Option<i64>,
    responsible: MemberId,
}

/// A sealed version; bytes in base64.
#[derive(Serialize, Deserialize)]
struct VersionText {
    variant: String,
    plain: BTreeMap<String, String>,
    content_expires_at: Option<i64>,
    signing_key: String,
    signature: String,
    fields: Vec<FieldText>,
}

#[derive(Serialize, Deserialize)]
struct FieldText {
    field: String,
    key: String,
    envelope: String,
    fingerprint: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = k)]
struct Row {
    id: String,
    enterprise_id: String,
    member_id: String,
    credential_id: String,
    credential_type: String,
    number: i32,
    submission: String,
    plan: String,
    content: String,
    created_at: i64,
    saved_at: Option<i64>,
}

pub(in crate::credentials) fn insert(conn: &mut Conn, candidate: &Candidate) -> Result<(), StoreError> {
    diesel::insert_into(k::table)
        .values((
            k::id.eq(candidate.id.as_str()),
            k::enterprise_id.eq(candidate.enterprise.as_str()),
            k::member_id.eq(candidate.member.as_str()),
            k::credential_id.eq(candidate.credential.as_str()),
            k::credential_type.eq(candidate.credential_type.id),
            k::number.eq(candidate.version.number),
            k::submission.eq(candidate.submission.as_str()),
            k::plan.eq(json(&plan_text(&candidate.plan))?),
            k::content.eq(json(&version_text(&candidate.version))?),
            k::created_at.eq(candidate.created_at.as_millisecond()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::credentials) fn find(
    conn: &mut Conn,
    id: &CandidateId,
) -> Result<Option<Candidate>, StoreError> {
    let row: Option<Row> =
        k::table.filter(k::id.eq(id.as_str())).select(Row::as_select()).first(conn).optional()?;
    row.map(Row::read).transpose()
}

/// The content of one that was saved.
const NOTHING: &str = r#"{"variant":"","plain":{},"content_expires_at":null,"signing_key":"AAAAAAAAAAA=","signature":"","fields":[]}"#;

/// How many candidates a member may have; the oldest give way.
const MOST: i64 = 20;

/// Removes what a new candidate of that form replaces, and the oldest of those who have too many: each may be large.
pub(in crate::credentials) fn make_room(
    conn: &mut Conn,
    member: &MemberId,
    submission: &SubmissionId,
) -> Result<(), StoreError> {
    let theirs = || k::member_id.eq(member.as_str()).and(k::saved_at.is_null());
    diesel::delete(k::table.filter(theirs().and(k::submission.eq(submission.as_str())))).execute(conn)?;
    let too_many: Vec<String> = k::table
        .filter(theirs())
        .order((k::created_at.desc(), k::id.desc()))
        .offset(MOST - 1)
        .limit(MOST)
        .select(k::id)
        .load(conn)?;
    diesel::delete(k::table.filter(k::id.eq_any(too_many))).execute(conn)?;
    Ok(())
}

/// Whether a form made a version already.
pub(in crate::credentials) fn is_stored(
    conn: &mut Conn,
    credential: &CredentialId,
    submission: &SubmissionId,
) -> Result<bool, StoreError> {
    Ok(super::version_by_submission(conn, credential, submission)?.is_some())
}

/// Notes that it was saved. Its content is in the version now and leaves here.
pub(in crate::credentials) fn mark_saved(
    conn: &mut Conn,
    id: &CandidateId,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(k::table.filter(k::id.eq(id.as_str())))
        .set((k::saved_at.eq(now.as_millisecond()), k::content.eq(NOTHING)))
        .execute(conn)?;
    Ok(())
}

pub(in crate::credentials) fn delete_before(conn: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    diesel::delete(k::table.filter(k::created_at.lt(before.as_millisecond()))).execute(conn)?;
    Ok(())
}

impl Row {
    fn read(self) -> Result<Candidate, StoreError> {
        let bad = |what: &str| StoreError::Corrupt(format!("{what} of candidate {}", self.id));
        let credential_type = catalogue::find(&self.credential_type).ok_or_else(|| bad("type"))?;
        let submission = SubmissionId::parse(&self.submission).ok_or_else(|| bad("submission"))?;
        let text: PlanText = serde_json::from_str(&self.plan).map_err(|_| bad("plan"))?;
        let token = Token::parse(&text.token).map_err(|_| bad("token"))?;
        let plan = match text.new {
            None => Planned::Rotation(token, if text.runs_follow { Runs::Follow } else { Runs::Keep }),
            Some(new) => Planned::New(Box::new(Plan {
                credential_type,
                name: Name::parse(&new.name).map_err(|_| bad("name"))?,
                token,
                description: Description::parse(&new.description).map_err(|_| bad("description"))?,
                scope: Scope {
                    projects: new.projects.map_or(Reach::All, Reach::Chosen),
                    repositories: new.repositories.map_or(Reach::All, Reach::Chosen),
                },
                expires_at: new.expires_at.map(clock::from_millis),
                responsible: new.responsible,
                submission: submission.clone(),
            })),
        };
        let version: VersionText = serde_json::from_str(&self.content).map_err(|_| bad("content"))?;
        Ok(Candidate {
            id: CandidateId::parse(&self.id).ok_or_else(|| bad("id"))?,
            enterprise: EnterpriseId::parse(&self.enterprise_id).ok_or_else(|| bad("enterprise"))?,
            credential: CredentialId::parse(&self.credential_id).ok_or_else(|| bad("credential"))?,
            member: MemberId::parse(&self.member_id).ok_or_else(|| bad("member"))?,
            version: version.read(self.number)?,
            created_at: clock::from_millis(self.created_at),
            saved_at: self.saved_at.map(clock::from_millis),
            credential_type,
            plan,
            submission,
        })
    }
}

fn plan_text(plan: &Planned) -> PlanText {
    match plan {
        Planned::Rotation(token, runs) => {
            PlanText { token: token.as_str().to_owned(), new: None, runs_follow: *runs == Runs::Follow }
        }
        Planned::New(plan) => PlanText {
            token: plan.token.as_str().to_owned(),
            runs_follow: false,
            new: Some(NewText {
                name: plan.name.as_str().to_owned(),
                description: plan.description.as_str().to_owned(),
                projects: chosen(&plan.scope.projects),
                repositories: chosen(&plan.scope.repositories),
                expires_at: plan.expires_at.map(Timestamp::as_millisecond),
                responsible: plan.responsible.clone(),
            }),
        },
    }
}

fn chosen<T: Ord + Clone>(reach: &Reach<T>) -> Option<BTreeSet<T>> {
    match reach {
        Reach::All => None,
        Reach::Chosen(ids) => Some(ids.clone()),
    }
}

fn version_text(version: &SealedVersion) -> VersionText {
    VersionText {
        variant: version.variant.clone(),
        plain: version.plain.clone(),
        content_expires_at: version.content_expires_at.map(Timestamp::as_millisecond),
        signing_key: STANDARD.encode(version.signature.key_id.as_bytes()),
        signature: STANDARD.encode(&version.signature.bytes),
        fields: version
            .fields
            .iter()
            .map(|sealed| FieldText {
                field: sealed.field.clone(),
                key: STANDARD.encode(sealed.key_id.as_bytes()),
                envelope: STANDARD.encode(&sealed.envelope),
                fingerprint: STANDARD.encode(&sealed.fingerprint),
            })
            .collect(),
    }
}

impl VersionText {
    fn read(self, number: i32) -> Result<SealedVersion, StoreError> {
        let field = |text: FieldText| {
            let key_id = read_key_id(&bytes(&text.key)?)?;
            let (envelope, fingerprint) = (bytes(&text.envelope)?, bytes(&text.fingerprint)?);
            Ok(Sealed { field: text.field, key_id, envelope, fingerprint })
        };
        Ok(SealedVersion {
            number,
            variant: self.variant,
            plain: self.plain,
            content_expires_at: self.content_expires_at.map(clock::from_millis),
            signature: Signature {
                key_id: read_key_id(&bytes(&self.signing_key)?)?,
                bytes: bytes(&self.signature)?,
            },
            fields: self.fields.into_iter().map(field).collect::<Result<_, StoreError>>()?,
        })
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, StoreError> {
    STANDARD.decode(text).map_err(|_| StoreError::Corrupt("content of a candidate".to_owned()))
}

fn json(text: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(text).map_err(|_| StoreError::Corrupt("a candidate cannot be written".to_owned()))
}
