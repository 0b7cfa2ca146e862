//! The parameters of a list, each with its bounds and its description.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use shared::table::CURSOR_MAX;
use std::borrow::Cow;

/// How many items a page has.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct PageLimit(u8);

/// It is not a number of items that a page may have.
#[derive(Debug, thiserror::Error)]
#[error("must be a whole number from 1 to {}", PageLimit::MAX)]
pub struct NotALimit;

impl PageLimit {
    const MAX: u8 = 100;

    pub(super) fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(20)
    }
}

impl TryFrom<u64> for PageLimit {
    type Error = NotALimit;

    fn try_from(number: u64) -> Result<Self, NotALimit> {
        u8::try_from(number).ok().filter(|number| (1..=Self::MAX).contains(number)).map(Self).ok_or(NotALimit)
    }
}

impl From<PageLimit> for u64 {
    fn from(limit: PageLimit) -> Self {
        limit.0.into()
    }
}

impl JsonSchema for PageLimit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PageLimit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let description = "How many items the page has at most.";
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX, "description": description })
    }
}

/// The shape of a cursor, for `#[schemars(with = "Option<Cursor>")]`.
pub(super) struct Cursor(());

impl JsonSchema for Cursor {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Cursor".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": CURSOR_MAX,
            "description": "The `next` of the page before; without it, the answer is the first page.",
            "examples": ["AW9yZGVyIzAxYTIwYWQ2.c2lnbmVk"],
        })
    }
}
