//! The type as a whole: what its rules say, and that Maven gets what was typed in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::catalogue::{Change, Content, Kept, Surroundings};
use crate::outbound::basic;

fn at() -> Surroundings<'static> {
    Surroundings::at("2026-11-23T00:00:00Z".parse().unwrap())
}

fn said(result: Result<Content, Vec<FieldError>>) -> Vec<(&'static str, &'static str)> {
    match result {
        Ok(content) => content.warnings.iter().map(|said| (said.field, said.message)).collect(),
        Err(errors) => errors.iter().map(|said| (said.field, said.message)).collect(),
    }
}

fn opened(variant: &str, plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Opened {
    let Submitted { variant, plain, secret, .. } = Submitted::sample(variant, plain, secret);
    Opened { credential_type: &TYPE, variant, plain, secret }
}

fn written(opened: &Opened) -> Result<String, Undeliverable> {
    write(opened).map(|file| String::from_utf8(file.expose().clone()).unwrap())
}

const ID: (&str, &str) = ("server_1_id", "releases");
const USER: (&str, &str) = ("server_1_username", "deployer");
const PASSWORD: (&str, &str) = ("server_1_password", "hunter2-hunter2");
const URL: (&str, &str) = ("server_1_release_url", "https://a.example/releases/");

#[test]
fn servers_are_whole_and_their_ids_are_their_own() {
    let second = |id| [ID, USER, ("server_2_id", id), ("server_2_username", "u")];
    let both = ("server_2_password", "p");
    let two_urls = [ID, USER, URL, ("server_1_snapshot_url", "https://a.example/snapshots/")];
    let two_and = |id| [&two_urls[..], &[("server_2_id", id), ("server_2_username", "u")]].concat();
    for (plain, secret, wanted) in [
        (&[ID, USER][..], &[PASSWORD][..], &[][..]),
        (&[ID, USER, URL], &[PASSWORD], &[]),
        (&two_urls, &[PASSWORD], &[]),
        (&[USER], &[PASSWORD], &[("server_1_id", "check-required")]),
        (&[ID, USER], &[], &[("server_1_password", "check-required")]),
        (&second("snapshots"), &[PASSWORD, both], &[]),
        (&second("releases"), &[PASSWORD, both], &[("server_2_id", "check-maven-duplicate-server")]),
        (&second("snapshots"), &[PASSWORD], &[("server_2_password", "check-required")]),
        (&two_and("other"), &[PASSWORD, both], &[]),
        (
            &two_and("releases-snapshots"),
            &[PASSWORD, both],
            &[("server_2_id", "check-maven-duplicate-server")],
        ),
        (
            &[ID, USER],
            &[PASSWORD, both],
            &[("server_2_id", "check-required"), ("server_2_username", "check-required")],
        ),
        (
            &[ID, USER, ("server_5_snapshot_url", "https://a.example")],
            &[PASSWORD],
            &[
                ("server_5_id", "check-required"),
                ("server_5_username", "check-required"),
                ("server_5_password", "check-required"),
            ],
        ),
        (&[("server_1_id", "a${b}"), USER], &[PASSWORD], &[("server_1_id", "check-maven-server-id")]),
        (
            &[("server_1_id", "docker.io:5000"), USER],
            &[PASSWORD],
            &[("server_1_id", "unusual-maven-server-id")],
        ),
        (&[ID, ("server_1_username", "a:b")], &[PASSWORD], &[("server_1_username", "unusual-maven-colon")]),
        (
            &[ID, ("server_1_username", "${a}")],
            &[PASSWORD],
            &[("server_1_username", "unusual-maven-replaced")],
        ),
        (
            &[ID, USER, ("server_1_release_url", "http://a.example")],
            &[PASSWORD],
            &[("server_1_release_url", "unusual-maven-http")],
        ),
        (
            &[ID, USER, ("server_1_release_url", "https://a.example/?x=y")],
            &[PASSWORD],
            &[("server_1_release_url", "check-maven-url")],
        ),
        (
            &[ID, USER, ("server_1_release_url", "file:///srv")],
            &[PASSWORD],
            &[("server_1_release_url", "check-maven-url")],
        ),
        (
            &[ID, USER],
            &[("server_1_password", " x${y}")],
            &[
                ("server_1_password", "unusual-outer-white-space"),
                ("server_1_password", "unusual-maven-trimmed"),
                ("server_1_password", "unusual-maven-replaced"),
            ],
        ),
    ] {
        let submitted = Submitted::sample("servers", plain, secret);
        assert_eq!(said(TYPE.check(submitted, &Kept::nothing(), at())), wanted, "{plain:?}");
    }
}

#[test]
fn each_password_can_be_replaced_alone_and_none_goes_elsewhere() {
    let plain = [ID, USER, URL, ("server_2_id", "b"), ("server_2_username", "u")];
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let before: BTreeMap<String, String> = plain.iter().map(owned).collect();
    let secret = ["server_1_password", "server_2_password"];
    let kept = Kept { secret: &secret, plain: &before, content_expires_at: None };
    let rotated = |plain: &[(&str, &str)], secret: &[(&str, &str)]| {
        said(TYPE.check(Submitted::sample("servers", plain, secret), &kept, at()))
    };
    assert_eq!(rotated(&plain, &[("server_2_password", "new")]), []);
    assert_eq!(rotated(&plain[..3], &[]), [("server_2_id", "check-maven-leftover")]);
    let moved = [ID, USER, ("server_1_release_url", "https://evil.example/"), plain[3], plain[4]];
    assert_eq!(rotated(&moved, &[]), [("server_1_password", "check-kept-at-new-address")]);
    assert_eq!(rotated(&moved, &[PASSWORD]), []);
    let given = [&plain[..], &[("server_2_snapshot_url", "https://a.example/")]].concat();
    assert_eq!(
        rotated(&given, &[]),
        [("server_2_password", "check-kept-at-new-address")],
        "it had no address"
    );
    let swapped = [ID, USER, ("server_1_snapshot_url", "https://a.example/other/"), plain[3], plain[4]];
    assert_eq!(rotated(&swapped, &[]), [], "the same system");
    let renamed = [ID, ("server_1_username", "other"), URL, plain[3], plain[4]];
    assert_eq!(rotated(&renamed, &[]), [("server_1_username", "unusual-new-id-old-secret")]);
}

#[test]
fn a_whole_file_is_delivered_to_the_byte_and_its_facts_are_shown() {
    let text = "\u{feff}<?xml version='1.0'?>\r\n<settings><servers><server><id>a</id><username>u</username>\
        <password>{QS1yycly0HEH5mcJ9q6+PyWyMUVb7NOh+HXjmqCABZg=}</password></server>\
        <server><id>b</id><password>${env.B}</password></server></servers>\
        <mirrors><mirror><id>m</id><url>https://m.example</url></mirror></mirrors></settings>\n";
    let submitted = Submitted::sample("settings", &[], &[("settings", text)]);
    let content = TYPE.check(submitted, &Kept::nothing(), at()).ok().unwrap();
    assert_eq!(TYPE.summary("settings", &content.plain), "a, b · m");
    let warnings: Vec<_> = content.warnings.iter().map(|warning| warning.message).collect();
    assert_eq!(warnings, ["unusual-maven-variable", "unusual-maven-encrypted"]);
    assert_eq!(written(&opened("settings", &[], &[("settings", text)])).as_deref(), Ok(text));
    let empty = Submitted::sample("settings", &[], &[("settings", "<settings/>")]);
    let empty = said(TYPE.check(empty, &Kept::nothing(), at()));
    assert_eq!(empty, [("settings", "unusual-maven-no-server")]);
}

#[test]
fn the_file_that_servers_make_is_one_that_we_would_accept() {
    let mut full = opened("servers", &[], &[]);
    for names in NAMES {
        let own = |what: &str| format!("{what}<{}>&'\"\u{a0}密", names.number);
        full.plain.insert(names.id.to_owned(), own("id"));
        full.plain.insert(names.username.to_owned(), own("user"));
        full.plain.insert(names.release_url.to_owned(), format!("https://r{}.example/a&b", names.number));
        let snapshots = if names.number == 1 { "r1" } else { "s" };
        full.plain.insert(names.snapshot_url.to_owned(), format!("https://{snapshots}.example/a&b"));
        full.secret.insert(names.password.to_owned(), Secret::new(own("]]>{brace}\\").into_bytes()));
    }
    let file = written(&full).unwrap();
    let read = settings::read(&file).unwrap_or_else(|refused| panic!("{refused:?}\n{file}"));
    let servers: Vec<_> =
        read.servers().map(|server| (server.id, server.username, server.password)).collect();
    assert_eq!(servers.len(), 9, "four have a second repository, and so a second id");
    assert_eq!(
        servers[0],
        ("id<1>&'\"\u{a0}密", Some("user<1>&'\"\u{a0}密"), Some("]]>{brace}\\<1>&'\"\u{a0}密"))
    );
    assert_eq!(servers[2].0, "id<2>&'\"\u{a0}密-snapshots");
    assert_eq!((servers[1].1, servers[1].2), (servers[2].1, servers[2].2));
    let repositories: Vec<_> = read.repositories().collect();
    assert_eq!(repositories.len(), 9);
    assert_eq!(repositories[0], ("id<1>&'\"\u{a0}密", "https://r1.example/a&b"));
    assert_eq!(repositories[2], ("id<2>&'\"\u{a0}密-snapshots", "https://s.example/a&b"));
    assert_eq!(file.matches("<snapshots><enabled>true").count(), 5, "{file}");
    assert!(file.contains("<activeProfile>voucher</activeProfile>"), "{file}");
    let bare = written(&opened("servers", &[ID, USER], &[PASSWORD])).unwrap();
    assert!(!bare.contains("profile"), "{bare}");
}

#[test]
fn what_maven_would_change_is_refused_with_the_format_that_can_carry_it() {
    for (plain, secret, change, code) in [
        (USER, ("server_1_password", "x "), Change::Trimmed, "value_trimmed"),
        (USER, ("server_1_password", "a${java.version}b"), Change::Replaced, "value_replaced"),
        (("server_1_username", "${user.name}"), PASSWORD, Change::Replaced, "value_replaced"),
        (
            USER,
            ("server_1_password", "{QS1yycly0HEH5mcJ9q6+PyWyMUVb7NOh+HXjmqCABZg=}"),
            Change::Deciphered,
            "value_deciphered",
        ),
        (USER, ("server_1_password", "a\u{fffe}b"), Change::Broken, "value_not_representable"),
    ] {
        let refused = written(&opened("servers", &[ID, plain], &[secret])).unwrap_err();
        assert_eq!(refused, Undeliverable::Altered { change, instead: "fields" });
        assert_eq!((refused.code(), refused.instead()), (code, Some("fields")));
        assert!(refused.to_string().ends_with("ask for `fields`"), "{refused}");
    }
    assert_eq!(written(&opened("servers", &[], &[])), Err(Undeliverable::Unfit));
    assert_eq!(written(&opened("servers", &[ID], &[PASSWORD])), Err(Undeliverable::Unfit));
}

#[test]
fn passwords_are_hidden_as_they_stand_in_the_file_as_well() {
    let hidden = |opened: &Opened| {
        let forms = (TYPE.inner)(opened);
        forms.iter().map(|form| String::from_utf8(form.expose().clone()).unwrap()).collect::<Vec<_>>()
    };
    let forms = hidden(&opened("servers", &[ID, USER], &[("server_1_password", "a<b&c>d")]));
    assert_eq!(forms, ["a<b&c>d", "a&lt;b&amp;c&gt;d"]);
    let Submitted { secret, .. } = TYPE.sample("settings");
    let file = Opened { credential_type: &TYPE, variant: "settings".into(), plain: BTreeMap::new(), secret };
    assert_eq!(hidden(&file), ["sample-password-that-opens-nothing"]);
}

#[test]
fn every_vector_is_delivered_as_maven_took_it_or_refused() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/providers/maven.json");
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut tried = 0;
    for vector in vectors["vectors"].as_array().unwrap() {
        let id = vector["id"].as_str().unwrap();
        assert_eq!(vector["scheme"], "settings-password", "{id}");
        let input = |name: &str| vector["inputs"][name].as_str();
        let (password, expected) = (input("password").unwrap(), &vector["expected"]);
        let verbatim = expected["delivered_verbatim"].as_bool().unwrap();
        assert_eq!(verbatim, expected["password_seen_by_repository"] == password, "{id}");
        if verbatim {
            // What the probe would send for this login is what Maven sent.
            assert_eq!(
                Some(basic(USER.1, password).expose().as_str()),
                expected["authorization"].as_str(),
                "{id}"
            );
        }
        let file = written(&opened("servers", &[ID, USER], &[("server_1_password", password)]));
        match input("delivery").unwrap() {
            "XML-escaped literal" if verbatim => {
                let line = format!("<password>{}</password>", input("password_element_text").unwrap());
                assert!(file.as_ref().is_ok_and(|file| file.contains(&line)), "{id}: {file:?}");
            }
            "XML-escaped literal" => assert!(file.is_err(), "{id}: {file:?}"),
            // Two ways that we do not go, because both need something on the runner. A literal is delivered only where
            // it comes through on its own.
            other if other.starts_with("${env.") => {
                let text = input("password_element_text").unwrap();
                assert_eq!(verbatim::change_of_password(text), Some(Change::Replaced), "{id}");
                assert_eq!(file.is_ok(), verbatim, "{id}: {file:?}");
            }
            other if other.starts_with("mvn --encrypt-password") => {
                assert_eq!(file.is_ok(), verbatim::change_of_password(password).is_none(), "{id}: {file:?}");
                assert_eq!(file.is_ok(), password == "{brace}", "{id}");
            }
            other => panic!("{id}: no such delivery is known: {other}"),
        }
        tried += 1;
    }
    assert!(tried >= 11, "{tried}");
}
