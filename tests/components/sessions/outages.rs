//! L2 is flushed or gone, or the table is gone; and how use prolongs a session.

use super::{START, World};
use shared::telemetry::fields;
use shared::{
    clock::Clock,
    context::Cx,
    session::{FRESH, IDLE, LIFETIME, STALE},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tests::fault_injector::Rule;
use tests::line::ReadLine as _;

#[tokio::test]
async fn a_flushed_cache_signs_nobody_out() {
    let world = World::new();
    let (one, other) = (world.environment().await, world.environment().await);
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(world.sign_in(&one).await.0);
    }
    for environment in [&one, &other] {
        for token in &tokens {
            assert!(world.is_in(environment, token).await);
        }
        world.redis.command(&["FLUSHALL"]);
    }
    for token in &tokens {
        assert!(world.is_in(&other, token).await, "signed out by FLUSHALL");
    }
    world.redis.kill();
    assert!(world.is_in(&one, &tokens[0]).await, "signed out by a dead L2");
}

#[tokio::test]
async fn the_table_lost_for_an_hour_keeps_known_sessions_working_and_lets_nobody_else_in() {
    let world = World::new();
    let lost = Arc::new(AtomicBool::new(false));
    let rule = {
        let lost = Arc::clone(&lost);
        move |_: &_| if lost.load(Ordering::SeqCst) { Rule::refuse(400, "AccessDeniedException") } else { Rule::Pass }
    };
    let environment = world.environment_behind(&world.redis.url(), rule).await;
    let (known, session) = world.sign_in(&environment).await;
    let (unknown, _) = world.sign_in(&environment).await;
    assert!(world.finds(&environment, &known).await.0);
    lost.store(true, Ordering::SeqCst);
    for passed in [FRESH, STALE / 2, (STALE / 2).saturating_sub(Duration::from_secs(5))] {
        world.age_l2(passed);
        assert_eq!(world.finds(&environment, &known).await, (true, true));
    }
    assert!(environment.find(&world.cx(), &unknown).await.is_err(), "a session that nobody could look up");
    // Signing out is not claimed while it cannot be done.
    assert!(environment.end(&world.cx(), &session).await.is_err());
    assert!(environment.end_all(&world.cx(), session.subject).await.is_err());
    assert!(world.finds(&environment, &known).await.0, "what was not ended has ended");
    world.age_l2(Duration::from_secs(5));
    assert!(environment.find(&world.cx(), &known).await.is_err(), "an hour is over");
    lost.store(false, Ordering::SeqCst);
    assert!(world.is_in(&environment, &known).await);
    environment.end(&world.cx(), &session).await.unwrap();
    assert!(!world.is_in(&environment, &known).await);
}

#[tokio::test]
async fn a_session_lengthens_with_use_is_written_ten_times_a_window_and_ends_after_its_lifetime() {
    let world = World::new();
    let environment = world.environment().await;
    let (token, _) = world.sign_in(&environment).await;
    let (mut writes, mut used) = (0, Duration::ZERO);
    let hour = Duration::from_hours(1);
    while used < LIFETIME {
        let cx = world.cx();
        assert!(environment.find(&cx, &token).await.unwrap().is_some(), "ended after {used:?}, used every hour");
        writes += cx.counted(fields::TABLE_WRITES);
        world.clock.advance(hour);
        used += hour;
    }
    assert!(!world.is_in(&environment, &token).await, "it never ends");
    let windows = LIFETIME.as_secs_f64() / IDLE.as_secs_f64();
    assert!((30..=44).contains(&writes), "{writes} writes in {windows:.1} windows");

    let world = World::new();
    let environment = world.environment().await;
    let (idle, _) = world.sign_in(&environment).await;
    world.clock.advance(IDLE.saturating_sub(hour));
    assert!(world.is_in(&environment, &idle).await);
    world.clock.advance(IDLE);
    assert!(!world.is_in(&environment, &idle).await, "it outlives a week without use");
}

/// A clock that was ahead for a moment, and is set back.
#[tokio::test]
async fn a_clock_that_jumps_ends_no_session_for_good() {
    let world = World::new();
    let environment = world.environment().await;
    let (token, _) = world.sign_in(&environment).await;
    let lifetime = i64::try_from(LIFETIME.as_millis()).unwrap();
    for (jump, expected) in [(0, true), (lifetime, false), (0, true), (-86_400_000, true)] {
        let cx = Cx::new(Clock::manual(START + jump), "test", Duration::from_secs(10));
        assert_eq!(environment.find(&cx, &token).await.unwrap().is_some(), expected, "{jump} ms ahead");
    }
}
