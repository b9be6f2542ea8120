//! The integration tests: the real server on a real port over a real database, SQLite and PostgreSQL in turn.
//!
//! One binary, so that the program is linked once and PostgreSQL is started once. Modules are named after what
//! they are about; names of tests are sentences.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that cannot go on says so by panicking, and what it prints is shown when it fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod access_key_api;
mod access_keys;
mod arrows;
mod audit_log;
mod bound_keys;
mod bulk;
mod calendar;
mod choices;
mod claims;
mod conditions;
mod credentials;
mod dependencies;
mod directory;
mod docker_registry;
mod embed;
mod enterprises;
mod faults;
mod first_steps;
mod hostile_provider;
mod identity;
mod import;
mod issuers;
mod limits;
mod list;
mod load;
mod logout;
mod maven;
mod members;
mod migrations;
mod openapi;
mod overview;
mod picker;
mod provisioning;
mod proxy;
mod real_providers;
mod refusals;
mod reminders;
mod resolve;
mod revocation;
mod roll_back;
mod routes;
mod runs;
mod scale;
mod secrecy;
mod sign_in;
mod sign_ins;
mod step_up;
mod switching;
mod tasks;
mod tidy;
mod token_signatures;
mod trust;
mod usage;
mod verification;
mod who_can;
