//! The messages about one field of a request, in words for the person who sent it.
//!
//! The validator (garde) and the parsers (serde, serde_json) have words of their own, made for
//! programmers. They name types of ours and quote what was sent, which may be a password. This file
//! replaces those words, and it is the only place that does. A message continues a sentence that
//! begins with the field's name: `password` "must have at least 8 characters".

use crate::lambda::http::FieldError;
use garde::{
    Validate,
    i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind, with_i18n},
};
use std::{borrow::Cow, fmt};

type MessageText = Cow<'static, str>;

/// All rules of `value` that are broken; none if it keeps all of them.
pub(super) fn broken_rules<T: Validate<Context = ()>>(value: &T) -> Vec<FieldError> {
    let Err(report) = with_i18n(PlainMessages, || value.validate()) else { return Vec::new() };
    let error = |(path, error): &(garde::Path, garde::Error)| FieldError {
        field: path.to_string(),
        message: error.to_string(),
    };
    report.iter().map(error).collect()
}

/// What is wrong with a body that is not JSON, or not the JSON that was expected.
pub(super) fn of_json(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    if error.inner().is_data() {
        return of_value(error);
    }
    FieldError { field: parent(error), message: not_json(error.inner()) }
}

/// Why a text is not JSON.
pub(super) fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        format!("must be complete JSON; it ends at line {line}, column {column}")
    } else {
        format!("must be JSON; the mistake is at line {line}, column {column}")
    }
}

/// What is wrong with one value. serde names a missing or unknown field in its message only; the
/// path is then that of the object around it.
pub(super) fn of_value<E: fmt::Display>(error: &serde_path_to_error::Error<E>) -> FieldError {
    let words = error.inner().to_string();
    let parent = parent(error);
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|prefix| words.strip_prefix(prefix)?.split('`').next());
    let field = match named {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent == name || parent.ends_with(&format!(".{name}")) => parent,
        Some(name) => format!("{parent}.{name}"),
        None => parent,
    };
    FieldError { field, message: reworded(&words) }
}

fn parent<E>(error: &serde_path_to_error::Error<E>) -> String {
    let path = error.path().to_string();
    if path == "." || path == "?" { String::new() } else { path }
}

/// serde's message in other words.
fn reworded(words: &str) -> String {
    // serde_json adds the position, which is of no use beside the field's name.
    let words = words.split(" at line ").next().unwrap_or_default();
    let starts = |prefix: &str| words.starts_with(prefix);
    match words.split_once(", expected ") {
        _ if starts("missing field") => "is required".to_owned(),
        _ if starts("unknown field") => "is not a known field".to_owned(),
        _ if starts("duplicate field") => "is given twice".to_owned(),
        Some((_, choices)) if starts("unknown variant") => format!("must be {}", choices.replace('`', "")),
        Some((_, expected)) if starts("invalid ") => format!("must be {}", kind(expected, starts("invalid value"))),
        // A message of ours: the error of a `TryFrom`, or of a parser such as `query`.
        _ => words.to_owned(),
    }
}

/// What serde expected, as a kind of JSON value. `is_kind` says that the value was of that kind, so
/// that a number was too large or too small.
fn kind(expected: &str, is_kind: bool) -> MessageText {
    let range = match expected {
        "a string" => return "a text".into(),
        "a boolean" => return "true or false".into(),
        "a sequence" => return "a list".into(),
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        "u64" => "0 to 18446744073709551615",
        _ => return "an object".into(),
    };
    if is_kind { format!("a whole number from {range}").into() } else { "a whole number".into() }
}

/// garde's rules in plain words. Its `length` is for texts here: `list_of` is the rule of lists.
struct PlainMessages;

fn count(n: usize, of: &str) -> String {
    format!("{n} {of}{}", if n == 1 { "" } else { "s" })
}

/// A garde rule: a list has so many entries.
///
/// # Errors
/// The rule refuses a list that has fewer or more.
pub fn list_of<T>(min: usize, max: usize) -> impl FnOnce(&Vec<T>, &()) -> garde::Result {
    move |list, ()| match list.len() {
        few if few < min => Err(garde::Error::new(format!("must have at least {}", count(min, "item")))),
        many if many > max => Err(garde::Error::new(format!("must have at most {}", count(max, "item")))),
        _ => Ok(()),
    }
}

impl I18n for PlainMessages {
    fn length_lower_than(&self, min: usize) -> MessageText {
        format!("must have at least {}", count(min, "character")).into()
    }

    fn length_greater_than(&self, max: usize) -> MessageText {
        format!("must have at most {}", count(max, "character")).into()
    }

    fn range_lower_than(&self, min: &dyn fmt::Display) -> MessageText {
        format!("must be at least {min}").into()
    }

    fn range_greater_than(&self, max: &dyn fmt::Display) -> MessageText {
        format!("must be at most {max}").into()
    }

    fn credit_card_invalid(&self, _: InvalidCreditCard) -> MessageText {
        "must be the number of a credit card".into()
    }

    fn pattern_no_match(&self, pattern: &dyn fmt::Display) -> MessageText {
        format!("must match the pattern {pattern}").into()
    }

    fn contains_missing(&self, part: &dyn fmt::Display) -> MessageText {
        format!("must contain {part}").into()
    }

    fn url_invalid(&self, _: InvalidUrl) -> MessageText {
        "must be a URL".into()
    }

    fn prefix_missing(&self, prefix: &dyn fmt::Display) -> MessageText {
        format!("must start with {prefix}").into()
    }

    fn suffix_missing(&self, suffix: &dyn fmt::Display) -> MessageText {
        format!("must end with {suffix}").into()
    }

    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> MessageText {
        "must be a phone number".into()
    }

    fn ip_invalid(&self, _: IpKind) -> MessageText {
        "must be an IP address".into()
    }

    fn matches_field_mismatch(&self, field: &dyn fmt::Display) -> MessageText {
        format!("must be the same as {field}").into()
    }

    fn email_invalid(&self, _: InvalidEmail) -> MessageText {
        "must be an e-mail address".into()
    }

    fn ascii_invalid(&self) -> MessageText {
        "must have ASCII characters only".into()
    }

    fn alphanumeric_invalid(&self) -> MessageText {
        "must have letters and digits only".into()
    }

    fn required_not_set(&self) -> MessageText {
        "is required".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(default, deny_unknown_fields)]
    struct Sample {
        #[garde(length(chars, min = 8, max = 10))]
        text: String,
        #[garde(inner(length(min = 1, max = 2)))]
        code: Option<String>,
        #[garde(range(min = 1, max = 100))]
        number: u8,
        #[garde(custom(list_of(1, 2)))]
        list: Vec<u64>,
        #[garde(skip)]
        flag: bool,
        #[garde(skip)]
        choice: Choice,
        #[garde(skip)]
        parts: (Part, i64),
    }

    #[derive(Debug, Default, Deserialize)]
    struct Part {
        #[serde(rename = "x")]
        _x: u16,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        #[default]
        Tea,
        Coffee,
    }

    impl Default for Sample {
        fn default() -> Self {
            let (text, list) = ("a password".to_owned(), vec![7]);
            Self { text, code: None, number: 1, list, flag: true, choice: Choice::Tea, parts: (Part::default(), 0) }
        }
    }

    /// Field and message of the first thing that is wrong with a body.
    fn said(json: &str) -> (String, String) {
        let mut from = serde_json::Deserializer::from_str(json);
        let error = match serde_path_to_error::deserialize::<_, Sample>(&mut from) {
            Ok(sample) => broken_rules(&sample).remove(0),
            Err(error) => of_json(&error),
        };
        (error.field, error.message)
    }

    #[test]
    fn every_rule_that_a_field_can_break_has_plain_words() {
        for (json, field, message) in [
            (r#"{"text": "hunter2"}"#, "text", "must have at least 8 characters"),
            (r#"{"text": "correct horse"}"#, "text", "must have at most 10 characters"),
            (r#"{"code": ""}"#, "code", "must have at least 1 character"),
            (r#"{"code": "abc"}"#, "code", "must have at most 2 characters"),
            (r#"{"number": 0}"#, "number", "must be at least 1"),
            (r#"{"number": 101}"#, "number", "must be at most 100"),
            (r#"{"list": []}"#, "list", "must have at least 1 item"),
            (r#"{"list": [1, 2, 3]}"#, "list", "must have at most 2 items"),
        ] {
            assert_eq!(said(json), (field.to_owned(), message.to_owned()), "{json}");
        }
    }

    #[test]
    fn every_value_that_cannot_be_read_has_plain_words() {
        for (json, field, message) in [
            (r#"{"text": 7}"#, "text", "must be a text"),
            (r#"{"text": null}"#, "text", "must be a text"),
            (r#"{"number": "hunter2"}"#, "number", "must be a whole number"),
            (r#"{"number": 1.5}"#, "number", "must be a whole number"),
            (r#"{"number": 300}"#, "number", "must be a whole number from 0 to 255"),
            (r#"{"list": {}}"#, "list", "must be a list"),
            (r#"{"list": [-1]}"#, "list[0]", "must be a whole number from 0 to 18446744073709551615"),
            (r#"{"flag": "yes"}"#, "flag", "must be true or false"),
            (r#"{"choice": "hunter2"}"#, "choice", "must be tea or coffee"),
            (r#"{"parts": [7, 7]}"#, "parts[0]", "must be an object"),
            (r#"{"parts": [{}, 7]}"#, "parts[0].x", "is required"),
            (r#"{"parts": [{"x": 65536}, 7]}"#, "parts[0].x", "must be a whole number from 0 to 65535"),
            (r#"{"hunter2": 7}"#, "hunter2", "is not a known field"),
            (r#"{"flag": true, "flag": true}"#, "flag", "is given twice"),
        ] {
            assert_eq!(said(json), (field.to_owned(), message.to_owned()), "{json}");
        }
    }

    #[test]
    fn a_text_that_is_not_json_has_the_place_of_the_mistake() {
        for (json, message) in [
            ("", "must be complete JSON; it ends at line 1, column 0"),
            ("{\n", "must be complete JSON; it ends at line 2, column 0"),
            ("hunter2", "must be JSON; the mistake is at line 1, column 1"),
            ("{'flag': true}", "must be JSON; the mistake is at line 1, column 2"),
        ] {
            assert_eq!(said(json), (String::new(), message.to_owned()), "{json}");
        }
    }

    /// No route uses these rules yet. One that does needs no change here.
    #[test]
    fn the_other_rules_of_the_validator_have_plain_words_too() {
        for (said, message) in [
            (PlainMessages.credit_card_invalid(InvalidCreditCard::InvalidLuhn), "must be the number of a credit card"),
            (PlainMessages.pattern_no_match(&"^a$"), "must match the pattern ^a$"),
            (PlainMessages.contains_missing(&"a"), "must contain a"),
            (PlainMessages.url_invalid(InvalidUrl::EmptyHost), "must be a URL"),
            (PlainMessages.prefix_missing(&"a"), "must start with a"),
            (PlainMessages.suffix_missing(&"a"), "must end with a"),
            (PlainMessages.phone_number_invalid(InvalidPhoneNumber::TooLong), "must be a phone number"),
            (PlainMessages.ip_invalid(IpKind::Any), "must be an IP address"),
            (PlainMessages.matches_field_mismatch(&"password"), "must be the same as password"),
            (PlainMessages.email_invalid(InvalidEmail::MissingAt), "must be an e-mail address"),
            (PlainMessages.ascii_invalid(), "must have ASCII characters only"),
            (PlainMessages.alphanumeric_invalid(), "must have letters and digits only"),
            (PlainMessages.required_not_set(), "is required"),
        ] {
            assert_eq!(said, message);
        }
    }
}
