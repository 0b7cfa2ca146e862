//! `If-Match` (RFC 9110, section 13.1.1): the version that a write is based on.

use super::{Head, Input, Problem};
use crate::version::Version;
use bytes::Bytes;
use http::header::IF_MATCH;

/// The version that the client read, as `If-Match: "7"`. `None` when it sent none, or `*`: any version will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<Version>);

impl IfMatch {
    /// Refuses when the item is at another version than the client's.
    pub fn check(self, current: Version) -> Result<(), Problem> {
        match self.0 {
            Some(wanted) if wanted != current => Err(Problem::stale(Some(current))),
            _ => Ok(()),
        }
    }
}

impl Input for IfMatch {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let malformed = || Problem::invalid_field("If-Match", "must be one version in quotation marks, such as \"7\"");
        let mut values = head.headers.get_all(IF_MATCH).iter();
        let (value, more) = (values.next(), values.next());
        let Some(value) = value else { return Ok(Self(None)) };
        let text = value.to_str().map_err(|_| malformed())?.trim();
        if more.is_some() {
            return Err(malformed());
        }
        if text == "*" {
            return Ok(Self(None));
        }
        let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(malformed)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed());
        }
        digits.parse().map(|number| Self(Some(Version(number)))).map_err(|_| malformed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn parse(value: Option<&str>) -> Option<IfMatch> {
        let headers = value.map(|value| (IF_MATCH, value.parse().unwrap())).into_iter().collect::<HeaderMap>();
        let head = Head::parse(Method::PATCH, &"/".parse().unwrap(), headers, "/").unwrap();
        IfMatch::parse(&head, &Bytes::new()).ok()
    }

    #[test]
    fn a_version_is_a_number_in_quotation_marks() {
        assert_eq!(parse(Some("\"7\"")), Some(IfMatch(Some(Version(7)))));
        assert_eq!(parse(Some("*")), Some(IfMatch(None)));
        assert_eq!(parse(None), Some(IfMatch(None)));
        for bad in ["7", "W/\"7\"", "\"\"", "\"x\"", "\"-1\"", "\"+1\"", "\"7\", \"8\"", "\"99999999999999999999\"", ""]
        {
            assert_eq!(parse(Some(bad)), None, "{bad}");
        }
    }
}
