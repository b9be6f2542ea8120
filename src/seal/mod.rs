//! Sealing: what keeps a secret closed between the form it was typed into and the pipeline that needs it.
//!
//! Used by the composition root (keys), credentials (seal, sign, check), resolve (check, open, seal answers), the runner's command (open answers), audit (chains,
//! checkpoints), people and pipelines (hashes). The only user of libsodium; knows neither the database nor HTTP.
//!
//! | file | answers |
//! |---|---|
//! | `random` | where random bytes come from |
//! | `digest` | how things are hashed, compared and framed |
//! | `keys` | what a key pair and its id are |
//! | `context` | where a sealed value belongs |
//! | `envelope` | which bytes an envelope is made of |
//! | `manifest` | which bytes of a version are signed |
//! | `signature` | who signed, and for what |
//! | `sealer` | what the console can do: seal, sign, fingerprint |
//! | `opener` | what the resolver can do: check, open |
//! | `answer` | how an answer is sealed to the runner that asked |
//! | `keyring` | which keys each side holds, and how they are renewed |
//! | `keyfile` | how keys are written as text |
//! | `lock` | how a passphrase protects that text |
//! | `disk` | how key files are read and written safely |
//! | `error` | why keys could not be read or written |
//!
//! Which call when: [`KeyPairFiles::create`] once; [`ConsoleKeys::load`] → [`ConsoleKeys::sealer`] in a console;
//! [`ResolverKeys::load`] → [`ResolverKeys::opener`] in a resolver. A version is written by [`Sealer::seal`] per
//! secret field and one [`Sealer::sign`]; it is read by [`Opener::check`] and then [`Opener::open`] per field.
//! Whoever carries envelopes of an older version into a new one calls [`Sealer::check`] first, so that the
//! console never puts its signature under something that the database was made to say.

mod answer;
mod context;
mod digest;
mod disk;
mod envelope;
mod error;
mod keyfile;
mod keyring;
mod keys;
mod lock;
mod locked;
mod manifest;
mod opener;
mod random;
mod sealer;
mod signature;
#[cfg(test)]
mod vectors;

pub use answer::{AnswerKey, AnswerPair, BadAnswerKey, Thumbprint};
pub use context::Context;
pub use digest::{digest, same};
pub use disk::{KeyPairFiles, KeySource, read_passphrase};
pub use error::KeyFileError;
pub use keyring::{ConsoleKeys, KeyLine, NotAPair, Purpose, ResolverKeys, Rotated, State};
pub use keys::KeyId;
pub use locked::Locked;
pub use manifest::Manifest;
pub use opener::{Opener, Unreadable, reseal};
pub use random::Random;
pub use sealer::{SealedField, Sealer};
pub use signature::{AuditSigner, AuditVerifier, Signature};
