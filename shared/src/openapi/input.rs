//! What a request carries.

use super::{Describe, Operation, Schemas, objects::MediaType, operation::RequestBody};
use crate::{
    edge::TagList,
    lambda::{Conditions, IdempotencyKey, Json, MAX_BODY, Path, PathParams, Problem, Query},
};
use http::StatusCode;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const NOTHING_THERE: &str = "No such item exists, or the caller may not see it.";

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
        let schema = schemas.read_in_full::<T>();
        operation.parameter("path", name, schema);
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
        let field = without_null(field.as_object().cloned().unwrap_or_default());
        operation.parameter(place, name, field).required = required.iter().any(|required| required == name);
    }
    invalid(operation);
}

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let body = MediaType { schema: schemas.read::<T>(), example: None };
        let content = BTreeMap::from([("application/json", body)]);
        operation.request_body = Some(RequestBody { required: true, content });
        invalid(operation);
        operation.response(StatusCode::PAYLOAD_TOO_LARGE, &format!("The body has more than {MAX_BODY} bytes."));
        operation.problem(&Problem::unsupported_media_type());
    }
}

impl Describe for IdempotencyKey {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let schema = schemas.read_in_full::<Self>();
        operation.parameter("header", &Self::schema_name(), schema);
        operation.problem(&Problem::in_progress());
        operation.problem(&Problem::key_reused());
        operation.response(StatusCode::CREATED, "").with_headers(&["Idempotency-Replayed"]);
    }
}

impl Describe for Conditions {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        tag_list(
            operation,
            "If-Match",
            "The write happens only if the item has one of these versions, such as `\"7\"`. `*` stands for any version.",
        );
        tag_list(
            operation,
            "If-None-Match",
            "The write happens only if the item has none of these versions, such as `\"7\"`. With `*` it happens only \
             if the item does not exist.",
        );
        operation.problem(&Problem::stale(None));
    }
}

/// A header with a list of tags.
pub(super) fn tag_list(operation: &mut Operation, name: &str, about: &str) {
    let schema = json_schema!({
        "type": "string", "pattern": TagList::PATTERN, "examples": ["\"7\""], "description": about,
    });
    operation.parameter("header", name, schema);
}

fn invalid(operation: &mut Operation) {
    operation.problem(&Problem::invalid(Vec::new()));
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
