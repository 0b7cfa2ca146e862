//! Conditions of a write: `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and 13.1.2).
//!
//! A write names the versions that it expects, such as `"7"`; the item's own answer carries its
//! version. `If-Match` compares strongly: a weak tag, as answers to a GET have, matches nothing. Both
//! conditions must hold. An item that does not exist fits `If-None-Match: *` only.

use super::{Head, Input, Problem};
use crate::{
    edge::{EntityTag, TagList},
    version::{Expected, Version, Which},
};
use bytes::Bytes;
use http::{
    HeaderName,
    header::{IF_MATCH, IF_NONE_MATCH},
};

/// What the client expects of the item that it writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions(pub Expected);

impl Input for Conditions {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let sent = |name: &HeaderName, shown: &str, counts: fn(&EntityTag) -> bool| {
            let list = TagList::sent(&head.headers, name).map_err(|e| Problem::invalid_field(shown, e.to_string()));
            list.map(|list| list.map(|list| which(&list, counts)))
        };
        let is = sent(&IF_MATCH, "If-Match", |tag| !tag.weak)?;
        let is_not = sent(&IF_NONE_MATCH, "If-None-Match", |_| true)?;
        Ok(Self(Expected { is, is_not }))
    }
}

fn which(list: &TagList, counts: fn(&EntityTag) -> bool) -> Which {
    match list {
        TagList::Any => Which::Any,
        TagList::These(tags) => {
            Which::OneOf(tags.iter().filter(|tag| counts(tag)).filter_map(|tag| version(&tag.opaque)).collect())
        }
    }
}

/// The version that a tag names. Tags are compared as text (section 8.8.3.2): `07` is not 7.
fn version(opaque: &str) -> Option<Version> {
    let version = Version(opaque.parse().ok()?);
    (version.to_string() == opaque).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method, StatusCode};

    fn parse(headers: &[(HeaderName, &str)]) -> Result<Expected, Problem> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        let head = Head::parse(Method::PUT, &"/".parse().unwrap(), map, "/").unwrap();
        Conditions::parse(&head, &Bytes::new()).map(|conditions| conditions.0)
    }

    /// Whether a write goes ahead where nothing is, and over version 7.
    #[track_caller]
    fn goes_ahead(headers: &[(HeaderName, &str)]) -> (bool, bool) {
        let expected = parse(headers).unwrap();
        (expected.fits(None), expected.fits(Some(Version(7))))
    }

    #[test]
    fn a_write_goes_ahead_when_its_conditions_hold() {
        assert_eq!(goes_ahead(&[]), (true, true));
        for (if_match, wanted) in [
            ("*", (false, true)),
            ("\"7\"", (false, true)),
            ("\"6\"", (false, false)),
            ("\"6\", \"7\"", (false, true)),
            ("W/\"7\"", (false, false)),
            ("W/\"7\", \"7\"", (false, true)),
            ("\"07\"", (false, false)),
            ("\"+7\"", (false, false)),
            ("\"x\"", (false, false)),
            ("\"\"", (false, false)),
            ("\"99999999999999999999\"", (false, false)),
        ] {
            assert_eq!(goes_ahead(&[(IF_MATCH, if_match)]), wanted, "If-Match: {if_match}");
        }
        for (if_none_match, wanted) in [
            ("*", (true, false)),
            ("\"7\"", (true, false)),
            ("W/\"7\"", (true, false)),
            ("\"6\", \"8\"", (true, true)),
            ("\"6\", W/\"7\"", (true, false)),
            ("\"x\"", (true, true)),
        ] {
            assert_eq!(goes_ahead(&[(IF_NONE_MATCH, if_none_match)]), wanted, "If-None-Match: {if_none_match}");
        }
        assert_eq!(goes_ahead(&[(IF_MATCH, "*"), (IF_NONE_MATCH, "*")]), (false, false));
        assert_eq!(goes_ahead(&[(IF_MATCH, "\"6\""), (IF_MATCH, "\"7\"")]), (false, true), "in parts");
    }

    #[test]
    fn what_is_no_condition_is_refused_and_named() {
        for bad in ["7", "\"7", "", "*, \"7\"", "\"7\" \"8\""] {
            for (name, shown) in [(IF_MATCH, "If-Match"), (IF_NONE_MATCH, "If-None-Match")] {
                let problem = parse(&[(name, bad)]).unwrap_err();
                assert_eq!((problem.status(), problem.errors()[0].field.as_str()), (StatusCode::BAD_REQUEST, shown));
            }
        }
    }
}
