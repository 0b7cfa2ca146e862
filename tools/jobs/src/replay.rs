//! Telling events again, from the tables: for when a stream's 24 hours are over, or a consumer is new.
//!
//! There is no list of everybody's orders, and a scan would read all that was ever ordered. So this goes by people: the listing
//! of accounts, and of each the orders back to the time asked for, which is where an order's key begins. It reads as many
//! partitions as there are accounts, and of each no more than it tells.
//!
//! An event has the id that it had the first time, so whoever has done something about it does nothing now, for the 40
//! days that consumers remember. `since` goes back fifteen of them at most: what is told now may yet lie on a queue, among dead letters and on
//! the queue again for twenty-two, and would be done again after that, e-mails too.
//!
//! Not told: the orders of accounts that were deleted, and changes that caches were to forget, which end by themselves.

use functions::{
    accounts::users::{StoredUser, Users},
    ids::UserId,
    orders::Order,
    workers::{RelayOrders, RelayUsers},
};
use jiff::{SignedDuration, Timestamp};
use shared::{
    app::{App, FromApp as _},
    config::ConfigError,
    context::Cx,
    lambda::{Change, Relayer},
    queue::Unreadable,
    table::{Consistency, Order as Direction, Query, Shards, Table, TableError},
};
use std::time::Duration;

/// How far back it may go.
const MEMORY: SignedDuration = SignedDuration::from_hours(15 * 24);
const PAGE: usize = 100;
const STEP: Duration = Duration::from_mins(1);

/// What was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Accounts that were looked at.
    pub accounts: usize,
    /// Messages that were sent.
    pub messages: usize,
    /// What is wrong with each event that no queue takes, or that cannot be made any more.
    pub refused: Vec<Unreadable>,
}

impl Replayed {
    fn note(&mut self, (sent, refused): (usize, Vec<Unreadable>)) {
        self.messages += sent;
        self.refused.extend(refused);
    }
}

/// Why it ended early. What was told is told; the same command tells it again, which changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Consumers may have forgotten what they did then.
    #[error("consumers will not remember for long enough what came before {0}: it could be done again, e-mails too")]
    Forgotten(Timestamp),
    /// A setting is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The table did not answer.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An event was not sent.
    #[error(transparent)]
    Unsent(#[from] Unreadable),
}

/// Tells the workers again what people did since `since`; `progress` hears how far it is.
pub async fn replay(app: &App, since: Timestamp, mut progress: impl FnMut(&Replayed)) -> Result<Replayed, ReplayError> {
    let oldest = app.clock().now() - MEMORY;
    if since < oldest {
        return Err(ReplayError::Forgotten(oldest));
    }
    let users = Users::from_app(app).await?;
    let orders: Table<Order> = app.table("ORDERS_TABLE", Shards::ONE)?;
    let (of_users, of_orders) = (Relayer::<RelayUsers>::from_app(app)?, Relayer::<RelayOrders>::from_app(app)?);
    let cx = || Cx::new(app.clock().clone(), "replay", STEP);
    let (mut told, mut after) = (Replayed::default(), None);
    loop {
        let page = users.list(&cx(), PAGE, after.as_ref()).await?;
        for user in page.items {
            let (id, opened) = (user.id, user.created_at);
            if opened >= since {
                let change = Change::created(&StoredUser::Here(Box::new(user)), opened)?;
                told.note(of_users.again(&cx(), &[change]).await?);
            }
            tell_orders(&cx, &orders, &of_orders, (id, since), &mut told).await?;
            told.accounts += 1;
        }
        progress(&told);
        after = page.next;
        if after.is_none() {
            return Ok(told);
        }
    }
}

/// Tells a person's orders since then, newest first.
async fn tell_orders(
    cx: &impl Fn() -> Cx,
    orders: &Table<Order>,
    relayer: &Relayer<RelayOrders>,
    (of, since): (UserId, Timestamp),
    told: &mut Replayed,
) -> Result<(), ReplayError> {
    let query = Query::of(format!("user#{of}")).prefix("order#").order(Direction::Descending);
    let query = query.consistency(Consistency::Strong);
    let mut after = None;
    loop {
        // Most people have none or few: a small page first would be a second call for the rest.
        let page = orders.query(&cx(), &query, PAGE, after.as_ref()).await?;
        let count = page.items.len();
        let recent = page.items.into_iter().take_while(|order| order.created_at >= since);
        let changes = recent.map(|order| Change::created(&order, order.created_at)).collect::<Result<Vec<_>, _>>()?;
        told.note(relayer.again(&cx(), &changes).await?);
        after = page.next.filter(|_| changes.len() == count);
        if after.is_none() {
            return Ok(());
        }
    }
}
