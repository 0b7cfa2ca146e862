//! Pages of lists, on the wire.

use super::page_params::{Cursor, PageLimit};
use crate::catalog::pages::PageError;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    lambda::Problem,
    sign::NoKey,
    table::{CURSOR_MAX, CursorError, Cursors, Page, Position},
};

/// Which page of a list: `limit` and `cursor` of the query.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    #[garde(skip)]
    #[serde(default)]
    pub(super) limit: PageLimit,
    #[garde(inner(length(max = CURSOR_MAX)))]
    #[schemars(with = "Option<Cursor>")]
    pub(super) cursor: Option<String>,
}

impl PageQuery {
    /// The most items on the page.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    /// The position after which the page begins, if the query has a cursor of this `scope`.
    pub async fn after(&self, cx: &Cx, cursors: &Cursors, scope: &str) -> Result<Option<Position>, Problem> {
        opened(cx, cursors, scope, self.cursor.as_deref()).await
    }
}

/// Opens a cursor of this `scope`, if there is one.
pub(super) async fn opened(
    cx: &Cx,
    cursors: &Cursors,
    scope: &str,
    cursor: Option<&str>,
) -> Result<Option<Position>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    cursors.open(cx, scope, cursor).await.map(Some).map_err(refused)
}

/// The problem of a cursor that cannot be opened.
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

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct PageView<T> {
    /// The items of the page.
    items: Vec<T>,
    /// The `cursor` of the next page; `null` on the last page.
    #[schemars(with = "Option<Cursor>")]
    next: Option<String>,
}

impl<T> PageView<T> {
    /// Makes a page and seals its cursor for `scope`. It fails without a key for the cursor,
    /// because a page without a cursor would say that the list has ended.
    pub async fn of<I: Into<T>>(cx: &Cx, page: Page<I>, cursors: &Cursors, scope: &str) -> Result<Self, NoKey> {
        let next = cursors.seal_next(cx, scope, page.next.as_ref()).await?;
        Ok(Self { items: page.items.into_iter().map(Into::into).collect(), next })
    }
}
