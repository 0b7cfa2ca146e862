//! Pages of lists: which one is asked for, and how it is answered.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    lambda::Problem,
    table::{Cursors, Page, Position},
};

/// Which page of a list: `limit` and `cursor` of the query.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "twenty")]
    pub(super) limit: u8,
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    pub(super) cursor: Option<String>,
}

/// Items on a page, unless the query says otherwise.
pub(super) fn twenty() -> u8 {
    20
}

impl Which {
    /// How many items.
    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// Behind which position, by a cursor that was made for this `scope`.
    pub fn after(&self, cursors: &Cursors, scope: &str) -> Result<Option<Position>, Problem> {
        let position = self.cursor.as_deref().map(|cursor| cursors.open(scope, cursor)).transpose();
        position.map_err(|e| Problem::invalid_field("cursor", e.to_string()))
    }
}

/// One page on the wire.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct Listed<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> Listed<T> {
    /// A page of items as they are shown; `seal` makes a cursor.
    pub fn of<I: Into<T>>(page: Page<I>, seal: impl Fn(&Position) -> String) -> Self {
        let next = page.next.as_ref().map(seal);
        Self { items: page.items.into_iter().map(Into::into).collect(), next }
    }
}
