//! What an operation answers when it succeeds.

use super::{Describe, Operation, Schemas};
use crate::edge::{Accepted, Created, NoContent, Private, Public, Replaced};
use http::StatusCode;
use schemars::JsonSchema;

const JSON: &str = "application/json";
const SUCCEEDED: &str = "The request succeeded.";

impl<T: JsonSchema> Describe for Public<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let response = operation.response(
            StatusCode::OK,
            "The request succeeded. The answer is the same for every caller, so that caches may keep it.",
        );
        response.with_headers(&["Cache-Tag"]).with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Private<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.response(StatusCode::OK, SUCCEEDED).with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Created<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let response = operation.response(StatusCode::CREATED, "The item was created.");
        response.with_headers(&["Location", "Set-Cookie"]).with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Replaced<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.response(StatusCode::OK, "The item was replaced.").with_content(JSON, schemas.written::<T>());
        operation.response(StatusCode::CREATED, "The item was created.").with_content(JSON, schemas.written::<T>());
    }
}

impl Describe for Accepted {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.response(
            StatusCode::ACCEPTED,
            "The request was accepted. The answer does not say whether there was anything to do.",
        );
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.response(StatusCode::NO_CONTENT, SUCCEEDED).with_headers(&["Set-Cookie"]);
    }
}
