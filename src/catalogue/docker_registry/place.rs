//! Which registry is meant: the many spellings of its address, what tools call it, where its API is, and which hosts may
//! be sent the password on its behalf.
//!
//! Used by the Docker registry type and its probe; knows nothing of fields.

use url::{Host, Url};

use crate::catalogue::rules;

/// Docker Hub goes by several names. This is the one that people know and that stands in image names.
const HUB: &str = "docker.io";
const NAMES_OF_HUB: [&str; 5] =
    [HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com"];

/// A registry, by the name that stands before the first slash of its images' names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    name: String,
}

impl Place {
    /// Reads what people write: the bare name, or an address as browsers and configuration files have it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        let name = bare.strip_suffix("/v1").or_else(|| bare.strip_suffix("/v2")).unwrap_or(bare);
        if NAMES_OF_HUB.contains(&name) {
            return Some(Self { name: HUB.to_owned() });
        }
        is_name(name).then(|| Self { name: name.to_owned() })
    }

    /// The one spelling.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What configuration files call it.
    pub(super) fn key(&self) -> &str {
        if self.name == HUB { "https://index.docker.io/v1/" } else { &self.name }
    }

    /// Whether it means the machine that asks.
    pub(super) fn is_loopback(&self) -> bool {
        rules::is_loopback(&format!("https://{}", self.name))
    }

    /// The addresses of its API, in the order in which to try them. As for Docker, only a registry on the asking machine
    /// may do without encryption.
    pub(super) fn api(&self) -> Vec<String> {
        let host = if self.name == HUB { "registry-1.docker.io" } else { &self.name };
        let schemes: &[&str] = if self.is_loopback() { &["https", "http"] } else { &["https"] };
        schemes.iter().map(|scheme| format!("{scheme}://{host}/v2/")).collect()
    }

    /// Whether the registry may have the password sent to that address. A registry says where to sign in, so without this
    /// one that was taken over could have the password sent anywhere, in the clear too. `named` is the host that the
    /// person named for it.
    pub(super) fn may_send_to(&self, realm: &Url, named: Option<&str>) -> bool {
        let Some(host) = realm.host_str() else { return false };
        let own = Url::parse(&format!("https://{}", self.name)).ok();
        let is_own = own.as_ref().and_then(Url::host_str) == Some(host);
        let is_known = || {
            realm.scheme() == "https"
                && (named.is_some_and(|named| named.eq_ignore_ascii_case(&authority(realm)))
                    || self.is_known(host))
        };
        match realm.scheme() {
            "https" => is_own || is_known(),
            "http" => is_own && self.is_loopback(),
            _ => false,
        }
    }

    /// Public registries that are known to have people sign in at another host.
    fn is_known(&self, realm: &str) -> bool {
        let name = self.name.as_str();
        match name {
            HUB => realm == "auth.docker.io",
            "registry.gitlab.com" => realm == "gitlab.com",
            _ if name.ends_with(".pkg.coding.net") => realm == "auth.pkg.coding.net",
            _ if name.ends_with(".aliyuncs.com") => is_alibaba(realm),
            _ => false,
        }
    }
}

/// The host and the port of an address, as people write them.
pub(super) fn authority(of: &Url) -> String {
    let host = of.host_str().unwrap_or_default();
    of.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// `dockerauth.cn-hangzhou.aliyuncs.com` and its relatives, but no bucket of that name
/// (`dockerauth.oss-cn-hangzhou.aliyuncs.com`): those belong to anybody.
fn is_alibaba(realm: &str) -> bool {
    let Some(front) = realm.strip_suffix(".aliyuncs.com") else { return false };
    let (service, region) = front.split_once('.').unwrap_or((front, ""));
    ["dockerauth", "dockerauth-vpc", "dockerauth-ee", "dockerauth-ee-vpc"].contains(&service)
        && !region.contains('.')
        && !region.starts_with("oss")
}

/// A name as the grammar of image names has it: a host with a dot, a port or `localhost`, because anything else in front
/// of an image's name is taken for a user of Docker Hub.
fn is_name(text: &str) -> bool {
    let Some(url) = Url::parse(&format!("https://{text}")).ok() else { return false };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    let label =
        |label: &str| rules::is_word(label, b"-", 1, 63) && !label.starts_with('-') && !label.ends_with('-');
    let is_host = match url.host() {
        Some(Host::Ipv6(_)) => host.starts_with('[') && host.ends_with(']'),
        Some(_) => host.len() <= 253 && host.split('.').all(label),
        None => false,
    };
    let is_port = port
        .is_none_or(|port| port.parse::<u16>().is_ok_and(|number| port == number.to_string() && number > 0));
    is_host && is_port && (text.contains(['.', ':']) || text == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_has_one_spelling() {
        for (text, wanted) in [
            ("registry.example.com", Some("registry.example.com")),
            ("Registry.Example.COM:5000", Some("registry.example.com:5000")),
            ("https://registry.example.com/", Some("registry.example.com")),
            ("https://registry.example.com/v2/", Some("registry.example.com")),
            ("http://registry.example.com:5000/v2", Some("registry.example.com:5000")),
            ("registry.example.com:443", Some("registry.example.com:443")),
            ("127.0.0.1:15000", Some("127.0.0.1:15000")),
            ("[::1]:5000", Some("[::1]:5000")),
            ("[2001:db8::1]", Some("[2001:db8::1]")),
            ("localhost", Some("localhost")),
            ("registry:5000", Some("registry:5000")),
            ("docker.io", Some("docker.io")),
            ("https://index.docker.io/v1/", Some("docker.io")),
            ("Registry-1.docker.io", Some("docker.io")),
            ("hub.docker.com", Some("docker.io")),
            ("registry", None),
            ("", None),
            ("https://", None),
            ("ftp://registry.example.com", None),
            ("registry.example.com/team/app", None),
            ("registry.example.com/v1/v2", None),
            ("registry.example.com?x=y", None),
            ("registry.example.com#x", None),
            ("alice@registry.example.com", None),
            ("alice:secret@registry.example.com", None),
            ("registry_1.example.com", None),
            ("-a.example.com", None),
            ("a..example.com", None),
            ("registry.example.com:", None),
            ("registry.example.com:0", None),
            ("registry.example.com:65536", None),
            ("registry.example.com:+80", None),
            ("registry.example.com\\evil.example", None),
            ("registry.example.com evil.example", None),
            ("注册.example.com", None),
            ("[::1", None),
            ("::1", None),
        ] {
            assert_eq!(Place::parse(text).as_ref().map(Place::name), wanted, "{text:?}");
        }
    }

    #[test]
    fn tools_and_the_api_know_docker_hub_by_other_names() {
        let of = |text: &str| {
            let place = Place::parse(text).unwrap();
            (place.key().to_owned(), place.api())
        };
        assert_eq!(
            of("docker.io"),
            ("https://index.docker.io/v1/".into(), vec!["https://registry-1.docker.io/v2/".into()])
        );
        assert_eq!(
            of("https://a.example:5000/"),
            ("a.example:5000".into(), vec!["https://a.example:5000/v2/".into()])
        );
        let api = vec!["https://127.0.0.1:5000/v2/".into(), "http://127.0.0.1:5000/v2/".into()];
        assert_eq!(of("127.0.0.1:5000"), ("127.0.0.1:5000".into(), api));
    }

    #[test]
    fn the_password_goes_to_the_registry_or_to_where_it_is_known_to_belong() {
        for (registry, realm, named, wanted) in [
            ("a.example", "https://a.example/token", None, true),
            ("a.example:5000", "https://a.example:5001/token", None, true),
            ("A.example", "https://A.EXAMPLE/token", None, true),
            ("a.example", "http://a.example/token", None, false),
            ("a.example", "https://b.example/token", None, false),
            ("a.example", "https://a.example.evil.example/token", None, false),
            ("a.example", "https://auth.docker.io/token", None, false),
            ("a.example", "https://login.a.example/jwt/auth", None, false),
            ("a.example", "https://login.a.example/jwt/auth", Some("Login.a.example"), true),
            ("a.example", "http://login.a.example/jwt/auth", Some("login.a.example"), false),
            ("a.example", "https://login.a.example:8443/jwt/auth", Some("login.a.example"), false),
            ("a.example", "https://login.a.example:8443/jwt/auth", Some("login.a.example:8443"), true),
            ("a.example", "http://127.0.0.1:5001/token", None, false),
            ("a.example", "http://169.254.169.254/latest/meta-data/", None, false),
            ("127.0.0.1:15001", "http://127.0.0.1:15002/token", None, true),
            ("127.0.0.1:15001", "https://127.0.0.1:15002/token", None, true),
            ("127.0.0.1:15001", "http://localhost:15002/token", None, false),
            ("docker.io", "https://auth.docker.io/token", None, true),
            ("docker.io", "http://auth.docker.io/token", None, false),
            ("docker.io", "https://auth.docker.io.evil.example/token", None, false),
            ("registry.gitlab.com", "https://gitlab.com/jwt/auth", None, true),
            (
                "team-docker.pkg.coding.net",
                "https://auth.pkg.coding.net/artifacts-auth/docker/jwt",
                None,
                true,
            ),
            (
                "registry.cn-hangzhou.aliyuncs.com",
                "https://dockerauth.cn-hangzhou.aliyuncs.com/auth",
                None,
                true,
            ),
            (
                "x-registry.cn-beijing.cr.aliyuncs.com",
                "https://dockerauth-ee.cn-beijing.aliyuncs.com/auth",
                None,
                true,
            ),
            ("registry.aliyuncs.com", "https://dockerauth.aliyuncs.com/auth", None, true),
            (
                "registry.cn-hangzhou.aliyuncs.com",
                "https://dockerauth.oss-cn-hangzhou.aliyuncs.com/x",
                None,
                false,
            ),
            (
                "registry.cn-hangzhou.aliyuncs.com",
                "https://dockerauth.x.cn-hangzhou.aliyuncs.com/x",
                None,
                false,
            ),
            ("registry.cn-hangzhou.aliyuncs.com", "https://evil.cn-hangzhou.aliyuncs.com/auth", None, false),
            ("a.example", "https://dockerauth.cn-hangzhou.aliyuncs.com/auth", None, false),
        ] {
            let place = Place::parse(registry).unwrap();
            assert_eq!(place.may_send_to(&realm.parse().unwrap(), named), wanted, "{registry} {realm}");
        }
    }
}
