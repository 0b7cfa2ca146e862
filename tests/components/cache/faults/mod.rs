//! L2 dead, hanging, talking rubbish; the table dead.

mod l2_wrong;
mod table_dead;

use super::*;
use shared::cache::{Name, Source};
use shared::telemetry::fields;
use std::time::Instant;
use tests::line::ReadLine as _;
use tests::redis::{Proxy, Redis, Wire};

/// Short enough to count, long enough for a busy machine to answer in when it is well.
fn hasty() -> Timeouts {
    Timeouts {
        command: Duration::from_millis(150),
        connect: Duration::from_millis(150),
        window: Duration::from_secs(1),
    }
}

/// With the wire in this state every read is answered, at most the timeouts of a breaker's windows
/// are waited for, and L2 is used again within two seconds of its return.
async fn survives(wire: Wire) {
    let (redis, clock, table) = (Redis::start(), Clock::system(), Table::default());
    let proxy = Proxy::to(redis.address());
    let valkey = Valkey::connect(&proxy.url(), hasty()).unwrap();
    let cache = Cache::new(Some(valkey.clone()), clock.clone(), Config::default());
    (0..10_000).for_each(|id| drop(table.write(id)));
    assert_eq!(version(&cache, &clock, &table, 0).await, 1);

    proxy.set(wire);
    let (started, mut slow, mut id, mut errors) = (Instant::now(), 0, 1, 0);
    while started.elapsed() < Duration::from_millis(2_500) {
        let (cx, asked) = (cx(&clock), Instant::now());
        let cached = read(&cache, &cx, &table, id).await.unwrap().unwrap();
        assert_eq!((cached.value.id, cached.source), (id, Source::Table));
        slow += u32::from(asked.elapsed() > Duration::from_millis(100));
        errors += cx.counted(fields::VALKEY_ERRORS);
        id += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Three failures open the breaker; then one call a window of a second tries.
    assert!(errors <= 3 + 3, "{errors} calls were sent to a dead server");
    assert!(slow <= 3 + 3, "{slow} reads waited for a dead server");
    assert!(valkey.is_open() && id > 500);

    proxy.set(Wire::Pass);
    let back = Instant::now();
    loop {
        let cx = cx(&clock);
        read(&cache, &cx, &table, id).await.unwrap();
        if cx.fact(fields::CACHE_STATUS).unwrap() == "l2; fwd=miss; stored" {
            break;
        }
        id += 1;
        assert!(back.elapsed() < Duration::from_secs(2), "L2 is not used again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn l2_dead() {
    survives(Wire::Cut).await;
}

#[tokio::test]
async fn l2_hanging() {
    survives(Wire::Hang).await;
}

#[tokio::test]
async fn l2_answering_what_is_not_the_protocol() {
    survives(Wire::Garbage).await;
}
