//! Validators: a client that already has the response gets a 304 without a body.
//!
//! The tag is a hash of the body, so it changes exactly when the body does. It is weak (RFC 9110,
//! section 8.8.1), because a CDN that compresses changes the bytes and not the meaning. A weak tag
//! never matches in `If-Match`; a write names the version that it is based on instead.

use super::Response;
use crate::sign::sha256_hex;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ETAG, IF_NONE_MATCH},
};

/// How many of the hash's 64 digits are used: 96 bits are enough, since nobody gains by a
/// collision.
const DIGITS: usize = 24;

/// The response to a GET or a HEAD with its tag, or a 304 without a body if the client already has
/// it. All headers stay, because a cache stores those of the 304 in place of its own. That includes
/// `Content-Type`: API Gateway adds a default one to a response that has none. A response that is
/// no 200 stays as it is.
#[must_use]
pub fn conditional(request: &HeaderMap, mut response: Response) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let own = &sha256_hex(response.body())[..DIGITS];
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{own}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    let known = match TagList::sent(request, &IF_NONE_MATCH) {
        Ok(Some(TagList::Any)) => true,
        Ok(Some(TagList::These(tags))) => tags.iter().any(|tag| tag.opaque == own),
        // A client whose list cannot be read gets the whole response.
        Ok(None) | Err(BadTags) => false,
    };
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
    }
    response
}

/// The value of `If-Match` or `If-None-Match` (RFC 9110, section 13.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagList {
    /// `*`: any version that exists.
    Any,
    /// One of these.
    These(Vec<EntityTag>),
}

/// A tag as a client writes it: `"7"`, or `W/"7"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    /// Whether it promises the same meaning only, and not the same bytes.
    pub weak: bool,
    /// What stands between the quotation marks.
    pub opaque: String,
}

/// A header that is neither `*` nor a list of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `*`, or tags in quotation marks with commas between them, such as \"7\", \"8\"")]
pub struct BadTags;

impl TagList {
    /// How it is written (RFC 9110, section 8.8.3), as a regular expression.
    pub const PATTERN: &str = "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$";

    /// Reads the header, which may be sent once or in parts; `None` when it was not sent.
    pub fn sent(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, BadTags> {
        let mut values = Vec::new();
        for value in headers.get_all(name) {
            values.push(std::str::from_utf8(value.as_bytes()).map_err(|_| BadTags)?);
        }
        if values.is_empty() { Ok(None) } else { Self::parse(&values.join(",")).map(Some) }
    }

    /// Reads tags one by one, because a tag may contain a comma. Empty elements are skipped (RFC
    /// 9110, section 5.6.1); a list without any tag is an error.
    fn parse(text: &str) -> Result<Self, BadTags> {
        let space = |c: char| c == ' ' || c == '\t';
        if text.trim_matches(space) == "*" {
            return Ok(Self::Any);
        }
        let (mut tags, mut rest) = (Vec::new(), text);
        loop {
            rest = rest.trim_start_matches(|c| space(c) || c == ',');
            if rest.is_empty() {
                return if tags.is_empty() { Err(BadTags) } else { Ok(Self::These(tags)) };
            }
            let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
            let (opaque, after) = quoted.strip_prefix('"').and_then(|text| text.split_once('"')).ok_or(BadTags)?;
            if opaque.contains(|c: char| c.is_ascii_control() || c == ' ') {
                return Err(BadTags);
            }
            tags.push(EntityTag { weak, opaque: opaque.to_owned() });
            rest = after.trim_start_matches(space);
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(BadTags);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &'static str) -> Response {
        http::Response::builder()
            .status(status)
            .header("cache-control", "public, max-age=0, s-maxage=60")
            .header("content-type", "application/json")
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    }

    fn asked(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(IF_NONE_MATCH, value.parse().unwrap())])
    }

    #[test]
    fn a_reader_who_has_it_gets_no_body_and_all_headers() {
        let first = conditional(&HeaderMap::new(), response(200, "{}"));
        assert_eq!((first.status(), first.body().len()), (StatusCode::OK, 2));
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [tag.clone(), strong, "*".to_owned(), format!("\"other\", {tag}"), format!("\"a,b\",,{tag}")] {
            let again = conditional(&asked(&known), response(200, "{}"));
            assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!(again.headers(), first.headers(), "{known}");
        }
    }

    #[test]
    fn another_body_an_error_and_a_list_that_is_none_are_sent_in_full() {
        let tag = conditional(&HeaderMap::new(), response(200, "{}")).headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(conditional(&asked(&tag), response(200, "[]")).status(), StatusCode::OK);
        for odd in ["", tag.trim_start_matches("W/").trim_matches('"'), &format!("{tag}, x"), &format!("*, {tag}")] {
            assert_eq!(conditional(&asked(odd), response(200, "{}")).status(), StatusCode::OK, "{odd}");
        }
        let missing = conditional(&asked("*"), response(404, "{}"));
        assert_eq!((missing.status(), missing.body().len()), (StatusCode::NOT_FOUND, 2));
        assert!(!missing.headers().contains_key(ETAG));
    }

    #[test]
    fn a_list_is_read_tag_by_tag() {
        let tag = |weak, opaque: &str| EntityTag { weak, opaque: opaque.to_owned() };
        let these = |tags: &[EntityTag]| Ok(TagList::These(tags.to_vec()));
        assert_eq!(TagList::parse(" * "), Ok(TagList::Any));
        assert_eq!(TagList::parse("\"7\""), these(&[tag(false, "7")]));
        assert_eq!(
            TagList::parse("W/\"7\" ,, \"a,b\",\"\""),
            these(&[tag(true, "7"), tag(false, "a,b"), tag(false, "")])
        );
        for bad in
            ["", ",", "7", "\"7", "\"7\" \"8\"", "w/\"7\"", "W/ \"7\"", "*, \"7\"", "\"a b\"", "\"7\"x", "\"a\"b\""]
        {
            assert_eq!(TagList::parse(bad), Err(BadTags), "{bad}");
        }
        let mut parts = HeaderMap::new();
        for part in ["\"7\"", "\"8\""] {
            parts.append(IF_NONE_MATCH, part.parse().unwrap());
        }
        assert_eq!(
            TagList::sent(&parts, &IF_NONE_MATCH).map(Option::unwrap),
            these(&[tag(false, "7"), tag(false, "8")])
        );
    }
}
