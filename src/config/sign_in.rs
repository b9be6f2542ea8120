//! Who lets people into which enterprise: the tables `[[sign_in]]` of the settings.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One table `[sign_in]`, or several `[[sign_in]]`, one for each enterprise.
#[derive(Default)]
pub struct SignIns(pub Vec<SignIn>);

/// An enterprise, its identity provider, and what that is trusted with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Its issuer, byte for byte as it names itself.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// A file with our secret there; a public client has none.
    pub client_secret_file: Option<PathBuf>,
    /// What to ask for besides `openid`, `profile` and `email`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Take logout tokens as older providers make them, without `typ` and `exp`.
    #[serde(default)]
    pub draft_logout: bool,
    /// Show the provider the ID token of whoever signs out, where it ends no session otherwise.
    #[serde(default)]
    pub logout_hint: bool,
    /// The enterprise's name for people; the sign-in page offers it to everybody where there are several providers.
    pub name: Option<String>,
    /// The slug of the enterprise that members belong to; made at the first sign-in of the first administrator.
    pub enterprise: String,
    /// The `sub` of whoever becomes the first owner.
    pub first_administrator: Option<String>,
    /// What claims give, at every sign-in.
    #[serde(default)]
    pub rules: Vec<SignInRule>,
}

/// What a claim gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRule {
    /// The name of a claim, or the way to one inside of another: `/realm_access/roles`.
    pub claim: String,
    /// The claim is a list of texts with this one among them.
    pub has: Option<String>,
    /// The claim is this text.
    pub is: Option<String>,
    /// A role in the enterprise.
    pub role: Option<String>,
    /// The slug of a project to be in.
    pub project: Option<String>,
    /// The slug of a repository to be in.
    pub repository: Option<String>,
    /// The role there: `member`, or `manager`.
    #[serde(rename = "as")]
    pub place_role: Option<String>,
}

impl<'de> Deserialize<'de> for SignIns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// An untagged enum would do, and forget which setting was wrong.
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = SignIns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table, or several")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<SignIns, M::Error> {
                SignIn::deserialize(MapAccessDeserializer::new(map)).map(|one| SignIns(vec![one]))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<SignIns, S::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(SignIns)
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}
