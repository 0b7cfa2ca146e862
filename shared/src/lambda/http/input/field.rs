//! Which field of a request is wrong: the rules of a type, checked.

use super::messages;
use crate::lambda::http::Problem;
use garde::Validate;

pub(super) fn validated<T: Validate<Context = ()>>(value: T) -> Result<T, Problem> {
    let broken = messages::broken_rules(&value);
    if broken.is_empty() { Ok(value) } else { Err(Problem::invalid(broken)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::http::{FieldError, Head, Input as _, Json, list_of};
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[garde(custom(list_of(1, 2)), dive)]
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
        assert_eq!(message(br#"{"items":[{"quantity":"hunter2"}]}"#), "must be a whole number");
        assert_eq!(message(br#"{"items":[{"quantity":-1}]}"#), "must be a whole number from 0 to 4294967295");
        assert_eq!(message(br#"{"items":["hunter2"]}"#), "must be an object");
        assert_eq!(message(br#"{"items":7}"#), "must be a list");
        assert_eq!(message(b"{}"), "is required");
        assert_eq!(message(br#"{"items":[],"hunter2":1}"#), "is not a known field");
        assert_eq!(
            message(br#"{"items":[{"quantity":1}]} hunter2"#),
            "must be JSON; the mistake is at line 1, column 28"
        );
        assert_eq!(message(b"{"), "must be complete JSON; it ends at line 1, column 1");
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
