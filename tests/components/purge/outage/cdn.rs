//! What the CDN is asked to purge after an outage.

use super::*;

#[tokio::test]
async fn the_purge_after_an_outage_is_no_repetition_to_cloudfront() {
    let redis = Redis::start();
    let (wire, origin) = (Proxy::to(redis.address()), Origin::start(|_, _| told(201, "")));
    let purger = purger(&origin.url(), &[("PURGE_DISTRIBUTION", "E1EXAMPLE")]).unwrap();
    let way = Way::with(purger, Some(wire.url())).await;
    wire.set(Wire::Cut);
    way.relay(&[changed(1, 2)]).await;
    assert_eq!(way.work().await, 1);
    wire.set(Wire::Pass);
    for _ in 0..10 {
        way.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(500)).await;
        if way.work().await == 0 {
            break;
        }
    }
    let asked = origin.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(each(&asked[0], "Path"), each(&asked[1], "Path"));
    assert_ne!(each(&asked[0], "CallerReference"), each(&asked[1], "CallerReference"));
}

#[tokio::test]
async fn a_profile_is_purged_only_if_its_change_had_to_wait_for_l2() {
    let world = World::new().await;
    let user = "019a0000-0000-7000-8000-00000000000a";
    let body = json!({"event": "account_changed", "user_id": user, "version": 2});
    let envelope = json!({"id": "user#1@2:account_changed", "kind": "account_changed", "schema": 1,
                          "occurred_at": "2023-11-14T22:13:20Z", "body": body});
    let queue = <Forget as shared::lambda::BatchWorker>::NAME;
    world.way.queues.push(queue, envelope.to_string());
    assert_eq!((world.way.work().await, purged(&world.origin).len()), (0, 0));
    world.wire.set(Wire::Cut);
    world.way.queues.push(queue, envelope.to_string());
    assert_eq!((world.way.work().await, purged(&world.origin).len()), (1, 0));
    world.wire.set(Wire::Pass);
    world.way.clock.advance(Duration::from_secs(1));
    assert!(world.until_done(BOUND).await.is_some());
    assert_eq!(purged(&world.origin), [format!("user-{user}")]);
}
