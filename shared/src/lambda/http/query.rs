//! Reads a query string so that each value has one spelling.
//!
//! The CDN keeps an answer under the query as it came. A value with many spellings would have many
//! entries, and a caller that tries them all would get past the cache to the table: `limit=2`,
//! `limit=02`, `limit=%2B2`, `limit=%32`. So a number is plain digits, and a character that needs
//! no escape has none (RFC 3986, section 2.3). A space in a text may be written in two ways,
//! because browsers and programs differ; the CDN makes one of them
//! (`infra/edge/viewer-request.js`).

use super::FieldError;
use serde::{
    Deserializer,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer},
    },
    forward_to_deserialize_any,
};
use std::borrow::Cow;

/// Reads the fields of `query` as a `T`. An error names the fields that are wrong.
pub(super) fn read<T: DeserializeOwned>(
    query: &str,
) -> Result<Result<T, serde_path_to_error::Error<Error>>, Vec<FieldError>> {
    let misspelt: Vec<_> = query.split('&').filter_map(misspelt).collect();
    if !misspelt.is_empty() {
        return Err(misspelt);
    }
    let pairs = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name, Plain(value)));
    Ok(serde_path_to_error::deserialize(MapDeserializer::new(pairs)))
}

/// The field whose pair has escapes that it does not need, if it has some.
fn misspelt(pair: &str) -> Option<FieldError> {
    if !has_needless_escape(pair) {
        return None;
    }
    let (field, _) = form_urlencoded::parse(pair.as_bytes()).next()?;
    Some(FieldError {
        field: field.into_owned(),
        message: "must not percent-encode letters, digits, -, . or _".to_owned(),
    })
}

/// Whether a letter, a digit, `-`, `.` or `_` is written as an escape. A `~` may be escaped: old
/// encoders of forms do so.
fn has_needless_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|rest| {
        let code = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    })
}

/// Text that is read as a value: a number is plain digits.
pub(super) struct Plain<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Plain<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl<'a> IntoDeserializer<'a> for Plain<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! plain_numbers {
    ($($method:ident $visit:ident,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let text = self.0.strip_prefix('-').unwrap_or(&self.0);
            let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
            let number = self.0.parse().ok().filter(|_| plain);
            visitor.$visit(number.ok_or_else(|| Error::custom("must be a whole number in plain digits"))?)
        })*
    };
}

impl<'de> Deserializer<'de> for Plain<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.into_deserializer().deserialize_enum(name, variants, visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.0.parse().map_err(|_| Error::custom("must be true or false"))?)
    }

    plain_numbers! {
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64,
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Page {
        q: Option<String>,
        limit: Option<u8>,
    }

    fn page(query: &str) -> Option<(Option<String>, Option<u8>)> {
        read::<Page>(query).ok()?.ok().map(|page| (page.q, page.limit))
    }

    fn limit(query: &str) -> Option<u8> {
        page(query)?.1
    }

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!((limit("limit=2"), limit("limit=0"), limit("limit=100")), (Some(2), Some(0), Some(100)));
        for other in
            ["02", "+2", "%2B2", "%2b2", "%32", "2%20", "2.0", "2e0", "0x2", "00", "-0", "", "256", "%EF%BC%92"]
        {
            assert_eq!(limit(&format!("limit={other}")), None, "{other}");
        }
        assert_eq!(limit("%6cimit=2"), None, "the name too");
    }

    #[test]
    fn text_may_be_whatever_an_encoder_makes_of_it() {
        for (query, text) in [
            ("q=green+tea", "green tea"),
            ("q=green%20tea", "green tea"),
            ("q=caf%C3%A9%2B%7E~", "caf\u{e9}+~~"),
            ("q=02", "02"),
            ("q=100%", "100%"),
            ("q=%", "%"),
            ("q=", ""),
            ("q=a%2Fb%3D%26", "a/b=&"),
        ] {
            assert_eq!(page(query), Some((Some(text.to_owned()), None)), "{query}");
        }
        for query in ["q=%74ea", "q=gr%65en%20tea", "q=%31", "%71=tea", "q=a%2Db", "q=a%5fb", "x=1", "q=1&q=2"] {
            assert_eq!(page(query), None, "{query}");
        }
        assert_eq!(read::<Page>("limit=1&q=t%65a").unwrap_err()[0].field, "q");
    }

    proptest! {
        #[test]
        fn of_all_spellings_of_a_number_one_is_read(number: u8, spelling in prop::collection::vec(0_usize..4, 1..4), zeros in 0_usize..3) {
            let digits = format!("{}{number}", "0".repeat(zeros));
            let spelt: String = digits.chars().zip(spelling.iter().cycle()).map(|(digit, how)| match how {
                0 => format!("%{:02X}", digit as u32),
                _ => digit.to_string(),
            }).collect();
            let read = limit(&format!("limit={spelt}"));
            prop_assert_eq!(read, (spelt == number.to_string()).then_some(number));
        }

        #[test]
        fn whatever_a_form_encodes_is_read_back(text in "\\PC{0,30}") {
            let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("q", &text).finish();
            prop_assert_eq!(page(&query), Some((Some(text), None)));
        }

        #[test]
        fn no_query_panics(query in "\\PC{0,60}") {
            let _ = read::<Page>(&query);
        }
    }
}
