//! A call that goes through a proxy, what a rule does to it, and how many there were.

use crate::{random::Random, rule::Fault};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// A call on its way.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The service that it goes to.
    pub service: &'a str,
    /// The operation or command.
    pub operation: &'a str,
    /// The bytes of the call. A rule's `resource` must be in one of the two parts.
    pub parts: [&'a [u8]; 2],
    /// When its connection was made.
    pub connected: Instant,
}

impl Call<'_> {
    /// Whether this text is in the call.
    pub(crate) fn contains(&self, text: &str) -> bool {
        let text = text.as_bytes();
        text.is_empty() || self.parts.iter().any(|part| part.windows(text.len()).any(|window| window == text))
    }
}

/// What a rule does to a call.
#[derive(Debug, Clone)]
pub struct Strike {
    /// The fault.
    pub fault: Fault,
    /// The delay that was drawn; zero for a fault without a delay.
    pub delay: Duration,
    /// The source of what else is drawn.
    pub random: Random,
}

/// The number of calls of one operation, and of those that a rule struck.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// All calls.
    pub calls: u64,
    /// The calls that a rule struck.
    pub struck: u64,
}

/// Counts by service and operation.
pub type Counts = BTreeMap<String, BTreeMap<String, Count>>;
