//! Where a kept secret may go: only to the system that it was typed in for.
//!
//! A rotation can keep a sealed secret and change the address beside it. Verification would then take the secret there,
//! so whoever may change the address could send it to a place of their own and read it. Used by the rules of types whose
//! secrets go to an address that people type; knows nothing of what is asked there.

use url::Url;

use super::Draft;

/// Refuses to keep the secret when one of its addresses names another system than they did before. The path may change.
pub(super) fn hold(draft: &mut Draft<'_>, addresses: &[&str], secret: &'static str) {
    let before: Vec<String> = addresses.iter().filter_map(|name| draft.before(name)).map(system).collect();
    let mut now = addresses.iter().filter_map(|name| draft.plain(name)).map(system);
    if now.any(|system| !before.contains(&system)) && draft.is_kept(secret) {
        draft.refuse(secret, "check-kept-at-new-address");
    }
}

/// The system at an address: scheme, host and port of a URL; what is no URL counts as a whole.
fn system(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization(),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::catalogue::{Input, Kept, Submitted, Surroundings, find};

    #[test]
    fn what_is_kept_does_not_go_to_another_system() {
        let known = find("kubernetes").unwrap();
        let at = Surroundings::at(jiff::Timestamp::UNIX_EPOCH);
        for (before, now, refused) in [
            ("https://a.example/x", "https://a.example/y", false),
            ("https://a.example/x", "https://A.example:443/", false),
            ("https://a.example/x", "https://a.example.evil/x", true),
            ("https://a.example/x", "https://a.example:8443/x", true),
        ] {
            let plain = BTreeMap::from([("server".to_owned(), before.to_owned())]);
            let kept = Kept { secret: &["token"], plain: &plain, content_expires_at: None };
            let said = |secret: &[(&str, &str)]| {
                let submitted = Submitted::sample("token", &[("server", now)], secret);
                let errors = known.check(submitted, &kept, at).err().unwrap_or_default();
                errors.iter().map(|error| (error.field, error.message)).collect::<Vec<_>>()
            };
            let wanted = if refused { vec![("token", "check-kept-at-new-address")] } else { Vec::new() };
            assert_eq!(said(&[]), wanted, "{before} {now}");
            assert_eq!(said(&[("token", "typed-in-anew")]), [], "{before} {now}");
        }
    }

    #[test]
    fn no_type_lets_its_secret_be_kept_at_an_address_of_somebody_else() {
        let mut tried = 0;
        for known in crate::catalogue::all() {
            for variant in known.variants {
                let sample = known.sample(variant.id);
                let secrets: Vec<&str> = sample.secret.keys().map(String::as_str).collect();
                for field in variant.fields.iter().filter(|field| field.is_input() && !field.secret) {
                    let elsewhere = match field.input {
                        Input::Url => "https://evil.example/",
                        _ if ["registry", "token_service"].contains(&field.name) => "evil.example",
                        _ => continue,
                    };
                    let kept = Kept { secret: &secrets, plain: &sample.plain, content_expires_at: None };
                    let mut plain = sample.plain.clone();
                    plain.insert(field.name.to_owned(), elsewhere.to_owned());
                    let submitted =
                        Submitted { variant: variant.id.to_owned(), plain, ..Submitted::default() };
                    let checked =
                        known.check(submitted, &kept, Surroundings::at(jiff::Timestamp::UNIX_EPOCH));
                    // The key of a certificate never leaves the one who holds it.
                    let at = format!("{} {} {}", known.id, variant.id, field.name);
                    assert_eq!(checked.is_ok(), variant.id == "certificate", "{at}");
                    tried += 1;
                }
            }
        }
        assert!(tried >= 8, "{tried}");
    }

    #[test]
    fn what_is_no_url_counts_as_a_whole() {
        assert_eq!(system("registry.example:5000"), "registry.example:5000");
        assert_ne!(system("registry.example:5000"), system("registry.example:5001"));
        assert_ne!(system("http://a.example"), system("https://a.example"));
    }
}
