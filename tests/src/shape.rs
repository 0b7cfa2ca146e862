//! JSON against a JSON Schema.

use boon::{Compiler, Draft, Schemas};
use serde_json::Value;

/// What is wrong with a value that has not the shape of the schema.
///
/// # Errors
/// The value breaks a rule of the schema.
///
/// # Panics
/// The schema is none.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    let (address, mut schemas, mut compiler) = ("http://schema.invalid/", Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    compiler.add_resource(address, schema.clone()).expect("JSON");
    let schema = compiler.compile(address, &mut schemas).expect("a schema");
    schemas.validate(value, schema).map_err(|error| error.to_string())
}
