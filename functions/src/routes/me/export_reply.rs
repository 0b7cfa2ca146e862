//! The answer of the export.

use crate::{
    accounts::Account,
    ids::UserId,
    orders::Order,
    routes::{orders::OrderView, page_params::Cursor},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    openapi::DateTime,
    sign::NoKey,
    table::{Cursors, Page},
};

/// The account and a part of its orders.
// Not `Debug`: it holds an address.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Export")]
pub struct Exported {
    account: ExportedAccount,
    /// The orders, newest first.
    orders: Vec<OrderView>,
    /// The `cursor` for the rest of the orders; `null` when this answer has the last of them.
    #[schemars(with = "Option<Cursor>")]
    next: Option<String>,
}

/// All data about a person beside the orders. The service stores a hash of the password, which
/// is left out.
#[derive(Serialize, JsonSchema)]
struct ExportedAccount {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// The e-mail address of the account, in lower case.
    #[schemars(example = "ada@example.com")]
    email: String,
    /// Whether the owner has opened the link that was sent to the address.
    #[schemars(example = true)]
    email_verified: bool,
    /// The path of the person's picture, relative to the site; `null` without a picture.
    #[schemars(example = "/media/01a218c3285e71a3a8879dee67b1e42b.png")]
    photo_url: Option<String>,
    /// When the account was created.
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
