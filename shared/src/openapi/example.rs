//! Examples of requests and answers, put together from the examples of their fields.
//!
//! A field has one by `#[schemars(example = ...)]`, a type by its own schema, and a constant or an
//! enumeration is its own. So nobody writes the example of a body, and it cannot be of another
//! shape than the body is.

use super::Operation;
use schemars::Schema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) struct Examples<'a> {
    definitions: &'a BTreeMap<String, Schema>,
}

impl<'a> Examples<'a> {
    pub(super) fn new(definitions: &'a BTreeMap<String, Schema>) -> Self {
        Self { definitions }
    }

    /// Gives examples to the parameters that a request must have, and to all bodies.
    pub(super) fn add_to(&self, operation: &mut Operation) {
        for parameter in operation.parameters.iter_mut().filter(|parameter| parameter.required) {
            parameter.example = self.of(parameter.schema.as_value());
        }
        for body in operation.bodies() {
            body.example = self.of(body.schema.as_value());
        }
    }

    /// A value of this schema; `None` when a field that it must have says none.
    fn of(&self, schema: &Value) -> Option<Value> {
        let first = |key: &str| schema.get(key)?.as_array()?.first();
        if let Some(value) = first("examples").or(schema.get("const")).or(schema.get("default")).or(first("enum")) {
            return Some(value.clone());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.of(self.definitions.get(reference.rsplit('/').next()?)?.as_value());
        }
        if let Some(variant) = first("oneOf").or(first("anyOf")) {
            return self.of(variant);
        }
        match kind(schema)? {
            "object" => self.object(schema).map(Value::Object),
            "array" => Some(Value::Array(vec![self.of(schema.get("items")?)?])),
            _ => None,
        }
    }

    fn object(&self, schema: &Value) -> Option<Map<String, Value>> {
        let fields = schema.get("properties")?.as_object()?;
        fields.iter().map(|(name, field)| Some((name.clone(), self.of(field)?))).collect()
    }
}

/// The type of a value that is not null.
fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    }
}
