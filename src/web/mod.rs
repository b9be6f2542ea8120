//! The shell that pages share: layout, language, headers, problems, assets, forms.
//!
//! A page handler asks for a [`Shell`] with [`Shell::of`], puts a reference to it into its template and answers with
//! [`Shell::answer`]; what goes wrong is a [`Problem`], which [`problems`] turns into a page, a fragment or a problem
//! document. Two middlewares wrap every application, [`headers`] outermost and [`problems`] next to it, and
//! [`extractor_configs`] makes actix's own refusals ours. None of it knows a feature, and none of it knows an
//! opening key.

mod assets;
pub mod chart;
pub mod choices;
pub mod dates;
pub mod described;
mod extractors;
pub mod forms;
mod headers;
mod health;
mod language;
pub mod lists;
#[cfg(test)]
pub(crate) mod look;
mod origins;
mod preferences;
mod problem;
mod proxy;
mod refusal;
mod render;
mod shell;
mod trace;
pub mod upload;

use std::sync::Arc;

use actix_web::HttpRequest;
use jiff::SignedDuration;

use crate::audit::{ChainId, Origin};
use crate::clock::Clock;
use crate::db::Db;
use crate::permission::{Acting, Proof, Viewer};
use crate::seal::{Random, Sealer};

pub use assets::{asset, asset_path};
pub use extractors::{extractor_configs, not_allowed, not_found};
pub use headers::{framed_by, headers};
pub(crate) use health::{__path_healthz, __path_ping};
pub use health::{healthz, ping};
pub use language::{LANGUAGE_COOKIE, Language, Value};
pub use origins::{NoOrigin, Origins};
pub use preferences::{THEME_COOKIE, Theme, preferences};
pub use problem::Problem;
pub use proxy::{Proxies, origin};
pub use refusal::{CODES, PROBLEM, ProblemDocument, refusals, refusals_of};
pub use render::problems;
pub use shell::{Flash, NavItem, Person, Shell, see_other, see_other_saying};
pub use trace::RequestSpan;

/// What every handler of the console answers.
pub type Answer = Result<actix_web::HttpResponse, Problem>;

/// What the shell itself needs to know of the server; application data of every role as `web::Data<Site>`.
#[derive(Clone)]
pub struct Site {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// Whether browsers reach the console by https; decides `Secure` on cookies, and HSTS.
    pub https: bool,
    /// What stands in front of the server and may say from where a request comes.
    pub proxies: Proxies,
}

/// What console handlers work with. It can seal; it cannot open: no field of it, nor of theirs, holds an opening key.
#[derive(Clone)]
pub struct Console {
    /// The database.
    pub db: Db,
    /// Where the time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Random,
    /// Seals and signs new content.
    pub sealer: Arc<Sealer>,
    /// The audit chain that this node writes.
    pub chain: ChainId,
    /// Where the console is reached from a browser, without a slash at the end.
    pub public_url: Arc<str>,
    /// Rung when a question to another system was written down, for the part of this process that asks, if it has one.
    pub bell: Arc<tokio::sync::Notify>,
    /// Hosts of private deployments of chat systems, which a group bot's address may name.
    pub private_hosts: Arc<[String]>,
    /// Whose pages may show the credential picker in a frame.
    pub embedders: Origins,
    /// How long ago people may have proved who they are when they change what others may do; `None`: as long as they
    /// are signed in.
    pub step_up: Option<SignedDuration>,
}

impl Console {
    /// `viewer` doing something in this request, as every operation of the console is given it.
    pub fn acting(&self, request: &HttpRequest, viewer: Viewer) -> Acting {
        Acting {
            now: self.clock.now(),
            chain: self.chain.clone(),
            origin: Origin { sign_in: Some(viewer.sign_in.clone()), ..origin(request) },
            viewer,
            proof: Proof::SignIn,
            random: self.random.clone(),
        }
    }
}
