//! The `WWW-Authenticate` header: in which ways a system lets itself be asked (RFC 9110, section 11.6.1).
//!
//! Used by the probes of systems that announce how to sign in. A header that does not keep to the grammar counts as
//! none at all: guessing at it could send a password to the wrong place.

/// One way to sign in.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Challenge {
    /// In lower case.
    scheme: String,
    /// Names in lower case, in the order of the header.
    params: Vec<(String, String)>,
}

impl Challenge {
    /// Whether it is of that scheme, given in lower case.
    pub(super) fn is(&self, scheme: &str) -> bool {
        self.scheme == scheme
    }

    /// The value of a parameter. One that is there twice says nothing.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let mut found = self.params.iter().filter(|(known, _)| known == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}

/// The challenges of all headers of that name.
pub(super) fn challenges<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    headers.filter_map(parse).flatten().collect()
}

const BLANK: [char; 2] = [' ', '\t'];

fn parse(header: &str) -> Option<Vec<Challenge>> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(found);
        }
        let (word, behind) = token(rest)?;
        match behind.trim_start_matches(BLANK).strip_prefix('=') {
            Some(value) => {
                let (value, behind) = value_of(value.trim_start_matches(BLANK))?;
                found.last_mut()?.params.push((word.to_ascii_lowercase(), value));
                rest = end_of_element(behind)?;
            }
            None => {
                found.push(Challenge { scheme: word.to_ascii_lowercase(), params: Vec::new() });
                let blank = behind.starts_with(BLANK);
                rest = match after_token68(behind).or_else(|| end_of_element(behind)) {
                    Some(rest) => rest,
                    None if blank => behind,
                    None => return None,
                };
            }
        }
    }
}

/// A token in front, and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(word, _)| !word.is_empty())
}

/// The value in front, quoted or not, and what follows it.
fn value_of(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return token(text).map(|(word, rest)| (word.to_owned(), rest));
    };
    let mut value = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

/// What follows credentials that stand behind a scheme without a name, as `Negotiate` has them.
fn after_token68(text: &str) -> Option<&str> {
    let start = text.trim_start_matches(BLANK);
    let rest = start.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
    let some = rest.len() < start.len();
    end_of_element(rest.trim_start_matches('=')).filter(|_| some)
}

/// The text again, when an element of the list ends here.
fn end_of_element(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(BLANK);
    (rest.is_empty() || rest.starts_with(',')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Plain<'a> = (&'a str, &'a [(&'a str, &'a str)]);

    fn of(headers: &[&str]) -> Vec<Challenge> {
        challenges(headers.iter().copied())
    }

    #[test]
    fn every_way_to_write_the_header_is_read() {
        let bearer: Plain<'_> = ("bearer", &[("realm", "https://a.example/t"), ("service", "r")]);
        for (headers, wanted) in [
            (&[r#"Basic realm="a""#][..], &[("basic", &[("realm", "a")][..])][..]),
            (&["Basic"], &[("basic", &[])]),
            (&["basic realm=a"], &[("basic", &[("realm", "a")])]),
            (&[r#"BEARER Realm="https://a.example/t",SERVICE="r""#], &[bearer]),
            (&["Bearer\trealm = \"https://a.example/t\" , ,\tservice=r ,"], &[bearer]),
            (
                &[r#"Bearer realm="a",scope="repository:x:pull,push",error="insufficient_scope""#],
                &[(
                    "bearer",
                    &[("realm", "a"), ("scope", "repository:x:pull,push"), ("error", "insufficient_scope")],
                )],
            ),
            (&[r#"Basic realm="a \"b\\c\", d=e""#], &[("basic", &[("realm", r#"a "b\c", d=e"#)])]),
            (&[r#"Basic realm="""#], &[("basic", &[("realm", "")])]),
            (
                &[r#"Negotiate, Basic realm="b", charset="UTF-8""#],
                &[("negotiate", &[]), ("basic", &[("realm", "b"), ("charset", "UTF-8")])],
            ),
            (
                &["Negotiate oYIB/+w==, Bearer realm=x", "Basic realm=y"],
                &[("negotiate", &[]), ("bearer", &[("realm", "x")]), ("basic", &[("realm", "y")])],
            ),
            (&[" , Basic realm=a"], &[("basic", &[("realm", "a")])]),
            (&[""], &[]),
            (&[], &[]),
        ] {
            let read = of(headers);
            let read: Vec<(&str, Vec<(&str, &str)>)> = read
                .iter()
                .map(|one| {
                    let params = one.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    (one.scheme.as_str(), params.collect())
                })
                .collect();
            let wanted: Vec<_> = wanted.iter().map(|(scheme, params)| (*scheme, params.to_vec())).collect();
            assert_eq!(read, wanted, "{headers:?}");
        }
    }

    #[test]
    fn a_header_that_is_none_says_nothing() {
        for header in [
            r#"Bearer realm="https://a.example"#,
            r#"Bearer realm="a\"#,
            r#"Bearer realm="a"service="b""#,
            r#"Bearer realm="a" service="b""#,
            r#"realm="a""#,
            "Bearer realm=https://a.example",
            "Bearer realm=",
            "Bearer \"a\"",
            "\"Bearer\" realm=a",
            "Bearer, =a",
            "Bearer{realm=a}",
        ] {
            let read = of(&[header]);
            assert!(read.iter().all(|one| one.param("realm").is_none()), "{header}: {read:?}");
        }
        assert_eq!(of(&[r#"Bearer realm="unclosed"#, "Basic realm=a"]).len(), 1, "the other header counts");
    }

    #[test]
    fn a_parameter_that_is_there_twice_is_not_believed() {
        let read = of(&[r#"Bearer realm="https://a.example",realm="https://b.example",service=s"#]);
        assert_eq!((read[0].param("realm"), read[0].param("service")), (None, Some("s")));
        assert!(read[0].is("bearer") && !read[0].is("basic"));
    }
}
