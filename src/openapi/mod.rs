//! What programs can ask: one document, put together from the code, served at `/openapi.json`, printed by
//! `voucher openapi`, and shown to people by the page `/api`.

mod document;
pub(crate) mod pages;
mod reading;

pub use document::{json, pretty};
