//! A whole settings file: what is refused, what it says, and the secrets in it.
//!
//! Used by the type for the variant `settings`, and by the probe. The format is Maven's settings 1.0 to 1.2, read as
//! Maven reads it: values are trimmed, names go without namespace, and what it does not know means nothing.

use super::verbatim::trimmed;
use super::xml::{self, Element, Unreadable};
use crate::secret::Secret;

/// A file that was read.
pub(super) struct Settings {
    root: Element,
}

/// A login in a file.
pub(super) struct Server<'s> {
    /// By what repositories and mirrors name it.
    pub(super) id: &'s str,
    pub(super) username: Option<&'s str>,
    pub(super) password: Option<&'s str>,
}

/// Why a file is refused: a message, and the line where it shows if that is known.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Refused {
    pub(super) message: &'static str,
    pub(super) line: Option<u64>,
}

/// The parts that may stand in their element only once; Maven gives the whole file up otherwise.
const ONCE: &[(&str, &[&str])] = &[
    (
        "settings",
        &["localRepository", "servers", "mirrors", "proxies", "profiles", "activeProfiles", "pluginGroups"],
    ),
    ("server", &["id", "username", "password", "privateKey", "passphrase", "configuration"]),
    ("mirror", &["id", "url", "mirrorOf", "name"]),
    ("profile", &["id", "activation", "properties", "repositories", "pluginRepositories"]),
    ("repository", &["id", "url", "releases", "snapshots"]),
    ("pluginRepository", &["id", "url", "releases", "snapshots"]),
    ("proxy", &["id", "host", "port", "username", "password"]),
];

/// The elements that hold text and nothing else.
const TEXT: &[&str] = &["id", "username", "password", "passphrase", "privateKey", "url", "mirrorOf"];

/// What a server without an id is called.
const DEFAULT_ID: &str = "default";

/// Reads a file, or says everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Settings, Vec<Refused>> {
    let root = xml::read(text).map_err(|why| vec![unreadable(why)])?;
    if root.name() != "settings" {
        return Err(vec![refused("check-maven-settings")]);
    }
    let settings = Settings { root };
    let mut wrong = Vec::new();
    look(&settings.root, &mut wrong);
    let ids: Vec<&str> = settings.servers().map(|server| server.id).collect();
    if ids.contains(&"") {
        wrong.push("check-maven-empty-id");
    }
    if ids.iter().enumerate().any(|(at, id)| ids.iter().take(at).any(|before| before == id)) {
        wrong.push("check-maven-duplicate-id");
    }
    wrong.sort_unstable();
    wrong.dedup();
    match wrong.is_empty() {
        true => Ok(settings),
        false => Err(wrong.into_iter().map(refused).collect()),
    }
}

/// The passwords in a file that was accepted: of servers and of proxies, and the headers that carry tokens. What only
/// names a variable of the runner is no secret.
pub(super) fn secrets(text: &str) -> Vec<Secret<Vec<u8>>> {
    let Ok(settings) = read(text) else { return Vec::new() };
    let mut found: Vec<&str> = Vec::new();
    for server in settings.all(["servers", "server"]) {
        found.extend(["password", "passphrase"].iter().filter_map(|name| value(server, name)));
        let headers = server.child("configuration").and_then(|it| it.child("httpHeaders"));
        let properties = headers.into_iter().flat_map(|headers| headers.all("property"));
        found.extend(properties.filter_map(|property| value(property, "value")));
    }
    found.extend(settings.all(["proxies", "proxy"]).filter_map(|proxy| value(proxy, "password")));
    let secret = |value: &&str| !value.is_empty() && !super::verbatim::is_replaced(value);
    found.into_iter().filter(secret).flat_map(super::as_written).collect()
}

impl Settings {
    /// Its logins, in order.
    pub(super) fn servers(&self) -> impl Iterator<Item = Server<'_>> {
        self.all(["servers", "server"]).map(|server| Server {
            id: value(server, "id").unwrap_or(DEFAULT_ID),
            username: value(server, "username"),
            password: value(server, "password"),
        })
    }

    /// Id and address of its mirrors.
    pub(super) fn mirrors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all(["mirrors", "mirror"]).filter_map(place)
    }

    /// Id and address of the repositories in its profiles.
    pub(super) fn repositories(&self) -> impl Iterator<Item = (&str, &str)> {
        let kinds = [("repositories", "repository"), ("pluginRepositories", "pluginRepository")];
        self.all(["profiles", "profile"]).flat_map(move |profile| {
            let lists = kinds.into_iter().filter_map(|(list, one)| Some((profile.child(list)?, one)));
            lists.flat_map(|(list, one)| list.all(one)).filter_map(place)
        })
    }

    /// The elements of one of the lists.
    fn all(&self, [list, one]: [&'static str; 2]) -> impl Iterator<Item = &Element> {
        self.root.child(list).into_iter().flat_map(move |list| list.all(one))
    }
}

fn place(of: &Element) -> Option<(&str, &str)> {
    Some((value(of, "id").unwrap_or(DEFAULT_ID), value(of, "url")?))
}

fn value<'e>(of: &'e Element, name: &str) -> Option<&'e str> {
    of.child(name).map(|child| trimmed(child.text()))
}

/// Looks for what makes Maven give the file up.
fn look(element: &Element, wrong: &mut Vec<&'static str>) {
    let once = ONCE.iter().find(|(name, _)| *name == element.name()).map_or(&[][..], |(_, once)| *once);
    if once.iter().any(|name| element.all(name).nth(1).is_some()) {
        wrong.push("check-maven-twice");
    }
    if TEXT.contains(&element.name()) && !element.children().is_empty() {
        wrong.push("check-maven-text");
    }
    let is_ours = |child: &&Element| match element.name() {
        "settings" => ["servers", "mirrors", "proxies", "profiles"].contains(&child.name()),
        // What plugins are told may have any shape.
        _ => !["configuration", "properties"].contains(&child.name()),
    };
    element.children().iter().filter(is_ours).for_each(|child| look(child, wrong));
}

fn unreadable(why: Unreadable) -> Refused {
    match why {
        Unreadable::Malformed(line) => Refused { message: "check-xml-at-line", line: Some(line) },
        Unreadable::TooComplex => refused("check-xml-too-complex"),
        Unreadable::Doctype => refused("check-xml-doctype"),
        Unreadable::Entity => refused("check-xml-entity"),
        Unreadable::Encoding => refused("check-xml-encoding"),
        Unreadable::Include => refused("check-xml-include"),
    }
}

fn refused(message: &'static str) -> Refused {
    Refused { message, line: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "<settings xmlns='http://maven.apache.org/SETTINGS/1.0.0'>
<servers>
 <server><id> nexus </id><username>deployer</username><password> hunter2&amp;co </password></server>
 <server><id>token</id><configuration><httpHeaders><property><name>Private-Token</name><value>hunter3</value></property></httpHeaders></configuration></server>
 <server><id>ssh</id><privateKey>/home/a/.ssh/id</privateKey><passphrase>hunter4</passphrase></server>
 <server><id>later</id><username>${env.NEXUS_USER}</username><password>${env.NEXUS_PASSWORD}</password></server>
</servers>
<proxies><proxy><id>p</id><host>proxy.example</host><password>hunter5</password></proxy></proxies>
<mirrors><mirror><id>nexus</id><mirrorOf>*</mirrorOf><url>https://nexus.example/public</url></mirror></mirrors>
<profiles><profile><id>a</id>
 <repositories><repository><id>r</id><url>https://r.example/</url></repository></repositories>
 <pluginRepositories><pluginRepository><id>q</id><url>https://q.example/</url></pluginRepository></pluginRepositories>
</profile></profiles>
<somethingNew><id><x/></id></somethingNew>
</settings>";

    #[test]
    fn a_file_says_who_it_signs_in_as_and_where() {
        let settings = read(GOOD).unwrap_or_else(|refused| panic!("{refused:?}"));
        let servers: Vec<_> =
            settings.servers().map(|server| (server.id, server.username, server.password)).collect();
        assert_eq!(servers[0], ("nexus", Some("deployer"), Some("hunter2&co")));
        assert_eq!(servers[1], ("token", None, None));
        assert_eq!(servers.len(), 4);
        assert_eq!(settings.mirrors().collect::<Vec<_>>(), [("nexus", "https://nexus.example/public")]);
        let repositories: Vec<_> = settings.repositories().collect();
        assert_eq!(repositories, [("r", "https://r.example/"), ("q", "https://q.example/")]);
    }

    #[test]
    fn the_passwords_inside_are_found_as_they_are_and_as_they_are_written() {
        let found = secrets(GOOD);
        let found: Vec<&str> =
            found.iter().map(|secret| std::str::from_utf8(secret.expose()).unwrap()).collect();
        assert_eq!(found, ["hunter2&co", "hunter2&amp;co", "hunter3", "hunter4", "hunter5"]);
        assert!(secrets("<settings").is_empty());
    }

    #[test]
    fn what_maven_would_give_up_on_is_refused_and_never_repeated() {
        let with = |servers: &str| format!("<settings><servers>{servers}</servers></settings>");
        let a = "<server><id>a</id></server>";
        for (text, wanted) in [
            ("", vec!["check-xml-at-line"]),
            ("hunter2", vec!["check-xml-at-line"]),
            ("<project><server>hunter2</server></project>", vec!["check-maven-settings"]),
            ("<s:settings xmlns:s='http://maven.apache.org/SETTINGS/1.0.0'/>", vec!["check-maven-settings"]),
            ("<!DOCTYPE settings><settings/>", vec!["check-xml-doctype"]),
            ("<settings>&hunter2;</settings>", vec!["check-xml-entity"]),
            (&with(&format!("{a}{a}")), vec!["check-maven-duplicate-id"]),
            (&with(&format!("{a}<server><id> a\n</id></server>")), vec!["check-maven-duplicate-id"]),
            (&with("<server/><server><id>default</id></server>"), vec!["check-maven-duplicate-id"]),
            (&with("<server><id> </id></server>"), vec!["check-maven-empty-id"]),
            (
                &with("<server><id>a</id><password>hunter2</password><password/></server>"),
                vec!["check-maven-twice"],
            ),
            ("<settings><servers/><servers/></settings>", vec!["check-maven-twice"]),
            (&with("<server><id>a</id><password>hunter2<b/></password></server>"), vec!["check-maven-text"]),
        ] {
            let refused = read(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
            assert!(!format!("{refused:?}").contains("hunter2"));
            assert_eq!(refused.iter().map(|one| one.message).collect::<Vec<_>>(), wanted, "{text:.80}");
        }
        for fine in [
            "<settings/>",
            &with(""),
            &with("<server><id>a</id><configuration><id>x</id><id>y</id></configuration></server>"),
        ] {
            assert!(read(fine).is_ok(), "{fine}");
        }
    }
}
