//! `ops replay`.
//!
//! No table lists all orders, and a scan would read everything that was ever ordered. So a replay
//! goes through the accounts, and reads the orders of each back to the time that was asked for:
//! the key of an order begins with its time. It reads as many partitions as there are accounts, and
//! of each no more than it sends.
//!
//! An event is sent with the id that it had the first time, so a consumer that handled it ignores
//! it, as long as its idempotency record exists: 40 days. A replay goes back 15 of them at most.
//! A message that is sent now may be handled as late as 22 days from now (four days on the queue,
//! fourteen among the dead letters, four on the queue again), and the record must exist then.

use crate::{Failure, arguments, status_line::StatusLine};
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
    table::{Consistency, Direction, PartitionQuery, Table, TableError},
};
use std::time::Duration;

/// How far back a replay goes.
const LONGEST: SignedDuration = SignedDuration::from_hours(15 * 24);
/// Accounts or orders that are read with one call.
const PAGE: usize = 100;
/// The longest that a call may take, with its repetitions.
const STEP: Duration = Duration::from_mins(1);

/// Send the events of accounts and orders to the workers once more.
///
/// For events that were lost because a relay failed for longer than a stream keeps them (24 hours),
/// and for a new consumer. A consumer that has handled an event before ignores it, so nothing is
/// done twice. SINCE is at most 15 days ago. A command that was stopped can be started again.
///
/// Not sent: the orders of accounts that were deleted, and changes that caches should have
/// forgotten, because cached values expire by themselves. Needs the tables USERS_TABLE, USER_SHARDS
/// and ORDERS_TABLE, the addresses of the queues, and RELAY_DLQ_URL.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = "Examples:\n  ops replay 2026-11-24T10:00:00Z")]
pub struct ReplayArgs {
    /// Send what happened at this time or later, in RFC 3339.
    #[arg(value_parser = arguments::time)]
    since: Timestamp,
}

impl ReplayArgs {
    pub(crate) async fn run(self, app: &App) -> Result<String, Failure> {
        let mut status = StatusLine::default();
        let summary = |done: &Replayed| format!("{} accounts, {} messages", done.accounts, done.messages);
        let done = replay(app, self.since, |done| status.show(summary(done))).await?;
        drop(status);
        if done.refused.is_empty() {
            return Ok(format!("{} were sent again", summary(&done)));
        }
        let refused: Vec<_> = done.refused.iter().map(|why| format!("\n  {why}")).collect();
        Err(format!("{} were sent again, but these events cannot be sent:{}", summary(&done), refused.concat()).into())
    }
}

/// What a replay did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Accounts that were read.
    pub accounts: usize,
    /// Messages that were sent.
    pub messages: usize,
    /// The problem of each event that no queue takes, or that can no longer be made.
    pub refused: Vec<Unreadable>,
}

impl Replayed {
    fn add(&mut self, (sent, refused): (usize, Vec<Unreadable>)) {
        self.messages += sent;
        self.refused.extend(refused);
    }
}

/// Why a replay ended early. The same command can be run again: events that were sent already are
/// sent again, which changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The time is too long ago.
    #[error("SINCE must be {0:.0} or later: consumers may handle older events a second time and send e-mails twice")]
    TooLongAgo(Timestamp),
    /// A setting is missing.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A call to a table failed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An event was not sent.
    #[error(transparent)]
    Unsent(#[from] Unreadable),
}

/// Sends the events since `since` to the workers once more. `progress` gets what was done so far.
pub async fn replay(app: &App, since: Timestamp, mut progress: impl FnMut(&Replayed)) -> Result<Replayed, ReplayError> {
    let oldest = app.clock().now() - LONGEST;
    if since < oldest {
        return Err(ReplayError::TooLongAgo(oldest));
    }
    let users = Users::from_app(app).await?;
    let orders: Table<Order> = app.table()?;
    let (user_relay, order_relay) = (Relayer::<RelayUsers>::from_app(app)?, Relayer::<RelayOrders>::from_app(app)?);
    let cx = || Cx::new(app.clock().clone(), "replay", STEP);
    let (mut done, mut after) = (Replayed::default(), None);
    loop {
        let page = users.list(&cx(), PAGE, after.as_ref()).await?;
        for user in page.items {
            let (id, created_at) = (user.id, user.created_at);
            if created_at >= since {
                let change = Change::created(&StoredUser::Here(Box::new(user)), created_at)?;
                done.add(user_relay.again(&cx(), &[change]).await?);
            }
            replay_orders(&cx, &orders, &order_relay, (id, since), &mut done).await?;
            done.accounts += 1;
        }
        progress(&done);
        after = page.next;
        if after.is_none() {
            return Ok(done);
        }
    }
}

/// Sends the events of a person's orders since `since`, the newest first.
async fn replay_orders(
    cx: &impl Fn() -> Cx,
    orders: &Table<Order>,
    relay: &Relayer<RelayOrders>,
    (user, since): (UserId, Timestamp),
    done: &mut Replayed,
) -> Result<(), ReplayError> {
    let query = PartitionQuery::of(format!("user#{user}")).prefix("order#").order(Direction::Descending);
    let query = query.consistency(Consistency::Strong);
    let mut after = None;
    loop {
        // Most people have no orders or a few. A smaller first page would save them nothing, and
        // cost the others a second call.
        let page = orders.query(&cx(), &query, PAGE, after.as_ref()).await?;
        let count = page.items.len();
        let recent = page.items.into_iter().take_while(|order| order.created_at >= since);
        let changes = recent.map(|order| Change::created(&order, order.created_at)).collect::<Result<Vec<_>, _>>()?;
        done.add(relay.again(&cx(), &changes).await?);
        after = page.next.filter(|_| changes.len() == count);
        if after.is_none() {
            return Ok(());
        }
    }
}
