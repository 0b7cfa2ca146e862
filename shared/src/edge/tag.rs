//! Cache tags (also called surrogate keys): the names by which the CDN is purged.

use std::fmt;

/// How many tags a reply may carry beside its family's: CloudFront reads 50 ("Invalidating content
/// by cache tags", CloudFront Developer Guide).
pub const MAX_TAGS: usize = 49;

/// The name of a thing that a reply shows (`product-42`). Purging a tag removes every reply that
/// carries it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag of a family, which all replies of its routes carry
    /// ([`Shared::family`](super::Shared::family)): letters, digits, `-` and `_`.
    pub fn family(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// A tag of a kind and a name. Characters that would split a header's list become `-`.
    pub fn new(kind: &str, name: impl fmt::Display) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
        Self(format!("{kind}-{name}").chars().map(plain).collect())
    }

    /// The path of an object that carries no tags, such as an object of a bucket. With `*` at its
    /// end it names all paths that begin so: `/media/*`. CloudFront can purge paths. A CDN that
    /// knows only tags must tag such objects with their paths (`localstack/default.vcl`).
    pub fn path(path: impl Into<String>) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '*');
        Self(path.into().chars().map(|c| if plain(c) { c } else { '-' }).collect())
    }

    /// The tag as it is written in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_never_becomes_two() {
        assert_eq!(Tag::new("category", "home & garden, all").as_str(), "category-home---garden--all");
        assert_eq!(Tag::path("/media/a b,c.png").as_str(), "/media/a-b-c.png");
    }
}
