//! The cost of a token that opens no session, and a token whose key is gone.

mod cost;
mod releases;

use super::World;
use futures_util::{FutureExt as _, future::BoxFuture};
use shared::telemetry::fields;
use shared::{
    context::Cx,
    session::{Session, Subject, Token},
    sign::{KeySource, Keyring, NoKey, Signer},
    version::{Consistency, Version},
};
use std::sync::atomic::Ordering;
use tests::fault_injector::Rule;
use tests::line::ReadLine as _;
use uuid::Uuid;

/// A table of keys that cannot be read.
struct NoKeys;

impl KeySource for NoKeys {
    fn read<'a>(&'a self, _: &'a Cx, _: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>> {
        async { Err(NoKey::new("the test said so")) }.boxed()
    }
}

/// The same token with other last characters.
fn touched(token: &Token, with: usize) -> Token {
    let text = token.reveal();
    format!("{}{with:06}", &text[..text.len() - 6]).parse().unwrap()
}
