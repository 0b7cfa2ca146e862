//! Which field of a request is wrong, and how.

use crate::lambda::http::{FieldError, Problem};
use garde::Validate;
use std::fmt;

pub(super) fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    let report = match value.validate() {
        Ok(()) => return Ok(value),
        Err(report) => report,
    };
    let error = |(path, error): &(garde::Path, garde::Error)| FieldError {
        field: path.to_string(),
        message: error.to_string(),
    };
    Err(Problem::invalid(report.iter().map(error).collect()))
}

/// The field at which reading stopped, and why. serde names a missing or unknown field in its message
/// only, and gives the path of the parent.
pub(super) fn field_error<E: fmt::Display>(error: &serde_path_to_error::Error<E>) -> FieldError {
    let said = error.inner().to_string();
    let parent = error.path().to_string();
    let parent = if parent == "." || parent == "?" { String::new() } else { parent };
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|prefix| said.strip_prefix(prefix)?.split('`').next());
    let field = match named {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent == name || parent.ends_with(&format!(".{name}")) => parent,
        Some(name) => format!("{parent}.{name}"),
        None => parent,
    };
    FieldError { field, message: in_plain_words(&said) }
}

/// serde's message without the parts that it quotes from the body, which may hold a password, and
/// without the names of our types.
fn in_plain_words(said: &str) -> String {
    let starts = |prefix: &str| said.starts_with(prefix);
    let what = match said.split_once(", expected ") {
        _ if starts("missing field") => return "is required".to_owned(),
        _ if starts("unknown field") => return "is not a known field".to_owned(),
        _ if starts("duplicate field") => return "is given twice".to_owned(),
        Some((_, expected)) if starts("invalid ") => expected,
        // Our own message. The position in the text adds nothing to the field's name.
        _ if starts("is ") => return said.split(" at line ").next().unwrap_or_default().to_owned(),
        _ => return said.to_owned(),
    };
    let what = what.split(" at line ").next().unwrap_or_default();
    let what = match what {
        "a string" | "a boolean" => what,
        "a sequence" => "a list",
        number if number.starts_with(['u', 'i']) && number[1..].parse::<u8>().is_ok() => "a whole number in range",
        _ => "an object",
    };
    format!("must be {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::http::{Head, Input as _, Json};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[garde(length(min = 1, max = 2), dive)]
        #[serde(deserialize_with = "crate::lambda::objects")]
        items: Vec<Line>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[garde(range(min = 1, max = 100))]
        quantity: u32,
    }

    fn errors(body: &[u8]) -> Vec<FieldError> {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))]);
        let head = Head::parse(Method::POST, &"/".parse().unwrap(), headers, "/").unwrap();
        match Json::<Order>::parse(&head, &Bytes::copy_from_slice(body)) {
            Ok(_) => Vec::new(),
            Err(problem) => problem.errors().to_vec(),
        }
    }

    fn fields(body: &[u8]) -> Vec<String> {
        errors(body).into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_message_quotes_nothing_of_the_body_and_no_type_of_ours() {
        let message = |body: &[u8]| errors(body).remove(0).message;
        assert_eq!(message(br#"{"items":[{"quantity":"hunter2"}]}"#), "must be a whole number in range");
        assert_eq!(message(br#"{"items":[{"quantity":-1}]}"#), "must be a whole number in range");
        assert_eq!(message(br#"{"items":["hunter2"]}"#), "must be an object");
        assert_eq!(message(br#"{"items":7}"#), "must be a list");
        assert_eq!(message(b"{}"), "is required");
        assert_eq!(message(br#"{"items":[],"hunter2":1}"#), "is not a known field");
        assert_eq!(message(b"{"), "EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn the_field_that_is_wrong_is_named() {
        assert_eq!(fields(br#"{"items":[{"quantity":1}]}"#), [""; 0]);
        assert_eq!(fields(br"{}"), ["items"]);
        assert_eq!(fields(br#"{"items":[{}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":"one"}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1e9}]}"#), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1,"price":1}]}"#), ["items[0].price"]);
        assert_eq!(fields(br#"{"items":[],"total":1}"#), ["total"]);
        assert_eq!(
            fields(br#"{"items":[{"quantity":0},{"quantity":101}]}"#),
            ["items[0].quantity", "items[1].quantity"]
        );
        assert_eq!(fields(br#"{"items":[]}"#), ["items"]);
        assert_eq!(fields(br#"{"items":[}"#), ["items[0]"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1}]} x"#), [""]);
        assert_eq!(fields(b"{\"items\":[{\"quantity\":\"\xff\"}]}"), ["items[0].quantity"]);
        assert_eq!(fields(br#"{"items":[{"quantity":1},[1]]}"#), ["items[1]"]);
        assert_eq!(fields(br#"[[{"quantity":1}]]"#), [""]);
        assert_eq!(fields(b""), [""]);
        assert_eq!(fields("[".repeat(10_000).as_bytes()), [""]);
    }
}
