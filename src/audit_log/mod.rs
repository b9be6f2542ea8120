//! The audit log as people read it: filtered, a record at a time, and to take away.
//!
//! What is recorded, and that nobody can edit it, is `audit`'s; here are only pages over it, and who may read what.

pub(crate) mod pages;
