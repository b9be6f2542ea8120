//! What happened, so that nobody can edit it.
//!
//! A [`Draft`] says who did what to what, with which outcome and why; it becomes a record when it is appended to
//! this node's chain, where each record carries the hash of the one before. An operation of the console appends
//! its draft in its own transaction with [`append`]; the resolve line hands its drafts to the group-commit writer,
//! the [`Journal`]. No record ever holds content.
//!
//! # Lock order
//!
//! Every transaction, the writer's too, takes its locks in this order; one that does not can deadlock with one that does:
//!
//! 1. the `policy_epoch` rows of enterprises, sorted by id (by `directory::raise_epoch`);
//! 2. the rows it changes (credentials, access keys, usage …), sorted by id within a table;
//! 3. the head of the chain, which is to say: [`append`] comes last.
//!
//! Used by every feature that changes or delivers something. Knows nothing of what a decision is made of or of pages.

mod around;
mod batch;
mod chain;
mod checkpoint;
mod export;
mod list;
mod outside;
mod record;
mod standing;
mod store;
mod verify;
mod writer;

pub use around::{Standing, actors_called, chains, credential_called, signed_at};
pub use batch::{Answer, KeyUse};
pub use chain::append;
pub use export::{ExportError, Span, export};
pub use list::{Cursor, Entry, Filter, Objects, Page, find, lines, list};
pub use outside::Head;
pub use record::{Actor, ChainId, Draft, Object, Origin, Outcome};
pub use verify::{Break, ChainReport, Fault, Report, VerifyError, verify};
pub use writer::{Journal, Recorded, Setup, Unrecorded};

#[cfg(test)]
pub(crate) mod fixture;
