//! What the integration tests stand on: real databases, the real server, and those who call it.

pub(crate) mod database;
pub(crate) mod postgres;
