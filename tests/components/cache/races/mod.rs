//! A reader is slow, and L2 changes meanwhile.

mod overtaken;
mod turns;

use super::*;
use shared::cache::Name;
use shared::telemetry::fields;
use tests::line::ReadLine as _;
use tests::redis::Redis;
use tokio::sync::oneshot;

/// Reads `Key(7)` with a load that is paused between the table and the fill; `meanwhile` happens in
/// the pause. Returns what another environment reads after it.
async fn paused(meanwhile: impl AsyncFnOnce(&Redis, &Cache, &Clock, &Table)) -> (u64, u64) {
    let (redis, clock, table) = (Redis::start(), Clock::manual(START), Table::default());
    let (slow, writer, reader) =
        (environment(&redis.url(), &clock), environment(&redis.url(), &clock), environment(&redis.url(), &clock));
    table.write(7);
    let (loaded, has_loaded) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let reading = async {
        let load = async |_: Consistency| {
            let value = table.load(7);
            loaded.send(()).unwrap();
            may_go_on.await.unwrap();
            value
        };
        let cx = cx(&clock);
        slow.read(&cx, &Key(7), load).await.unwrap().unwrap();
        cx.counted(fields::FILL_REFUSED)
    };
    let writing = async {
        has_loaded.await.unwrap();
        meanwhile(&redis, &writer, &clock, &table).await;
        go_on.send(()).unwrap();
    };
    let (refused, ()) = tokio::join!(reading, writing);
    // Memory of the slow one is bounded by its time; what matters is what it left for all.
    let seen = version(&reader, &clock, &table, 7).await;
    (refused, seen)
}
