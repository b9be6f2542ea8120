//! What the integration tests stand on: real databases, the real server, and those who call it.

pub(crate) mod app;
pub(crate) mod ci;
pub(crate) mod crowd;
pub(crate) mod database;
pub(crate) mod door;
#[allow(dead_code, unreachable_pub, reason = "each of those who include it needs another part of it")]
pub(crate) mod hostile;
pub(crate) mod http;
pub(crate) mod lark;
pub(crate) mod many;
pub(crate) mod postgres;
pub(crate) mod providers;
#[allow(dead_code, unreachable_pub, reason = "each of those who include it needs another part of it")]
pub(crate) mod stand_in;
pub(crate) mod world;
