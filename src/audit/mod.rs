//! What happened, so that nobody can edit it.
//!
//! A [`Draft`] says who did what to what, with which outcome and why; it becomes a record when it is appended to
//! this node's chain, where each record carries the hash of the one before. An operation of the console appends
//! its draft in its own transaction with [`append`]; the resolve line hands its drafts to the group-commit writer.
//! No record ever holds content.

mod record;

pub use record::{Actor, ChainId, Draft, Object, Origin, Outcome};
