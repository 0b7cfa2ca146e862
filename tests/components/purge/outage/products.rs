//! Products that changed while L2 was gone.

use super::*;

#[tokio::test]
async fn when_l2_is_back_with_all_that_it_remembers_old_prices_end_within_seconds() {
    for (fault, outage) in [(Wire::Cut, 20), (Wire::Hang, 20), (Wire::Cut, 600)] {
        let world = World::new().await;
        world.write(1).await;
        assert_eq!(world.read().await, 100);
        world.wire.set(fault);
        world.write(2).await;
        world.way.relay(&[changed(1, 2)]).await;
        assert_eq!(world.way.work().await, 1, "it waits for L2");
        assert_eq!(purged(&world.origin).len(), 1, "the CDN is purged all the same");
        for _ in 0..outage {
            world.way.clock.advance(Duration::from_secs(1));
            world.way.work().await;
        }
        assert_eq!(world.way.left(), (1, 0), "it still waits, after {outage} s of {fault:?}");
        assert_eq!(purged(&world.origin).len(), 1, "and nothing more is paid for");
        world.wire.set(Wire::Pass);
        if fault == Wire::Hang {
            world.wire.drop_connections();
        }
        if outage < 60 {
            assert_eq!(world.read().await, 100, "L2 remembers: this test would show nothing otherwise");
            let seconds = world.until_done(BOUND).await;
            assert!(seconds.is_some(), "not forgotten {BOUND} s after L2 was back");
        } else {
            assert_eq!(world.read().await, 200, "what L2 remembers is over by itself");
            assert!(world.until_done(3 * BOUND).await.is_some());
        }
        assert_eq!(world.read().await, 200);
        let purged = purged(&world.origin);
        assert_eq!((purged.len(), &purged[0]), (2, &purged[1]), "purged again: it may have fetched the old price");
    }
}

#[tokio::test]
async fn the_changes_of_ten_minutes_are_forgotten_within_seconds_of_its_return() {
    const CHANGES: usize = 3_000;
    let world = World::new().await;
    for n in 0..CHANGES {
        if n % 500 == 0 {
            let keys: Vec<_> = (n..n + 500).map(|n| format!("{{product:{}}}:v1", id(n))).collect();
            let pairs = keys.iter().flat_map(|key| [key.as_str(), "0000000000000001"]);
            world.redis.command(&["MSET"].into_iter().chain(pairs).collect::<Vec<_>>());
        }
    }
    world.wire.set(Wire::Cut);
    for records in (0..CHANGES).map(|n| changed(n, 2)).collect::<Vec<_>>().chunks(100) {
        world.way.relay(records).await;
    }
    while let Some(batch) = world.way.receive() {
        world.way.hand(batch).await;
    }
    assert_eq!(world.way.left(), (CHANGES, 0));
    world.wire.set(Wire::Pass);
    let back = Instant::now();
    let seconds = world.until_done(30).await.expect("forgotten");
    println!("{CHANGES} changes were forgotten {:?} after L2 was back", back.elapsed());
    let keys = world.redis.command(&["DBSIZE"]);
    assert_eq!(keys, ":1\r\n", "the generation of lists is all that is left");
    assert!(seconds <= BOUND, "{seconds} s");
}
