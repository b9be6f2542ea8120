//! Making a member's roles what hands and claims give together, at a sign-in.
//!
//! Most sign-ins change nothing; then nothing is locked. When something is to be changed, the enterprise's epoch is
//! raised first, which is also the lock, and everything is read again: of two owners who lose the role at once,
//! the second is the last one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Given;
use super::held::Held;
use super::store::{self, Kind, Place, Present};
use crate::audit::{Actor, Draft, Object, Origin, Outcome};
use crate::db::{Conn, StoreError};
use crate::directory::{self, Member, MemberState};
use crate::ids::{EnterpriseId, MemberId};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::seal::Random;

/// Who has come, and where to.
pub(in crate::people) struct Newcomer<'a> {
    pub(in crate::people) enterprise: &'a EnterpriseId,
    pub(in crate::people) issuer: &'a str,
    pub(in crate::people) subject: &'a str,
    pub(in crate::people) name: &'a str,
    pub(in crate::people) email: Option<&'a str>,
    pub(in crate::people) origin: &'a Origin,
    pub(in crate::people) now: Timestamp,
}

/// What was changed.
#[derive(Debug, Default)]
pub(in crate::people) struct Settled {
    /// What to record, when anything was.
    pub(in crate::people) record: Option<Draft>,
    /// Who is not a member any more, because only a claim made them one: their sign-ins are to be ended.
    pub(in crate::people) left: Option<MemberId>,
}

/// What is to become of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Membership {
    /// Nothing.
    Stays,
    /// A claim makes them a member.
    Begins(Held<EnterpriseRole>),
    /// A claim makes them a member again.
    Returns(Held<EnterpriseRole>),
    /// With another role, or by another way.
    Changes(Held<EnterpriseRole>),
    /// Only a claim made them a member, and it is not made any more.
    Ends,
    /// It would end or weaken, and the enterprise would have no owner.
    KeptLastOwner,
}

/// What is to be done about one person.
struct Plan {
    membership: Membership,
    places: Vec<PlaceChange>,
}

/// What is to become of a place; `to` nothing: they leave it.
struct PlaceChange {
    place: Place,
    to: Option<Held<LocalRole>>,
}

impl Plan {
    fn is_empty(&self) -> bool {
        self.membership == Membership::Stays && self.places.is_empty()
    }
}

/// Applies what the claims give to one person in one enterprise.
pub(in crate::people) fn settle(
    conn: &mut Conn,
    newcomer: &Newcomer<'_>,
    given: Option<&Given>,
    random: &Random,
) -> Result<Settled, StoreError> {
    if plan(conn, newcomer, given)?.1.is_empty() {
        return Ok(Settled::default());
    }
    directory::raise_epoch(conn, newcomer.enterprise)?;
    let (present, plan) = plan(conn, newcomer, given)?;
    if plan.is_empty() {
        return Ok(Settled::default());
    }
    let member = match &present {
        Some(present) => present.id.clone(),
        None => MemberId::new(newcomer.now, random),
    };
    apply(conn, newcomer, &member, &plan)?;
    Ok(Settled {
        record: Some(record(newcomer, (&member, present.as_ref()), &plan, given)),
        left: (plan.membership == Membership::Ends).then_some(member),
    })
}

fn plan(
    conn: &mut Conn,
    newcomer: &Newcomer<'_>,
    given: Option<&Given>,
) -> Result<(Option<Present>, Plan), StoreError> {
    let present = store::present(conn, newcomer.enterprise, newcomer.issuer, newcomer.subject)?;
    let mut membership = membership(present.as_ref(), given);
    if weakens(present.as_ref(), membership) {
        let id = present.as_ref().map(|present| &present.id);
        if !store::has_another_owner(conn, newcomer.enterprise, id)? {
            membership = Membership::KeptLastOwner;
        }
    }
    // Whom people have shut out is left as they are.
    let shut_out = present.as_ref().is_some_and(|present| !present.active)
        && !matches!(membership, Membership::Returns(_));
    let places =
        if shut_out { Vec::new() } else { places(conn, newcomer.enterprise, present.as_ref(), given)? };
    Ok((present, Plan { membership, places }))
}

fn membership(present: Option<&Present>, given: Option<&Given>) -> Membership {
    let claim = given.map(|given| given.role);
    let Some(present) = present else {
        return Held::together(None, claim).map_or(Membership::Stays, Membership::Begins);
    };
    if !present.active {
        return match Held::together(None, claim).filter(|_| present.gone) {
            Some(held) => Membership::Returns(held),
            None => Membership::Stays,
        };
    }
    // Who was let in again by hand is a member by hand.
    let hand = if present.gone { Some(present.held.role) } else { present.held.hand() };
    match Held::together(hand, claim) {
        Some(held) if held == present.held && !present.gone => Membership::Stays,
        Some(held) => Membership::Changes(held),
        None => Membership::Ends,
    }
}

/// Whether an owner would be one no more.
fn weakens(present: Option<&Present>, membership: Membership) -> bool {
    let owner = present.is_some_and(|present| present.active && present.held.role == EnterpriseRole::Owner);
    owner
        && match membership {
            Membership::Ends => true,
            Membership::Changes(held) => held.role != EnterpriseRole::Owner,
            _ => false,
        }
}

fn places(
    conn: &mut Conn,
    enterprise: &EnterpriseId,
    present: Option<&Present>,
    given: Option<&Given>,
) -> Result<Vec<PlaceChange>, StoreError> {
    let mut changes = Vec::new();
    for kind in [Kind::Project, Kind::Repository] {
        let mut held = match present {
            Some(present) => store::held_places(conn, kind, &present.id)?,
            None => BTreeMap::new(),
        };
        let none = BTreeMap::new();
        let wanted = given.map_or(&none, |given| match kind {
            Kind::Project => &given.projects,
            Kind::Repository => &given.repositories,
        });
        for (slug, role) in wanted {
            let Some(place) = store::place(conn, kind, enterprise, slug)? else {
                tracing::warn!(slug, "a sign-in rule names a place that is not there");
                continue;
            };
            let before = held.remove(&place);
            let hand = before.and_then(|held| held.hand());
            let to = Held::together(hand, Some(*role));
            if to != before {
                changes.push(PlaceChange { place, to });
            }
        }
        for (place, before) in held {
            let to = Held::together(before.hand(), None);
            if to != Some(before) {
                changes.push(PlaceChange { place, to });
            }
        }
    }
    Ok(changes)
}

fn apply(conn: &mut Conn, newcomer: &Newcomer<'_>, member: &MemberId, plan: &Plan) -> Result<(), StoreError> {
    match plan.membership {
        Membership::Stays | Membership::KeptLastOwner => {}
        Membership::Begins(held) => {
            let new = Member {
                id: member.clone(),
                issuer: newcomer.issuer.to_owned(),
                subject: newcomer.subject.to_owned(),
                name: newcomer.name.to_owned(),
                email: newcomer.email.map(ToOwned::to_owned),
                role: held.role,
                state: MemberState::Active,
                created_at: newcomer.now,
            };
            directory::add_member(conn, newcomer.enterprise, &new)?;
            store::set_membership(conn, member, &held)?;
        }
        Membership::Returns(held) | Membership::Changes(held) => store::set_membership(conn, member, &held)?,
        Membership::Ends => store::end_membership(conn, member)?,
    }
    for change in &plan.places {
        store::set_place(conn, &change.place, member, change.to.as_ref())?;
    }
    Ok(())
}

fn record(
    newcomer: &Newcomer<'_>,
    (member, present): (&MemberId, Option<&Present>),
    plan: &Plan,
    given: Option<&Given>,
) -> Draft {
    let (action, to) = match plan.membership {
        Membership::Begins(held) => ("member.add", Some(held.role)),
        Membership::Returns(held) => ("member.enable", Some(held.role)),
        Membership::Changes(held) => ("member.change", Some(held.role)),
        Membership::Ends => ("member.disable", None),
        Membership::Stays | Membership::KeptLastOwner => {
            ("member.change", present.map(|present| present.held.role))
        }
    };
    let from = present.filter(|present| present.active).map(|present| present.held.role);
    let kept = plan.membership == Membership::KeptLastOwner;
    let mut detail = Map::new();
    detail.insert("by".to_owned(), json!("claims"));
    detail.insert("because".to_owned(), json!(given.map(|given| &given.because)));
    if from != to {
        let [from, to] = [from, to].map(|role| role.map(EnterpriseRole::as_str));
        detail.insert("role".to_owned(), json!({ "from": from, "to": to }));
    }
    for (kind, name) in [(Kind::Project, "projects"), (Kind::Repository, "repositories")] {
        let changed: Map<String, Value> = plan
            .places
            .iter()
            .filter(|change| change.place.kind == kind)
            .map(|change| (change.place.slug.clone(), json!(change.to.map(|held| held.role.as_str()))))
            .collect();
        if !changed.is_empty() {
            detail.insert(name.to_owned(), Value::Object(changed));
        }
    }
    Draft {
        at: newcomer.now,
        enterprise: Some(newcomer.enterprise.clone()),
        actor: Actor::System("sign-in rules"),
        action,
        object: Some(Object {
            object_type: "member",
            id: member.to_string(),
            name: newcomer.name.to_owned(),
        }),
        outcome: if kept { Outcome::Refused } else { Outcome::Allowed },
        reason: kept.then(|| "last_owner".to_owned()),
        origin: newcomer.origin.clone(),
        detail: Value::Object(detail),
    }
}
