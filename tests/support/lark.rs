//! A chat system that the server of every test asks in place of Lark. Each test makes bots of its own there.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::json;

use super::stand_in::{Answered, Received, StandIn};

/// The host that bots' addresses name.
const HOST: &str = "open.larksuite.com";

const HOOK: &str = "/open-apis/bot/v2/hook/";

/// The code that each bot answers with; of others nobody knows.
fn codes() -> &'static Mutex<HashMap<String, i64>> {
    static CODES: OnceLock<Mutex<HashMap<String, i64>>> = OnceLock::new();
    CODES.get_or_init(Mutex::default)
}

fn lark() -> &'static StandIn {
    static LARK: OnceLock<StandIn> = OnceLock::new();
    LARK.get_or_init(|| StandIn::start(answer))
}

fn answer(received: &Received) -> Answered {
    let codes = codes().lock().unwrap_or_else(PoisonError::into_inner);
    let code = received.path.strip_prefix(HOOK).and_then(|token| codes.get(token)).copied();
    Answered::json(200, json!({ "code": code.unwrap_or(19001), "msg": "", "data": {} }))
}

/// By way of whom a server asks Lark.
pub(crate) fn relays() -> BTreeMap<String, url::Url> {
    [(HOST.to_owned(), lark().url("").parse().unwrap())].into()
}

/// A bot of a group.
pub(crate) struct Bot {
    token: String,
}

impl Bot {
    /// A new one, which posts what it is given.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let bot = Self { token: format!("01930000-0000-7000-8000-{number:012}") };
        bot.answers(0);
        bot
    }

    /// Where it is asked.
    pub(crate) fn url(&self) -> String {
        format!("https://{HOST}{HOOK}{}", self.token)
    }

    /// With which code it answers from now on.
    pub(crate) fn answers(&self, code: i64) {
        codes().lock().unwrap_or_else(PoisonError::into_inner).insert(self.token.clone(), code);
    }

    /// What it was told so far, posted or not.
    pub(crate) fn heard(&self) -> Vec<String> {
        let own = format!("{HOOK}{}", self.token);
        let text = |received: &Received| received.json()["content"]["text"].as_str().unwrap().to_owned();
        lark().received().iter().filter(|received| received.path == own).map(text).collect()
    }
}
