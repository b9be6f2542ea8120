//! How a value is written so that a shell or a dotenv reader gives back exactly that value.
//!
//! Shells agree: single quotes, each `'` written as `'\''`. Dotenv readers have no common dialect; what all of
//! those measured (`tests/data/providers/envquote.json`) read back alike is `'value'` without `'`, CR and `${`. The
//! rest is refused, never mangled.

/// Appends `export NAME='value'` and a line feed. `None`, and nothing appended, when the name is not one a shell
/// accepts or the value holds NUL, which no environment can carry.
#[must_use]
pub(super) fn shell(out: &mut Vec<u8>, name: &str, value: &str) -> Option<()> {
    if !is_name(name) || value.contains('\0') {
        return None;
    }
    out.extend_from_slice(b"export ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"='");
    for (at, part) in value.split('\'').enumerate() {
        if at > 0 {
            out.extend_from_slice(b"'\\''");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"'\n");
    Some(())
}

/// Appends `NAME='value'` and a line feed. `None`, and nothing appended, when dotenv readers would not agree on it.
#[must_use]
pub(super) fn dotenv(out: &mut Vec<u8>, name: &str, value: &str) -> Option<()> {
    if !is_name(name) || value.contains(['\'', '\r', '\0']) || value.contains("${") {
        return None;
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"='");
    out.extend_from_slice(value.as_bytes());
    out.extend_from_slice(b"'\n");
    Some(())
}

/// Whether shells accept it as the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    type Quote = fn(&mut Vec<u8>, &str, &str) -> Option<()>;

    fn written(quote: Quote, value: &str) -> Option<String> {
        let mut out = Vec::new();
        quote(&mut out, "K", value).map(|()| String::from_utf8(out).unwrap())
    }

    /// How other writers put a value down: the dialects that were measured and are not ours.
    fn in_dialect(scheme: &str, value: &str) -> String {
        match scheme {
            "dotenv-raw" => format!("K={value}"),
            "dotenv-single-escaped" => {
                format!("K='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            "dotenv-double-escaped" => {
                let escaped: String = value
                    .chars()
                    .flat_map(|c| match c {
                        '"' | '\\' | '$' | '`' => vec!['\\', c],
                        '\n' => vec!['\\', 'n'],
                        c => vec![c],
                    })
                    .collect();
                format!("K=\"{escaped}\"")
            }
            other => panic!("no such scheme is known: {other}"),
        }
    }

    #[test]
    fn every_vector_is_written_as_its_readers_were_seen_to_read_it_back() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/providers/envquote.json");
        let vectors: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut tried = std::collections::BTreeMap::new();
        for vector in vectors["vectors"].as_array().unwrap() {
            let (id, scheme) = (&vector["id"], vector["scheme"].as_str().unwrap());
            let input = |name: &str| vector["inputs"][name].as_str().unwrap();
            let (value, line) = (input("value"), input("line"));
            let survived = vector["expected"]["roundtrip_everywhere"].as_bool().unwrap();
            let readers = vector["expected"]["parsed"].as_object().unwrap();
            assert_eq!(survived, readers.values().all(|read| read == value), "{id}");
            match scheme {
                "posix-export-single" => {
                    assert_eq!(written(shell, value), survived.then(|| format!("{line}\n")), "{id}");
                    for shell_name in ["sh", "bash"] {
                        let read = evaluated(shell_name, &format!("{line}\nexport L='end'\n"));
                        assert_eq!(read, format!("{value}|").into_bytes(), "{id} in {shell_name}");
                    }
                }
                "dotenv-single" => {
                    assert_eq!(written(dotenv, value), survived.then(|| format!("{line}\n")), "{id}");
                }
                other => {
                    assert_eq!(in_dialect(other, value), line, "{id}");
                    // What readers of this dialect lose, ours carries or refuses.
                    let ours = written(dotenv, value);
                    assert!(survived || ours.is_none_or(|ours| ours != format!("{line}\n")), "{id}");
                }
            }
            *tried.entry(scheme).or_insert(0) += 1;
        }
        assert!(tried.len() >= 5 && tried.values().all(|times| *times >= 16), "{tried:?}");
    }

    fn hostile() -> Vec<String> {
        let mut values: Vec<String> = [
            "plain",
            "it's",
            "'",
            "''",
            "'''",
            "\"",
            "a\nb",
            "a\r\nb\r",
            "\n",
            "trailing\n\n",
            " blanks ",
            "$HOME ${HOME} $(id) `id`",
            "'; touch /tmp/voucher-was-here; '",
            "'$(touch /tmp/voucher-was-here)'",
            "!! !x history",
            "\\ \\n \\' \\\\",
            "a#b #c",
            "a=b;c&d|e>f<g*?[]{}~",
            "\u{1b}[31m\u{7}\u{8}",
            "密钥 😀 ü \u{202e}",
            "%s %n %%",
            "-n",
            "--help",
            "",
        ]
        .map(str::to_owned)
        .into();
        values.push("'\"$`\\\n密x".repeat(64 * 1024 / 10 + 1));
        values.push("\"$(id)`\\\n!密".repeat(64 * 1024 / 13 + 1));
        values
    }

    /// What `shell_name` has in `K` after it evaluated the lines, the way people are told to: `eval "$(…)"`.
    fn evaluated(shell_name: &str, lines: &str) -> Vec<u8> {
        let script = "eval \"$(cat)\" && printf '%s|' \"$K\" && [ \"$L\" = end ]";
        let mut child = Command::new(shell_name)
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{shell_name}: {error}"));
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{shell_name}: {lines:.200}");
        output.stdout
    }

    #[test]
    fn real_shells_read_back_every_hostile_value() {
        for (quote, written_how) in [(shell as Quote, "shell"), (dotenv, "dotenv")] {
            let mut carried = 0;
            for value in hostile() {
                let Some(line) = written(quote, &value) else {
                    assert_eq!(written_how, "dotenv", "{value:.80?} is refused");
                    continue;
                };
                // People also have a shell read their dotenv files.
                let lines = format!("set -a\n{line}L='end'\n");
                for shell_name in ["sh", "bash"] {
                    let read = evaluated(shell_name, &lines);
                    assert!(read == format!("{value}|").as_bytes(), "{shell_name} changed {value:.80?}");
                }
                carried += 1;
            }
            assert!(carried >= 12, "{written_how} carried {carried}");
        }
        assert!(!std::path::Path::new("/tmp/voucher-was-here").exists());
    }

    #[test]
    fn what_cannot_be_carried_is_refused_and_leaves_nothing_behind() {
        for (quote, name, value) in [
            (shell as Quote, "K", "a\0b"),
            (dotenv, "K", "a\0b"),
            (dotenv, "K", "it's"),
            (dotenv, "K", "a\rb"),
            (dotenv, "K", "${HOME}"),
            (shell, "1K", "a"),
            (shell, "", "a"),
            (shell, "K-L", "a"),
            (shell, "K=1;id", "a"),
            (shell, "Ä", "a"),
            (dotenv, "K L", "a"),
        ] {
            let mut out = Vec::new();
            assert_eq!(quote(&mut out, name, value), None, "{name:?} {value:?}");
            assert!(out.is_empty());
        }
    }
}
