//! Makes items from numbers and writes those that are missing, many at a time.

use super::Failure;
use futures_util::{StreamExt as _, stream};
use shared::{
    clock::Clock,
    context::Cx,
    resilience::Backoff,
    table::{Consistency, Item, Table, TableError},
};
use std::{future::Future, time::Duration};

/// Items that are looked up with one call.
const CHUNK: usize = 100;
/// Chunks that are written at a time.
const PARALLEL: usize = 8;
/// Tries of a chunk. A new on-demand table takes 4,000 writes a second, refuses more, and grows
/// while it is written to.
const TRIES: usize = 12;
/// The longest that a try may take, with its repetitions.
const PATIENCE: Duration = Duration::from_mins(1);

/// A table's sample items, each made from its number.
pub(super) trait Seeds {
    /// What the items are called.
    const NAME: &'static str;
    type Item: Item;

    fn table(&self) -> &Table<Self::Item>;
    fn item(&self, number: usize) -> Result<Self::Item, Failure>;
    fn key(item: &Self::Item) -> <Self::Item as Item>::Key;

    /// Writes items that do not exist. Returns how many were written.
    fn write(&self, cx: &Cx, items: Vec<Self::Item>) -> impl Future<Output = Result<usize, TableError>> {
        self.table().write_all(cx, items, |_| ())
    }
}

/// What a run did to one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// What the items are called.
    pub name: &'static str,
    /// How many there are.
    pub total: usize,
    /// How many of them were written; the others were there before.
    pub written: usize,
}

/// Makes sure that the first `total` items exist.
pub(super) async fn fill<S: Seeds>(
    seeds: &S,
    total: usize,
    progress: &mut impl FnMut(&'static str, usize, usize),
) -> Result<Filled, Failure> {
    let chunks = (0..total).step_by(CHUNK).map(|from| chunk(seeds, from, total.min(from + CHUNK)));
    let mut under_way = std::pin::pin!(stream::iter(chunks).buffer_unordered(PARALLEL));
    let (mut done, mut written) = (0, 0);
    progress(S::NAME, 0, total);
    while let Some(outcome) = under_way.next().await {
        let outcome = outcome.map_err(|error| format!("stopped, and the same command continues from here: {error}"));
        let (existing, new) = outcome?;
        done += existing;
        written += new;
        progress(S::NAME, done, total);
    }
    Ok(Filled { name: S::NAME, total, written })
}

/// Makes sure that the items with these numbers exist. Returns how many there are, and how many of
/// them were written.
async fn chunk<S: Seeds>(seeds: &S, from: usize, to: usize) -> Result<(usize, usize), Failure> {
    let mut pauses = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
    for left in (0..TRIES).rev() {
        let items = (from..to).map(|number| seeds.item(number)).collect::<Result<Vec<_>, _>>()?;
        match write_missing(seeds, items).await {
            Ok(written) => return Ok((to - from, written)),
            Err(error) if error.is_unavailable() && left > 0 => tokio::time::sleep(pauses.pause()).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok((0, 0))
}

async fn write_missing<S: Seeds>(seeds: &S, items: Vec<S::Item>) -> Result<usize, TableError> {
    let cx = Cx::new(Clock::system(), "seed", PATIENCE);
    let keys: Vec<_> = items.iter().map(S::key).collect();
    let found = seeds.table().get_many(&cx, &keys, Consistency::Eventual).await?;
    let missing: Vec<_> =
        items.into_iter().zip(found).filter(|(_, found)| found.is_none()).map(|(item, _)| item).collect();
    if missing.is_empty() { Ok(0) } else { seeds.write(&cx, missing).await }
}
