//! To come.
mod scope;
pub use scope::{Reach, Scope};
