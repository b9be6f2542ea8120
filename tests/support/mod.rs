//! What the integration tests stand on: real databases, the real server, and those who call it.

pub(crate) mod app;
pub(crate) mod database;
pub(crate) mod http;
pub(crate) mod postgres;
pub(crate) mod world;
