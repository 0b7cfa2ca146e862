//! `GET /api/admin/users`

use super::user_view::AdminUserView;
use crate::{
    accounts::users::Users,
    ids::UserId,
    routes::{
        READS,
        page::{PageQuery, PageView},
        page_params::{Cursor, PageLimit},
    },
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Query, Route, Spec},
    session::Admin,
    table::{CURSOR_MAX, Cursors, Page},
};

/// Lists the accounts, or those with the given ids. The list has pages; an answer to `ids` is one
/// page, in the order of the ids, without those that have no account.
#[derive(JsonSchema)]
pub struct ListUsers;

/// Which accounts.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsersQuery {
    /// Up to 100 ids of accounts, separated by commas.
    #[garde(inner(length(min = 1, max = 3_700)))]
    #[schemars(length(min = 1, max = 3_700))]
    ids: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    limit: PageLimit,
    #[garde(inner(length(max = CURSOR_MAX)))]
    #[schemars(with = "Option<Cursor>")]
    cursor: Option<String>,
}

impl Route for ListUsers {
    const SPEC: Spec =
        Spec { name: "admin-users", method: Method::GET, path: "/api/admin/users", shared: None, limits: READS };
    type State = (Users, Cursors);
    type Who = Admin;
    type Input = Query<ListUsersQuery>;
    type Reply = Private<PageView<AdminUserView>>;

    async fn handle(
        (users, cursors): &(Users, Cursors),
        cx: &Cx,
        _: Admin,
        Query(query): Query<ListUsersQuery>,
    ) -> Result<Private<PageView<AdminUserView>>, Problem> {
        if let Some(ids) = query.ids {
            let items = users.get_many(cx, &parsed(&ids)?).await?.into_iter().flatten().collect();
            return Ok(Private(PageView::of(cx, Page { items, next: None }, cursors, "").await?));
        }
        let (scope, page_query) = (users.scope(), PageQuery { limit: query.limit, cursor: query.cursor });
        let page = users.list(cx, page_query.limit(), page_query.after(cx, cursors, &scope).await?.as_ref()).await?;
        Ok(Private(PageView::of(cx, page, cursors, &scope).await?))
    }
}

fn parsed(ids: &str) -> Result<Vec<UserId>, Problem> {
    let wrong = |message: String| Problem::invalid_field("ids", message);
    let ids: Vec<UserId> =
        ids.split(',').map(|id| id.parse().map_err(|e| wrong(format!("{id:?} {e}")))).collect::<Result<_, _>>()?;
    if ids.len() > 100 { Err(wrong("must have at most 100 ids".to_owned())) } else { Ok(ids) }
}
