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

    /// The vectors of that scheme: value, line that was measured, whether all readers gave the value back.
    fn measured(scheme: &str) -> Vec<(String, String, bool)> {
        let text = include_str!("../../tests/data/providers/envquote.json");
        let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
        let of_scheme =
            vectors["vectors"].as_array().unwrap().iter().filter(|vector| vector["scheme"] == scheme);
        of_scheme
            .map(|vector| {
                let input = |name: &str| vector["inputs"][name].as_str().unwrap().to_owned();
                let survived = vector["expected"]["roundtrip_everywhere"].as_bool().unwrap();
                (input("value"), input("line"), survived)
            })
            .collect()
    }

    #[test]
    fn shell_lines_are_those_that_shells_were_seen_to_read_back() {
        let vectors = measured("posix-export-single");
        assert!(vectors.len() >= 16);
        for (value, line, survived) in vectors {
            assert!(survived);
            assert_eq!(written(shell, &value), Some(format!("{line}\n")), "{value:?}");
        }
    }

    #[test]
    fn dotenv_lines_are_those_that_every_reader_was_seen_to_read_back() {
        let vectors = measured("dotenv-single");
        assert!(vectors.len() >= 16);
        for (value, line, survived) in vectors {
            assert_eq!(written(dotenv, &value), survived.then(|| format!("{line}\n")), "{value:?}");
        }
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
        values.push("'\"$`\\\n密x".repeat(64 * 1024 / 11));
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
        for value in hostile() {
            let lines = format!("{}export L='end'\n", written(shell, &value).unwrap());
            for shell_name in ["sh", "bash"] {
                let read = evaluated(shell_name, &lines);
                assert!(read == format!("{value}|").as_bytes(), "{shell_name} changed {value:.80?}");
            }
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
