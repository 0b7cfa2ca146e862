//! `GET /api/admin/users`

use crate::{
    accounts::users::{User, Users},
    ids::UserId,
    routes::{
        READS,
        page::{PageQuery, PageView, twenty},
    },
};
use garde::Validate;
use http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Query, Route, Spec},
    openapi::DateTime,
    session::Admin,
    table::{Cursors, Page},
    version::Version,
};

/// All accounts, a page at a time; or up to a hundred by their ids, in one batch.
#[derive(JsonSchema)]
pub struct ListUsers;

/// Which accounts.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListUsersQuery {
    #[garde(inner(length(min = 1, max = 3_700)))]
    #[schemars(length(min = 1, max = 3_700))]
    ids: Option<String>,
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "twenty")]
    limit: u8,
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

/// An account on the wire, for an administrator.
// Not `Debug`: it holds an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AdminUserView {
    id: UserId,
    name: String,
    email: String,
    email_verified: bool,
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    version: Version,
}

impl From<User> for AdminUserView {
    fn from(user: User) -> Self {
        let User { id, name, email, email_verified, created_at, version, .. } = user;
        Self { id, name, email: email.into(), email_verified, created_at, version }
    }
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
    if ids.len() > 100 { Err(wrong("must be at most 100 ids".to_owned())) } else { Ok(ids) }
}
