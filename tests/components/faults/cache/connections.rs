//! Connections that break, hang, or flap.

use super::*;

#[tokio::test]
async fn down_resets_what_is_open_and_what_is_new() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Down).service("cache"));
    for _ in 0..3 {
        let (took, failed) = timed(world.get("a")).await;
        assert!(failed.is_err() && took < PATIENCE, "{failed:?} after {took:?}");
    }
    world.well_again().await;
}

#[tokio::test]
async fn hang_answers_nothing_and_new_connections_are_served_after_it() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Hang).operation("SET"));
    let (took, failed) = timed(world.set("a", b"1")).await;
    assert!(matches!(failed, Err(ValkeyError::Timeout)) && took >= PATIENCE, "{failed:?} after {took:?}");
    assert_eq!(world.holds("a"), "$-1\r\n", "the server never had it");
    world.well_again().await;
}

#[tokio::test]
async fn half_open_is_silent_on_old_connections_only() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::HalfOpen));
    assert!(matches!(world.get("a").await, Err(ValkeyError::Timeout)));
    assert_eq!(world.served("a").await, None, "a new connection is served, with the rule in place");
}

#[tokio::test]
async fn a_server_that_flaps_comes_back_by_itself() {
    let world = World::new();
    world.get("a").await.unwrap();
    world.fault(Rule::new(Fault::Down).flapping(60, 60));
    let (mut well, mut ill) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(20);
    while well < 3 || ill < 3 {
        assert!(Instant::now() < deadline, "{well} were answered, {ill} were not");
        match world.get("a").await {
            Ok(_) => well += 1,
            Err(_) => ill += 1,
        }
        tokio::time::sleep(Duration::from_millis(7)).await;
    }
}
