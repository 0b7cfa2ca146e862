//! `/api/me`: one's own account.

mod account;
mod changes;

use crate::helpers::{eventually, fixtures};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tests::{
    aws::Aws,
    client::{PASSWORD, Person, Visitor, sign_up},
};

async fn me(person: &Person) -> Value {
    person.visitor.get("/api/me").await.ok("me", 200)
}
