//! Numbers to items in a table, many at a time.

use super::Failure;
use futures_util::{StreamExt as _, stream};
use shared::{
    clock::Clock,
    context::Cx,
    resilience::Backoff,
    table::{Consistency, Item, Table, TableError},
};
use std::{future::Future, time::Duration};

/// How many items are looked up with one call.
const CHUNK: usize = 100;
/// Chunks under way at a time.
const PARALLEL: usize = 8;
/// Tries of a chunk. A new table on demand takes 4,000 writes a second and grows while it is written to.
const TRIES: usize = 12;
const PATIENCE: Duration = Duration::from_mins(1);

/// Items that are made from numbers.
pub(crate) trait Kind {
    /// What they are called.
    const NAME: &'static str;
    type Item: Item;

    fn table(&self) -> &Table<Self::Item>;
    fn make(&self, number: usize) -> Result<Self::Item, Failure>;
    fn key(item: &Self::Item) -> <Self::Item as Item>::Key;

    /// Writes items that are not there; the number that was written.
    fn write(&self, cx: &Cx, items: Vec<Self::Item>) -> impl Future<Output = Result<usize, TableError>> {
        self.table().write_all(cx, items, |_| ())
    }
}

/// How one kind came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// What it is.
    pub what: &'static str,
    /// How many were asked for.
    pub of: usize,
    /// How many were written; the others were there.
    pub written: usize,
}

/// The first `of` items of a kind.
pub(crate) async fn fill<K: Kind>(
    kind: &K,
    of: usize,
    hear: &mut impl FnMut(&'static str, usize, usize),
) -> Result<Filled, Failure> {
    let chunks = (0..of).step_by(CHUNK).map(|from| chunk(kind, from, of.min(from + CHUNK)));
    let mut under_way = std::pin::pin!(stream::iter(chunks).buffer_unordered(PARALLEL));
    let (mut done, mut written) = (0, 0);
    hear(K::NAME, 0, of);
    while let Some(outcome) = under_way.next().await {
        let (there, new) = outcome?;
        done += there;
        written += new;
        hear(K::NAME, done, of);
    }
    Ok(Filled { what: K::NAME, of, written })
}

/// How many items there are now of those numbers, and how many of them are new.
async fn chunk<K: Kind>(kind: &K, from: usize, to: usize) -> Result<(usize, usize), Failure> {
    let mut pauses = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
    for left in (0..TRIES).rev() {
        let items = (from..to).map(|number| kind.make(number)).collect::<Result<Vec<_>, _>>()?;
        match complete(kind, items).await {
            Ok(written) => return Ok((to - from, written)),
            Err(error) if error.is_unavailable() && left > 0 => tokio::time::sleep(pauses.pause()).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok((0, 0))
}

async fn complete<K: Kind>(kind: &K, items: Vec<K::Item>) -> Result<usize, TableError> {
    let cx = Cx::new(Clock::system(), "seed", PATIENCE);
    let keys: Vec<_> = items.iter().map(K::key).collect();
    let there = kind.table().get_many(&cx, &keys, Consistency::Eventual).await?;
    let missing: Vec<_> = items.into_iter().zip(there).filter(|(_, t)| t.is_none()).map(|(item, _)| item).collect();
    if missing.is_empty() { Ok(0) } else { kind.write(&cx, missing).await }
}
