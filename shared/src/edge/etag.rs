//! Validators: a reader who has the answer already is told so, without the answer.
//!
//! The tag is a hash of the body, so that it changes exactly when the body does, whatever the body was made from. It is weak
//! (RFC 9110, section 8.8.1): a CDN that compresses changes the bytes and not the meaning, and weakens a strong one anyway. A
//! weak tag never matches in `If-Match`; writes name the version that they are based on instead.

use super::Response;
use crate::sign::sha256_hex;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

/// Of the hash's 64 digits; 96 bits are enough for bodies that nobody forges.
const DIGITS: usize = 24;

/// The response to a GET, with its tag; 304 without a body if the reader has it already. Caching headers stay: they are the
/// new ones, which a cache takes over. Answers other than 200 are left alone.
#[must_use]
pub fn conditional(request: &HeaderMap, mut response: Response) -> Response {
    if response.status() != StatusCode::OK {
        return response;
    }
    let tag = format!("W/\"{}\"", &sha256_hex(response.body())[..DIGITS]);
    let known = request.get_all(IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok()).any(|list| names(list, &tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response
}

/// Whether a list of tags, or `*`, names this one by weak comparison. Our tags hold no comma, so a foreign one that does
/// falls into pieces that match nothing.
fn names(list: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|one| opaque(one) == opaque(tag))
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
    fn a_reader_who_has_it_gets_no_body_and_the_new_times() {
        let first = conditional(&HeaderMap::new(), response(200, "{}"));
        assert_eq!((first.status(), first.body().len()), (StatusCode::OK, 2));
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let strong = tag.trim_start_matches("W/").to_owned();
        for known in [tag.clone(), strong, "*".to_owned(), format!("\"other\", {tag}")] {
            let again = conditional(&asked(&known), response(200, "{}"));
            assert_eq!((again.status(), again.body().len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
            assert_eq!(again.headers()[ETAG], tag);
            assert!(again.headers().contains_key("cache-control") && !again.headers().contains_key("content-type"));
        }
    }

    #[test]
    fn another_body_and_an_error_are_sent_in_full() {
        let tag = conditional(&HeaderMap::new(), response(200, "{}")).headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(conditional(&asked(&tag), response(200, "[]")).status(), StatusCode::OK);
        let missing = conditional(&asked("*"), response(404, "{}"));
        assert_eq!((missing.status(), missing.body().len()), (StatusCode::NOT_FOUND, 2));
        assert!(!missing.headers().contains_key(ETAG));
    }
}
