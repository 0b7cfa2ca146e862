//! The headers of an event, and its cookies.

use super::text::Text;
use http::{HeaderMap, HeaderName, HeaderValue, header::COOKIE};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::fmt;

/// The headers of an event.
#[derive(Default)]
pub(super) struct Headers {
    pub(super) map: HeaderMap,
    /// Whether one of them is no header (RFC 9110, section 5), or there are too many.
    pub(super) odd: bool,
}

impl Headers {
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let header = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        let added = match header {
            (Ok(name), Ok(value)) => self.map.try_append(name, value).is_ok(),
            _ => false,
        };
        self.odd |= !added;
    }

    /// Adds the cookies as one header (RFC 6265, section 5.4), without those that cannot stand in a
    /// header.
    pub(super) fn add_cookies(&mut self, cookies: &[Text<'_>]) {
        let fits = |cookie: &&str| HeaderValue::from_bytes(cookie.as_bytes()).is_ok();
        let cookies: Vec<&str> = cookies.iter().map(|text| &*text.0).filter(fits).collect();
        if !cookies.is_empty() {
            self.map.remove(COOKIE);
            self.add(COOKIE.as_str(), &cookies.join("; "));
        }
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct HeaderEntries;

        impl<'de> Visitor<'de> for HeaderEntries {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("headers, each a text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some((Text(name), Text(value))) = entries.next_entry::<Text<'de>, Text<'de>>()? {
                    headers.add(&name, &value);
                }
                Ok(headers)
            }
        }

        from.deserialize_map(HeaderEntries)
    }
}
