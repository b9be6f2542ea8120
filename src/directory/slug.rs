//! What a project or a repository is called in addresses and by CI systems.

/// A path such as `storefront` or `group/subgroup/name`: segments of ASCII letters, digits, `_`, `.` and `-`, at most
/// 128 characters. Unique in the enterprise; it can be changed, because everything else goes by id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// Why a path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSlug {
    /// Nothing there.
    #[error("empty")]
    Empty,
    /// More than [`Slug::MAX`].
    #[error("too long")]
    TooLong,
    /// Another character, an empty segment, or one that means another place (`.`, `..`).
    #[error("not a path")]
    NotAPath,
}

impl Slug {
    /// The longest path, in characters.
    pub const MAX: usize = 128;

    /// Reads what was typed or imported; outer white space is dropped.
    pub fn parse(text: &str) -> Result<Self, BadSlug> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadSlug::Empty);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let good = |segment: &str| {
            !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(allowed)
        };
        if !text.split('/').all(good) {
            return Err(BadSlug::NotAPath);
        }
        if text.len() > Self::MAX {
            return Err(BadSlug::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_segments_that_name_something() {
        let long = "p".repeat(128);
        for good in ["shop", " shop/web ", "Group/sub.group/_x-1", ".github", &long] {
            assert_eq!(Slug::parse(good).unwrap().as_str(), good.trim(), "{good}");
        }
        for bad in ["/shop", "shop/", "a//b", "..", "a/../b", ".", "a b", "商城", "a\0", "a\\b"] {
            assert_eq!(Slug::parse(bad), Err(BadSlug::NotAPath), "{bad:?}");
        }
        assert_eq!(Slug::parse("  "), Err(BadSlug::Empty));
        assert_eq!(Slug::parse(&"p".repeat(129)), Err(BadSlug::TooLong));
    }
}
