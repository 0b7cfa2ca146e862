//! L2 answers late.

use super::*;

/// One answer takes longer than a command may. The command is sent again, in the same request.
#[tokio::test]
async fn one_slow_answer_of_l2_fails_no_sign_out_and_leaves_nothing_behind() {
    for all in [false, true] {
        let world = World::new();
        let (environment, elsewhere) = (world.environment().await, world.environment().await);
        let (token, session) = world.sign_in(&environment).await;
        for environment in [&environment, &elsewhere] {
            assert!(world.is_in(environment, &token).await);
        }
        let cx = world.cx();
        assert_eq!(world.redis.command(&["CLIENT", "PAUSE", "150", "ALL"]), "+OK\r\n");
        world.end(&environment, &cx, &session, all).await;
        assert!(cx.counted(fields::VALKEY_ERRORS) > 0, "no answer was slow, and this test shows nothing");
        assert_eq!(cx.counted(fields::UNHEARD_ENDS), 0);
        assert!(!world.is_in(&elsewhere, &token).await, "it lives on in L2");
    }
}

/// L2 answers too late, or nonsense, or nothing, for as long as the request lasts. Nobody is signed
/// out by it; a sign-out is answered; and what it ended is over once L2 is well and has asked the
/// table again.
#[tokio::test]
async fn whatever_l2_does_signs_nobody_out_and_fails_no_sign_out() {
    let late = Fault::AddDelay { milliseconds: 60, jitter_milliseconds: 0 };
    let refuses = Fault::Error { code: None, status_code: None, prevent_execution: true };
    let all = [Fault::Down, Fault::Hang, Fault::Garbage, Fault::Nonsense, Fault::LostAnswer, late, refuses];
    for fault in all {
        let world = World::new();
        let proxy = Proxy::to(world.redis.address());
        let environment = world.environment_behind(&proxy.url(), |_| tests::fault_injector::Rule::Pass).await;
        let elsewhere = world.environment().await;
        let (out, session) = world.sign_in(&environment).await;
        let (stays, _) = world.sign_in(&environment).await;
        let (everywhere, theirs) = world.sign_in(&environment).await;
        for token in [&out, &stays, &everywhere] {
            assert!(world.is_in(&environment, token).await);
        }
        proxy.faults().set("l2", faults::Rule::new(fault.clone()));
        let start = Instant::now();
        for _ in 0..5 {
            assert!(world.is_in(&environment, &stays).await, "{fault:?} signs out");
        }
        environment.end(&world.cx(), &session).await.unwrap();
        environment.end_all(&world.cx(), theirs.subject).await.unwrap();
        let (again, _) = world.sign_in(&environment).await;
        assert!(world.is_in(&environment, &again).await, "{fault:?}");
        for token in [&out, &everywhere] {
            assert!(!world.is_in(&environment, token).await, "{fault:?} keeps an ended session in");
        }
        assert!(start.elapsed() < Duration::from_secs(12), "{fault:?}: {:?}", start.elapsed());
        // A server that is gone is met by no call.
        let struck = proxy.faults().struck().get("l2").is_some_and(|times| *times > 0);
        assert!(struck || fault == Fault::Down, "{fault:?} struck nothing");
        proxy.faults().clear_all();
        world.age_l2(FRESH);
        for token in [&out, &everywhere] {
            assert!(!world.is_in(&elsewhere, token).await, "{fault:?}: L2 lets it in for longer than a minute");
        }
        assert!(world.is_in(&elsewhere, &stays).await && world.is_in(&elsewhere, &again).await, "{fault:?}");
    }
}

/// L2 hangs for longer than anybody waits: the end is claimed, within the request's time.
#[tokio::test]
async fn an_l2_that_hangs_delays_a_sign_out_by_two_seconds_at_most_and_a_read_by_little() {
    let world = World::new();
    let proxy = Proxy::to(world.redis.address());
    let environment = world.environment_behind(&proxy.url(), |_| Rule::Pass).await;
    let (token, session) = world.sign_in(&environment).await;
    let (other, _) = world.sign_in(&environment).await;
    assert!(world.is_in(&environment, &token).await);
    proxy.set(Wire::Hang);
    let start = Instant::now();
    for _ in 0..50 {
        assert!(world.is_in(&environment, &other).await, "signed out by an L2 that hangs");
    }
    assert!(start.elapsed() < Duration::from_secs(10), "50 reads took {:?}", start.elapsed());
    let (cx, start) = (world.cx(), Instant::now());
    environment.end(&cx, &session).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(cx.counted(fields::UNHEARD_ENDS), 1);
    assert!(!world.is_in(&environment, &token).await);
}

/// A request with little time left claims the end in that time.
#[tokio::test]
async fn a_sign_out_that_has_little_time_left_ends_in_time() {
    let world = World::new();
    let (environment, deaf) = (world.environment().await, world.deaf().await);
    let (token, session) = world.sign_in(&environment).await;
    let cx = shared::context::Cx::new(world.clock.clone(), "test", Duration::from_millis(1_500));
    deaf.end(&cx, &session).await.unwrap();
    assert!(!cx.time_left().is_zero(), "the request's time is over");
    assert!(!world.is_in(&deaf, &token).await);
}
