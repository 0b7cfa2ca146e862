//! Bodies that no client of ours sends: each is a 4xx that names the field, and writes nothing.

mod orders;
mod people;

use crate::helpers::{
    fixtures,
    refusals::{Case, refuses},
};
use serde_json::{Value, json};
use tests::{
    aws::Aws,
    client::{PASSWORD, Visitor, new_address, sign_up},
};

/// `body` with one field replaced; without it, if `value` is nothing.
fn but(mut body: Value, field: &str, value: impl Into<Option<Value>>) -> Vec<u8> {
    match value.into() {
        Some(value) => body[field] = value,
        None => drop(body.as_object_mut().unwrap().remove(field)),
    }
    body.to_string().into_bytes()
}
