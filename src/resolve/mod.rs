//! To come.

pub mod delivery;
mod mask;
mod quote;
