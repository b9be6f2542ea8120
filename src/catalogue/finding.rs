//! What asking the external system about a credential found out.
//!
//! A type's probe makes a [`Finding`]; `verify` records it and pages say it in words. Nothing here may hold a secret, or
//! what an external system said in its own words: vendors echo keys, signatures and addresses in their messages. A code
//! and a request id are enough to look the rest up.

use futures_util::future::BoxFuture;

use super::Opened;
use crate::outbound::{Outbound, Reply, Unanswered};

/// Asks the external system. It makes as few requests as it can, never retries a refusal, and changes nothing there.
pub type Probe = for<'a> fn(&'a Opened, &'a Outbound) -> BoxFuture<'a, Finding>;

/// Posts that text where a group reads it. Made like a [`Probe`], but for that.
pub type Post = for<'a> fn(&'a Opened, &'a Outbound, &'a str) -> BoxFuture<'a, Finding>;

/// What was found out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How it ended.
    pub outcome: Outcome,
    /// Whom the system took us for; only where [`Outcome::proves_identity`].
    pub identity: Option<Identity>,
    /// What the system said, in short.
    pub evidence: Evidence,
    /// What the person should know beside the outcome: message ids that start with `remark-`.
    pub remarks: Vec<String>,
}

/// How a verification ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// It works.
    Ok,
    /// The content cannot be asked about; nothing was sent.
    Malformed,
    /// The system does not know the identifier.
    InvalidId,
    /// It knows the identifier, and the secret is another.
    InvalidSecret,
    /// It refused, and does not say which half is wrong.
    InvalidCredential,
    /// It was turned off there, or its time is over.
    DisabledOrExpired,
    /// It refused the time of our request: this machine's clock, not the credential.
    ClockSkew,
    /// It knows who we are, and that one may not do what the probe tried.
    PermissionDenied,
    /// It does not take requests from this machine's address.
    IpNotAllowed,
    /// It is asked too often.
    RateLimited,
    /// No connection, or no answer in time.
    Unreachable,
    /// The address is one that this installation does not let be asked.
    NotAllowed,
    /// Its certificate is not trusted or is another's.
    TlsError,
    /// It is broken or busy.
    ServiceError,
    /// It answered without looking at the credential, or there is no question without a side effect.
    Unverifiable,
    /// It answered what is not known here. Never taken for a good sign.
    Indeterminate,
    /// What is stored does not open, so nothing was asked.
    Unreadable,
}

/// The four answers that people get.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It works, as an identity where the system names one.
    Works,
    /// The system refused it.
    Refused,
    /// Nothing was learned about the credential: the system could not be asked, or answered about something else.
    NoVerdict,
    /// It cannot be told without a side effect.
    Uncheckable,
}

/// Whom the external system took the credential for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The same for every credential of the same identity: what a rotation compares.
    pub key: String,
    /// How people know it.
    pub label: String,
}

/// What the system said, in short: enough to look the rest up there.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The status of the deciding answer.
    pub status: Option<u16>,
    /// The system's own error code.
    pub code: Option<String>,
    /// The system's id of the request.
    pub request_id: Option<String>,
    /// How many seconds the system's clock is ahead of ours, where that matters.
    pub skew_seconds: Option<i64>,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 17] = [
        Self::Ok,
        Self::Malformed,
        Self::InvalidId,
        Self::InvalidSecret,
        Self::InvalidCredential,
        Self::DisabledOrExpired,
        Self::ClockSkew,
        Self::PermissionDenied,
        Self::IpNotAllowed,
        Self::RateLimited,
        Self::Unreachable,
        Self::NotAllowed,
        Self::TlsError,
        Self::ServiceError,
        Self::Unverifiable,
        Self::Indeterminate,
        Self::Unreadable,
    ];

    /// As stored, and as the end of message ids once `_` is `-`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Malformed => "malformed",
            Self::InvalidId => "invalid_id",
            Self::InvalidSecret => "invalid_secret",
            Self::InvalidCredential => "invalid_credential",
            Self::DisabledOrExpired => "disabled_or_expired",
            Self::ClockSkew => "clock_skew",
            Self::PermissionDenied => "permission_denied",
            Self::IpNotAllowed => "ip_not_allowed",
            Self::RateLimited => "rate_limited",
            Self::Unreachable => "unreachable",
            Self::NotAllowed => "not_allowed",
            Self::TlsError => "tls_error",
            Self::ServiceError => "service_error",
            Self::Unverifiable => "unverifiable",
            Self::Indeterminate => "indeterminate",
            Self::Unreadable => "unreadable",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether it shows that the credential is good, and whose it is.
    pub fn proves_identity(self) -> bool {
        matches!(self, Self::Ok | Self::PermissionDenied)
    }

    /// Which of the four answers it is.
    pub fn answer(self) -> Answer {
        match self {
            Self::Ok | Self::PermissionDenied => Answer::Works,
            Self::InvalidId | Self::InvalidSecret | Self::InvalidCredential | Self::DisabledOrExpired => {
                Answer::Refused
            }
            Self::Malformed
            | Self::ClockSkew
            | Self::IpNotAllowed
            | Self::RateLimited
            | Self::Unreachable
            | Self::NotAllowed
            | Self::TlsError
            | Self::ServiceError
            | Self::Indeterminate
            | Self::Unreadable => Answer::NoVerdict,
            Self::Unverifiable => Answer::Uncheckable,
        }
    }
}

impl Answer {
    /// As the end of message ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Refused => "refused",
            Self::NoVerdict => "no-verdict",
            Self::Uncheckable => "uncheckable",
        }
    }
}

impl Identity {
    /// An identity whose label is also what tells it apart.
    pub fn named(label: &str) -> Option<Self> {
        Self::new(label, label)
    }

    /// An identity; `None` when either text has nothing to show. Both come from outside, so each is cut to one line of at
    /// most 256 bytes.
    pub fn new(key: &str, label: &str) -> Option<Self> {
        let (key, label) = (line(key, 256), line(label, 256));
        (!key.is_empty() && !label.is_empty()).then_some(Self { key, label })
    }
}

impl Finding {
    /// Only how it ended.
    pub fn of(outcome: Outcome) -> Self {
        Self { outcome, identity: None, evidence: Evidence::default(), remarks: Vec::new() }
    }

    /// It works, as that identity where the system names one.
    pub fn works(identity: Option<Identity>) -> Self {
        Self { identity, ..Self::of(Outcome::Ok) }
    }

    /// With the status of the answer that decided.
    #[must_use]
    pub fn from(mut self, reply: &Reply) -> Self {
        self.evidence.status = Some(reply.status());
        self
    }

    /// With the system's own code. It comes from outside: only what looks like a code is kept.
    #[must_use]
    pub fn code(mut self, code: impl AsRef<str>) -> Self {
        self.evidence.code = word(code.as_ref());
        self
    }

    /// With the system's id of the request, cleaned like the code.
    #[must_use]
    pub fn request_id(mut self, id: Option<&str>) -> Self {
        self.evidence.request_id = id.and_then(word);
        self
    }

    /// With the identity.
    #[must_use]
    pub fn identity(mut self, identity: Option<Identity>) -> Self {
        self.identity = identity;
        self
    }

    /// With a remark.
    #[must_use]
    pub fn remark(mut self, message: &'static str) -> Self {
        self.remarks.push(message.to_owned());
        self
    }

    /// A refusal of our time, with how far apart the clocks are.
    pub fn clock_skew(reply: &Reply, outbound: &Outbound) -> Self {
        let mut finding = Self::of(Outcome::ClockSkew).from(reply);
        finding.evidence.skew_seconds = reply.ahead_of(outbound.now());
        finding
    }
}

impl From<Unanswered> for Finding {
    fn from(why: Unanswered) -> Self {
        Self::of(match why {
            Unanswered::NotAllowed => Outcome::NotAllowed,
            Unanswered::Unreachable | Unanswered::TimedOut => Outcome::Unreachable,
            Unanswered::Untrusted => Outcome::TlsError,
            Unanswered::CertificateExpired => Outcome::DisabledOrExpired,
            Unanswered::CertificateRefused => Outcome::InvalidCredential,
            Unanswered::Malformed => Outcome::Malformed,
            Unanswered::TooLong | Unanswered::NotHttp => Outcome::Indeterminate,
        })
    }
}

fn line(text: &str, most: usize) -> String {
    let mut line: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    while line.len() > most {
        line.pop();
    }
    line
}

/// A code or an id: visible ASCII, at most 128 of it. Anything else is not one.
fn word(text: &str) -> Option<String> {
    let fits = (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_read_back_and_only_two_prove_an_identity() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
            assert_eq!(outcome.proves_identity(), outcome.answer() == Answer::Works);
        }
        assert_eq!(Outcome::parse("fine"), None);
        assert_eq!(Outcome::Indeterminate.answer(), Answer::NoVerdict, "unknown is never a good sign");
    }

    #[test]
    fn what_comes_from_outside_is_cut_to_what_it_should_be() {
        let identity = Identity::named(" a\n\u{1b}b ").unwrap();
        assert_eq!((identity.key.as_str(), identity.label.as_str()), ("ab", "ab"));
        assert_eq!(Identity::named(&"密".repeat(100)).unwrap().label.len(), 255);
        assert_eq!(Identity::new("a", "\n"), None);
        let evidence = Finding::of(Outcome::Ok).code("a b").request_id(Some("r-1")).evidence;
        assert_eq!((evidence.code, evidence.request_id.as_deref()), (None, Some("r-1")));
        assert_eq!(Finding::of(Outcome::Ok).code("x".repeat(129)).evidence.code, None);
    }
}
