//! What happens when one hot key expires: 1,000 requests a second over 200 environments, and a load
//! takes 50 ms.

use crate::contenders::{Contender, CountingTable, Environment, TTL};
use crate::server::Redis;
use futures_util::future::join_all;
use shared::clock::Clock;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const ENVIRONMENTS: usize = 200;
const EXPIRIES: u32 = 20;
const LOAD: Duration = Duration::from_millis(50);
/// The requests of the 150 ms after an expiry.
const ARRIVALS: u32 = 150;

/// The mean of all expiries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpiryResult {
    /// Loads from the table.
    pub(crate) loads: f64,
    /// Requests, of 150, that took longer than half a load.
    pub(crate) slow: f64,
}

pub(crate) async fn measure(redis: &Redis, contender: Contender) -> ExpiryResult {
    redis.command(&["FLUSHALL"]);
    let (clock, table) = (Clock::manual(1_800_000_000_000), CountingTable::default());
    let mut fleet = Vec::new();
    for _ in 0..ENVIRONMENTS {
        fleet.push(Environment::new(contender, redis, &clock).await);
    }
    fleet[0].read(&table, 7).await;
    for environment in &fleet {
        // Connected, and with the item in memory, as under traffic.
        environment.read(&table, 7).await;
    }
    table.takes.set(LOAD);
    table.loads.set(0);
    let mut slow = 0_u32;
    for _ in 0..EXPIRIES {
        clock.advance(TTL);
        if contender == Contender::Article {
            // Its memory never expires, so new environments are measured.
            redis.command(&["DEL", "item:7"]);
            fleet.iter().for_each(Environment::restart);
        }
        let took = join_all((0..ARRIVALS).zip(&fleet).map(async |(at, environment)| {
            sleep(Duration::from_millis(1) * at).await;
            let started = Instant::now();
            environment.read(&table, 7).await;
            started.elapsed()
        }));
        slow += u32::try_from(took.await.into_iter().filter(|took| *took > LOAD / 2).count()).unwrap_or(0);
    }
    let loads = f64::from(u32::try_from(table.loads.get()).unwrap_or(u32::MAX));
    ExpiryResult { loads: loads / f64::from(EXPIRIES), slow: f64::from(slow) / f64::from(EXPIRIES) }
}
