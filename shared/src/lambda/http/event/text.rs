//! Text of an event.

use serde::Deserialize;
use std::borrow::Cow;

/// Text that is borrowed from the event where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
