//! Pages of lists: which one is asked for, and how it is answered.

use crate::catalog::pages::PageError;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    lambda::Problem,
    sign::NoKey,
    table::{CursorError, Cursors, Page, Position},
};

/// Which page of a list: `limit` and `cursor` of the query.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
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

impl PageQuery {
    /// How many items.
    pub fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// Behind which position, by a cursor that was made for this `scope`.
    pub async fn after(&self, cx: &Cx, cursors: &Cursors, scope: &str) -> Result<Option<Position>, Problem> {
        opened(cx, cursors, scope, self.cursor.as_deref()).await
    }
}

/// The position of a cursor, if the query names one, that was made for this `scope`.
pub(super) async fn opened(
    cx: &Cx,
    cursors: &Cursors,
    scope: &str,
    cursor: Option<&str>,
) -> Result<Option<Position>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    cursors.open(cx, scope, cursor).await.map(Some).map_err(refused)
}

/// What is answered to a cursor that does not open.
fn refused(error: CursorError) -> Problem {
    match error {
        CursorError::Bad => Problem::invalid_field("cursor", error.to_string()),
        CursorError::NoKey(error) => error.into(),
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Cursor(error) => refused(error),
            PageError::NoKey(error) => error.into(),
            PageError::Table(error) => error.into(),
        }
    }
}

/// One page on the wire.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct PageView<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> PageView<T> {
    /// A page of items as they are shown, with a cursor of `scope`. A page that goes on is no page
    /// without its cursor: it would say that the list has ended.
    pub async fn of<I: Into<T>>(cx: &Cx, page: Page<I>, cursors: &Cursors, scope: &str) -> Result<Self, NoKey> {
        let next = cursors.seal_next(cx, scope, page.next.as_ref()).await?;
        Ok(Self { items: page.items.into_iter().map(Into::into).collect(), next })
    }
}
