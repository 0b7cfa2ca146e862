//! `/api/me`: one's own account.

mod delete;
mod get;
mod update;

pub use delete::Delete;
pub use get::Get;
pub use update::Update;

use crate::{
    accounts::Account,
    ids::UserId,
    summaries::{OrderSummary, Summaries},
};
use jiff::Timestamp;
use serde::Serialize;
use shared::{context::Cx, resilience::optional, version::Version};
use std::time::Duration;

/// How long an answer waits for the orders' summary, which it can do without.
const LIMIT: Duration = Duration::from_millis(200);

/// An account on the wire, for its owner. Not `Debug`: it holds an address.
#[derive(Serialize)]
pub struct MeView {
    id: UserId,
    name: String,
    email: String,
    email_verified: bool,
    photo_url: Option<String>,
    created_at: Timestamp,
    version: Version,
    /// What the person has ordered, a moment behind; `null` when it could not be had in time.
    orders: Option<OrderSummary>,
}

impl MeView {
    async fn of(cx: &Cx, account: Account, summaries: &Summaries) -> Self {
        let orders = optional(cx, "orders", LIMIT, Box::pin(summaries.get(cx, account.id))).await;
        let Account { id, name, email, email_verified, photo_url, created_at, version } = account;
        Self { id, name, email: email.into(), email_verified, photo_url, created_at, version, orders }
    }
}
