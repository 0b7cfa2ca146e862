//! A service that is down, hangs, or is slow.

use super::*;

#[tokio::test]
async fn down_fails_at_once_and_hang_after_all_patience() {
    let world = World::new();
    world.put("a").await.unwrap();
    for (fault, slow) in [(Fault::Down, false), (Fault::Hang, true)] {
        world.fault(Rule::new(fault.clone()).service("dynamodb"));
        let (took, failed) = timed(world.put("b")).await;
        assert!(failed.is_err() && (took >= PATIENCE) == slow, "{fault:?}: {failed:?} after {took:?}");
        world.faults.clear("fault");
        assert_eq!((world.get("a").await, world.get("b").await), (Ok(true), Ok(false)), "{fault:?}");
    }
}

#[tokio::test]
async fn down_and_hang_strike_one_operation_or_one_table_when_told_to() {
    let world = World::new();
    for rule in [
        Rule::new(Fault::Down).operation("PutItem"),
        Rule::new(Fault::Down).resource("\"b\""),
        Rule::new(Fault::Hang).operation("PutItem").resource("-sessions"),
    ] {
        world.fault(rule.clone());
        assert!(world.put("b").await.is_err(), "{rule:?}");
        assert_eq!(world.get("a").await, Ok(false), "{rule:?}");
    }
}

#[tokio::test]
async fn half_open_is_silent_on_old_connections_only() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::HalfOpen));
    let (took, silent) = timed(world.get("a")).await;
    assert!(silent.is_err() && took >= PATIENCE, "{silent:?} after {took:?}");
    assert_eq!(world.get("a").await, Ok(false), "a new connection is served, with the rule in place");
}

#[tokio::test]
async fn what_is_slow_is_done_although_nobody_waits_for_it() {
    let world = World::new();
    world.fault(Rule::new(Fault::delay(200)).operation("PutItem"));
    let (took, put) = timed(world.put("a")).await;
    assert!(put.is_ok() && took >= Duration::from_millis(200), "{put:?} after {took:?}");
    world.fault(Rule::new(Fault::delay(900)).operation("PutItem"));
    assert!(world.put("b").await.is_err(), "the client has given up");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while world.get("b").await != Ok(true) {
        assert!(tokio::time::Instant::now() < deadline, "what was sent is never done");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
