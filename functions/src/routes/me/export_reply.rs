//! The answer of the export.

use crate::{accounts::Account, ids::UserId, orders::Order, routes::orders::OrderView};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    openapi::DateTime,
    sign::NoKey,
    table::{Cursors, Page},
};

/// The account, and a part of its orders.
// Not `Debug`: it holds an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Export")]
pub struct Exported {
    account: ExportedAccount,
    /// Newest first.
    orders: Vec<OrderView>,
    /// The `cursor` for the rest of the orders; `null` when this is the last of them.
    next: Option<String>,
}

/// What is kept about a person beside the orders. Of the password there is a hash, which says
/// nothing about it.
#[derive(Serialize, JsonSchema)]
struct ExportedAccount {
    id: UserId,
    name: String,
    email: String,
    email_verified: bool,
    /// The person's picture, relative to the site, when there is one.
    photo_url: Option<String>,
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
}

impl Exported {
    /// An account with a page of its orders.
    pub async fn of(
        cx: &Cx,
        account: Account,
        page: Page<Order>,
        cursors: &Cursors,
        scope: &str,
    ) -> Result<Self, NoKey> {
        let next = cursors.seal_next(cx, scope, page.next.as_ref()).await?;
        let orders = page.items.into_iter().map(OrderView::from).collect();
        let Account { id, name, email, email_verified, photo_url, created_at, .. } = account;
        let account = ExportedAccount { id, name, email: email.into(), email_verified, photo_url, created_at };
        Ok(Self { account, orders, next })
    }
}
