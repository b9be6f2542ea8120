//! What a browser calls itself, as far as people recognise it: “Firefox, Windows”.
//!
//! For showing in the list of sign-ins. Nothing is decided by it: a browser may say whatever it likes.

/// A browser and the system that it runs on; nothing where it does not say, or says something uncommon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Browser {
    /// The message id of its name.
    pub(super) name: Option<&'static str>,
    /// The system's name, which is the same in every language.
    pub(super) system: Option<&'static str>,
}

/// From the particular to the general: nearly every browser says that it is Chrome and Safari as well.
const NAMES: [(&str, &str); 15] = [
    ("wxwork/", "people-browser-wecom"),
    ("MicroMessenger/", "people-browser-wechat"),
    ("DingTalk", "people-browser-dingtalk"),
    ("Lark/", "people-browser-feishu"),
    ("QQBrowser/", "people-browser-qq"),
    ("UCBrowser/", "people-browser-uc"),
    ("Edg/", "people-browser-edge"),
    ("EdgA/", "people-browser-edge"),
    ("EdgiOS/", "people-browser-edge"),
    ("OPR/", "people-browser-opera"),
    ("FxiOS/", "people-browser-firefox"),
    ("Firefox/", "people-browser-firefox"),
    ("CriOS/", "people-browser-chrome"),
    ("Chrome/", "people-browser-chrome"),
    ("Safari/", "people-browser-safari"),
];

const SYSTEMS: [(&str, &str); 10] = [
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

impl Browser {
    /// Reads a `User-Agent`.
    pub(super) fn of(user_agent: &str) -> Self {
        let first = |table: &[(&str, &'static str)]| {
            table.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
        };
        Self { name: first(&NAMES), system: first(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_are_recognised_and_others_are_not_guessed() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                Some("firefox"),
                Some("Windows"),
            ),
            (
                format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/140.0.0.0 Safari/537.36"),
                Some("chrome"),
                Some("Linux"),
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/140.0 Safari/537.36 Edg/140.0"
                ),
                Some("edge"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15".to_owned(),
                Some("safari"),
                Some("macOS"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1".to_owned(),
                Some("chrome"),
                Some("iOS"),
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 15; Pixel) {webkit} Version/4.0 Chrome/134.0 Mobile Safari/537.36 MicroMessenger/8.0.60 wxwork/4.1.33"
                ),
                Some("wecom"),
                Some("Android"),
            ),
            (
                format!(
                    "Mozilla/5.0 (Phone; OpenHarmony 5.0) {webkit} Chrome/132.0.0.0 Safari/537.36 ArkWeb/4.1"
                ),
                Some("chrome"),
                Some("HarmonyOS"),
            ),
            ("curl/8.14.1".to_owned(), None, None),
            (String::new(), None, None),
            ("<script>".to_owned(), None, None),
        ];
        for (user_agent, name, system) in cases {
            let browser = Browser::of(&user_agent);
            let said = browser.name.and_then(|id| id.strip_prefix("people-browser-"));
            assert_eq!((said, browser.system), (name, system), "{user_agent}");
        }
    }
}
