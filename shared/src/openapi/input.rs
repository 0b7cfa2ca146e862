//! What a request carries.

use super::{
    Describe, Operation, Schemas,
    document::{MediaType, RequestBody},
};
use crate::{
    idempotency::KEY_MAX,
    lambda::{Conditions, IdempotencyKey, Json, KEY_PATTERN, MAX_BODY, Path, PathParams, Query},
};
use http::StatusCode;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const NOTHING_THERE: &str = "The path names nothing that exists, or not for this caller.";
const INVALID: &str = "The request is not valid; `errors` names the fields.";

impl Describe for () {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl<A: Describe, B: Describe> Describe for (A, B) {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        A::describe(operation, schemas);
        B::describe(operation, schemas);
    }
}

impl<T: JsonSchema> Describe for Path<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let name = operation.path.split(['{', '}']).nth(1).unwrap_or_default();
        let schema = schemas.read::<T>();
        operation.parameter("path", name, "", schema);
        // A path with a slash more, or none, is another path.
        operation.response(StatusCode::NOT_FOUND, NOTHING_THERE);
        invalid(operation);
    }
}

impl<T: JsonSchema> Describe for PathParams<T> {
    /// # Panics
    /// When the fields of `T` are not the parameters of the path.
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        fields::<T>("path", operation, schemas);
        let described = operation.parameters.iter().filter(|parameter| parameter.r#in == "path");
        let described: BTreeSet<&str> = described.map(|parameter| parameter.name.as_str()).collect();
        let in_path: BTreeSet<&str> = operation.path.split(['{', '}']).skip(1).step_by(2).collect();
        assert_eq!(described, in_path, "the parameters of {}", operation.path);
        operation.response(StatusCode::NOT_FOUND, NOTHING_THERE);
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        fields::<T>("query", operation, schemas);
    }
}

/// The fields of `T`, each as a parameter.
fn fields<T: JsonSchema>(place: &'static str, operation: &mut Operation, schemas: &mut Schemas) {
    let schema = schemas.read_in_full::<T>();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let mut field = field.as_object().cloned().unwrap_or_default();
        let description = field.remove("description");
        let description = description.as_ref().and_then(Value::as_str).unwrap_or_default();
        operation.parameter(place, name, description, without_null(field));
        let needed = required.iter().any(|required| required == name);
        operation.parameters.last_mut().into_iter().for_each(|parameter| parameter.required = needed);
    }
    invalid(operation);
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let content = BTreeMap::from([("application/json", MediaType { schema: schemas.read::<T>() })]);
        operation.request_body = Some(RequestBody { required: true, content });
        invalid(operation);
        operation.response(StatusCode::PAYLOAD_TOO_LARGE, &format!("The body has more than {MAX_BODY} bytes."));
        operation.response(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body is not JSON in UTF-8 by its Content-Type, or it is compressed.",
        );
    }
}

impl Describe for IdempotencyKey {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        let key = json_schema!({ "type": "string", "maxLength": KEY_MAX, "pattern": KEY_PATTERN });
        let why = "A name for the request, new for each: sent again with it, the request is not carried out again.";
        operation.parameter("header", "Idempotency-Key", why, key);
        operation.response(StatusCode::CONFLICT, "The same request is still being carried out.");
        operation.response(StatusCode::UNPROCESSABLE_ENTITY, "The key was used before, with another body.");
        operation.response(StatusCode::CREATED, "").with_headers(&["Idempotency-Replayed"]);
    }
}

/// `*`, or tags with commas between them (RFC 9110, section 8.8.3).
const TAGS: &str = "^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$";

impl Describe for Conditions {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        let tags = || json_schema!({ "type": "string", "pattern": TAGS });
        let is = "The versions that the change may be based on, such as `\"7\"`, or `*` for any that is there.";
        let is_not = "The versions that the item must not have, such as `\"7\"`, or `*`: it must not be there.";
        operation.parameter("header", "If-Match", is, tags());
        operation.parameter("header", "If-None-Match", is_not, tags());
        operation.response(StatusCode::PRECONDITION_FAILED, "The item is not as the conditions say.");
    }
}

fn invalid(operation: &mut Operation) {
    if !operation.responses.contains_key(&400) {
        operation.response(StatusCode::BAD_REQUEST, INVALID);
    }
}

/// A parameter is there or not; there is no null in a query.
fn without_null(mut field: Map<String, Value>) -> Schema {
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            field.insert("type".to_owned(), only);
        }
    }
    field.retain(|key, value| key != "default" || !value.is_null());
    field.into()
}
