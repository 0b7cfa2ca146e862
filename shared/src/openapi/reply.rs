//! What is answered.

use super::{Describe, Operation, Schemas};
use crate::edge::{Accepted, Created, NoContent, Private, Public, Replaced};
use http::StatusCode;
use schemars::JsonSchema;

const JSON: &str = "application/json";

impl<T: JsonSchema> Describe for Public<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let response = operation.response(StatusCode::OK, "Done. The same for everyone.");
        response.with_headers(&["Cache-Tag"]).with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Private<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.response(StatusCode::OK, "Done.").with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Created<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let response = operation.response(StatusCode::CREATED, "It was made.");
        response.with_headers(&["Location", "Set-Cookie"]).with_content(JSON, schemas.written::<T>());
    }
}

impl<T: JsonSchema> Describe for Replaced<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation
            .response(StatusCode::OK, "It stands in the other's place.")
            .with_content(JSON, schemas.written::<T>());
        operation.response(StatusCode::CREATED, "There was none before.").with_content(JSON, schemas.written::<T>());
    }
}

impl Describe for Accepted {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.response(StatusCode::ACCEPTED, "It will be done, or there was nothing to do.");
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.response(StatusCode::NO_CONTENT, "Done.").with_headers(&["Set-Cookie"]);
    }
}
