//! Exchanging: a CI system's signed token → a short-lived one of ours, or a refusal.
//!
//! The issuer is looked up before anything is asked of the network, every check comes before any rule, and the token is
//! used up in the transaction that records and stores what is given for it. Used by [`api`].

pub mod api;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Limits;
use crate::audit::{self, Actor, Answer, ChainId, Draft, Journal, Origin, Outcome};
use crate::clock::Clock;
use crate::db::{Conn, Db, StoreError};
use crate::ids::EnterpriseId;
use crate::jws;
use crate::pipelines::issuers::{self, Believed, Flaw, Given, Issuer, Keys, Rule};
use crate::pipelines::{Family, NewKey, Run};
use crate::seal::Random;
use crate::secret::Secret;

/// As much of a claim as nobody has vouched for is recorded.
const UNVERIFIED: usize = 200;

/// What exchanges tokens in this process.
pub struct Exchange {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Where new tokens come from.
    pub random: Random,
    /// The issuers' keys.
    pub keys: Keys,
    /// This node's audit chain.
    pub chain: ChainId,
    /// Where refusals are recorded, many at once: whoever offers junk must not keep others from the database.
    pub journal: Journal,
    /// How often somebody may fail.
    pub limits: Arc<Limits>,
}

/// What is presented.
pub struct Offer {
    /// The signed token.
    pub token: Secret<String>,
    /// Whom the new one shall be for, if the caller says so.
    pub audience: Option<String>,
    /// From where.
    pub origin: Origin,
}

/// What is given.
pub struct Exchanged {
    /// The new token; the only copy.
    pub text: Secret<String>,
    /// How long it is good.
    pub lasts: SignedDuration,
}

/// Why nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotExchanged {
    /// The token is not accepted. All reasons look the same from outside; the audit record says which.
    Refused,
    /// It was asked for another audience than the token is for.
    WrongTarget,
    /// The issuer's keys cannot be had, or nothing can be recorded now.
    Unavailable,
    /// They fail too often, and should wait that long.
    RateLimited(Duration),
}

/// Why an offer is refused, and what is known of it by then.
struct Refusal {
    reason: &'static str,
    issuer: Option<Issuer>,
    detail: Value,
}

impl Refusal {
    fn new(reason: &'static str, issuer: Option<&Issuer>) -> Self {
        Self { reason, issuer: issuer.cloned(), detail: Value::Null }
    }

    fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }
}

/// How an exchange ends that was not cut short by the database.
enum End {
    Given(Exchanged),
    Refused(Box<Refusal>),
    WrongTarget,
}

impl Exchange {
    /// Exchanges a token. What is given is stored, and recorded, before this returns.
    pub async fn exchange(&self, offer: &Offer) -> Result<Exchanged, NotExchanged> {
        match self.decide(offer).await {
            Ok(End::Given(exchanged)) => Ok(exchanged),
            Ok(End::WrongTarget) => Err(NotExchanged::WrongTarget),
            Ok(End::Refused(refusal)) => Err(self.refuse(offer, *refusal).await),
            Err(error) => {
                tracing::error!(%error, "a token could not be exchanged");
                Err(NotExchanged::Unavailable)
            }
        }
    }

    async fn decide(&self, offer: &Offer) -> Result<End, StoreError> {
        let raw = offer.token.expose();
        let refused = |refusal: Refusal| Ok(End::Refused(Box::new(refusal)));
        let Some(claims) = jws::unverified_claims(raw) else {
            return refused(Refusal::new(Flaw::Unreadable.code(), None));
        };
        let Some(url) = claims.get("iss").and_then(Value::as_str).map(str::to_owned) else {
            return refused(Refusal::new(Flaw::Issuer.code(), None));
        };
        let claimed = json!({ "claimed_issuer": url.chars().take(UNVERIFIED).collect::<String>() });
        let trusted = self.db.read(move |conn| issuers::by_url(conn, &url)).await?;
        let ours = |issuer: &&Issuer| issuers::is_for(&claims, issuer);
        let Some(issuer) = trusted.iter().find(ours) else {
            let reason = if trusted.is_empty() { "unknown_issuer" } else { Flaw::Audience.code() };
            // Whose it was meant to be is known only where one enterprise trusts this issuer.
            let only = trusted.first().filter(|_| trusted.len() == 1);
            return refused(Refusal::new(reason, only).with(claimed));
        };
        if issuer.disabled_at.is_some() {
            return refused(Refusal::new("issuer_disabled", Some(issuer)).with(claimed));
        }
        let now = self.clock.now();
        let keys = match issuers::named_key(raw, issuer) {
            Some(kid) => self.keys.of(issuer, Some(&kid)).await,
            // Nothing is fetched for a token that names no key.
            None => Err(issuers::Unusable),
        };
        let keys = keys.as_deref().map_err(|unusable| *unusable);
        let believed = match issuers::inspect(raw, issuer, keys, now).believed() {
            Ok(believed) => believed,
            Err(flaw) => return refused(Refusal::new(flaw.code(), Some(issuer)).with(claimed)),
        };
        let told = offer.audience.as_deref().map(|audience| audience.split('#').next());
        if told.is_some_and(|audience| audience != Some(issuer.audience.as_str())) {
            return Ok(End::WrongTarget);
        }
        let (of, jti) = (issuer.clone(), believed.jti.clone());
        let (rules, used) = self
            .db
            .read(move |conn| {
                Ok::<_, StoreError>((issuers::rules(conn, &of.id)?, issuers::is_used(conn, &of, &jti)?))
            })
            .await?;
        if used {
            // Of those that come at once some get past this; the row decides.
            return refused(Refusal::new("replayed", Some(issuer)));
        }
        let run = issuer.preset.run(&issuer.url, &believed.claims, (&believed.subject, &believed.jti));
        match issuers::choose(&rules, issuer.preset, &believed.claims) {
            Some(rule) => self.give(offer, (issuer, rule), (believed, run), now).await,
            None => {
                let failed = failed_rules(&rules, issuer, &believed);
                let detail = json!({ "signed_run": run.detail(), "rules": failed });
                refused(Refusal::new("no_rule", Some(issuer)).with(detail))
            }
        }
    }

    async fn give(
        &self,
        offer: &Offer,
        (issuer, rule): (&Issuer, &Rule),
        (believed, run): (Believed, Run),
        now: Timestamp,
    ) -> Result<End, StoreError> {
        let lasts = SignedDuration::from_mins(i64::from(issuer.token_minutes));
        let key = NewKey::of(Family::Exchanged, &self.random);
        let until = now.saturating_add(lasts).unwrap_or(now);
        let mut draft = draft(offer, Outcome::Allowed, now);
        draft.enterprise = Some(issuer.enterprise.clone());
        draft.actor = Actor::Pipeline(rule.id.to_string(), format!("{} · {}", issuer.name, rule.name));
        draft.object = Some(issuer.object());
        draft.detail = json!({
            "issuer": issuer.url,
            "rule": rule.id,
            "signed_run": run.detail(),
            "expires_at": until.to_string(),
            "sealing_key": believed.sealing_key.map(|key| key.to_string()),
        });
        let (of, by, chain) = (issuer.clone(), rule.clone(), self.chain.clone());
        let (key, used) = self
            .db
            .write(move |conn: &mut Conn| {
                if !issuers::use_up(conn, &of, &believed.jti, believed.usable_until)? {
                    return Ok::<_, StoreError>((key, false));
                }
                let given = Given {
                    key: &key,
                    issuer: &of,
                    rule: &by,
                    run: &run,
                    sealing_key: believed.sealing_key,
                    span: (now, until),
                };
                issuers::give(conn, &given)?;
                audit::append(conn, &chain, &[draft])?;
                Ok((key, true))
            })
            .await?;
        if used {
            return Ok(End::Given(Exchanged { text: key.text, lasts }));
        }
        Ok(End::Refused(Box::new(Refusal::new("replayed", Some(issuer)).with(json!({ "rule": rule.id })))))
    }

    /// Records a refusal, unless its source fails too often to be recorded each time.
    async fn refuse(&self, offer: &Offer, refusal: Refusal) -> NotExchanged {
        let now = self.clock.now();
        let mut draft = draft(offer, Outcome::Refused, now);
        let mut answer = match refusal.reason {
            "keys_unavailable" => NotExchanged::Unavailable,
            _ => NotExchanged::Refused,
        };
        draft.enterprise = refusal.issuer.as_ref().map(|issuer| issuer.enterprise.clone());
        draft.object = refusal.issuer.as_ref().map(Issuer::object);
        draft.reason = Some(refusal.reason.to_owned());
        draft.detail = refusal.detail;
        if let Err(limited) = self.limits.stranger(offer.origin.address.as_deref()) {
            answer = NotExchanged::RateLimited(limited.wait);
            if !limited.first {
                return answer;
            }
            draft.action = "caller.limit";
            draft.enterprise = None::<EnterpriseId>;
            draft.object = None;
            draft.detail = Value::Null;
            draft.reason = Some("rate_limited".to_owned());
        }
        let recorded = self.journal.record(Answer { drafts: vec![draft], ..Answer::default() }).await;
        recorded.map_or(NotExchanged::Unavailable, |_| answer)
    }
}

fn draft(offer: &Offer, outcome: Outcome, now: Timestamp) -> Draft {
    Draft {
        at: now,
        enterprise: None,
        actor: Actor::Anonymous,
        action: "identity.exchange",
        object: None,
        outcome,
        reason: None,
        origin: offer.origin.clone(),
        detail: Value::Null,
    }
}

/// For each rule the claims that did not meet it.
fn failed_rules(rules: &[Rule], issuer: &Issuer, believed: &Believed) -> Vec<Value> {
    const MOST: usize = 20;
    let failed = rules.iter().take(MOST).map(|rule| {
        let judged = rule.demands.judge(issuer.preset, &believed.claims);
        let mut claims: Vec<&str> =
            judged.each.iter().filter(|met| !met.passes).map(|met| met.demand.claim.as_str()).collect();
        if judged.foreign.is_some() {
            claims.extend(issuer.preset.foreign_runs().map(|(claim, _)| claim));
        }
        json!({ "rule": rule.id, "name": rule.name, "failed": claims })
    });
    failed.collect()
}
