//! Voucher: credential management for enterprises that ship through pipelines.
//!
//! This is the map. Each module says at its top what it is for, who uses it and what it must not know.
//!
//! | module | holds |
//! |---|---|
//! | [`app`] | the composition root: settings → pools, keys, listeners → a running server |
//! | [`routes`] | every route, in one table |
//! | [`config`], [`db`], [`schema`], [`clock`], [`ids`], [`network`], [`secret`] | what everything stands on |
//! | [`seal`] | envelope, key files, manifest; the only user of libsodium |
//! | [`catalogue`] | the credential types, one file each |
//! | [`jws`] | compact signed tokens, and whether a key of a set made the signature |
//! | [`outbound`] | the one guarded way to ask other people's systems |
//! | [`credentials`] | a credential, its versions and its scope |
//! | [`directory`] | enterprises, projects, repositories, members |
//! | [`permission`] | who may do what; the one place that decides |
//! | [`people`] | sign-in: OpenID Connect, sessions, the development issuer |
//! | [`picker`] | which credentials somebody may pick for a repository's pipelines, and why not others |
//! | [`calendar`] | what expires, as a calendar that other programs subscribe to |
//! | [`pipelines`] | access keys, trusted issuers, and the callers that they prove |
//! | [`provisioning`] | programs that look after the directory, and access keys where they may: their keys, and the API they use |
//! | [`openapi`] | the description of what programs can ask, for them and for people |
//! | [`reminders`] | telling a group chat in time what is about to expire |
//! | [`resolve`] | the decision, the deliveries, the endpoint |
//! | [`verify`] | asking other systems whether a credential works: questions, schedule, health |
//! | [`audit`] | records, chains, the group-commit writer |
//! | [`audit_log`] | the pages on which people read the records |
//! | [`usage`] | how often a credential is used, and by whom |
//! | [`web`] | the shell that pages share: layout, forms, headers, problems, assets, language |
//! | [`cli`] | the command line, one file per command |
//!
//! Inside a feature, arrows run `pages, api → forms → mod → store → schema`. Domain code knows neither actix nor
//! askama. `tests/it/tidy.rs` fails when an arrow points the wrong way.

pub mod app;
pub mod audit;
pub mod audit_log;
pub mod calendar;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod db;
pub mod directory;
pub mod ids;
pub mod jws;
pub mod network;
pub mod openapi;
pub mod outbound;
pub mod people;
pub mod permission;
pub mod picker;
pub mod pipelines;
pub mod provisioning;
pub mod reminders;
pub mod resolve;
pub mod routes;
pub mod schema;
pub mod seal;
pub mod secret;
pub mod usage;
pub mod verify;
pub mod web;
