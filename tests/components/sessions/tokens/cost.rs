//! The cost of tokens that open no session.

use super::*;

#[tokio::test]
async fn a_token_that_was_made_up_costs_no_call() {
    let world = World::new();
    let (environment, calls) = world.counting().await;
    let (token, _) = world.sign_in(&environment).await;
    calls.store(0, Ordering::SeqCst);
    for n in 0..200 {
        let stranger = Token::generate(Subject(Uuid::new_v4())).unwrap();
        let proof = &token.reveal()[stranger.reveal().len()..];
        let borrowed: Token = format!("{}{proof}", stranger.reveal()).parse().unwrap();
        let cx = world.cx();
        for made_up in [touched(&token, n), borrowed] {
            assert!(environment.find(&cx, &made_up).await.unwrap().is_none());
        }
        assert!(environment.end_replaced(&cx, &touched(&token, n)).await.is_ok());
        assert!(!cx.event.server_timing().contains("valkey"), "{}", cx.event.server_timing());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    assert!(world.is_in(&environment, &token).await, "a token that was made up ended a session");
}

/// Who leaves the proof out is looked up, and not without end; the person whom it names is let in.
#[tokio::test]
async fn tokens_without_a_proof_cost_a_person_s_rows_sixty_looks_a_minute_and_shut_nobody_out() {
    let world = World::new();
    let (environment, calls) = world.counting().await;
    let (token, _) = world.sign_in(&environment).await;
    calls.store(0, Ordering::SeqCst);
    for _ in 0..200 {
        let guess = Token::generate(token.subject()).unwrap();
        assert!(environment.find(&world.cx(), &guess).await.unwrap().is_none());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 60);
    assert!(world.is_in(&environment, &token).await);
    world.clock.advance(std::time::Duration::from_mins(1));
    let guess = Token::generate(token.subject()).unwrap();
    assert!(environment.find(&world.cx(), &guess).await.unwrap().is_none());
    assert!(calls.load(Ordering::SeqCst) > 60, "it is looked up again");
}

#[tokio::test]
async fn a_token_that_is_over_costs_one_look_a_minute() {
    let world = World::new();
    let (environment, calls) = world.counting().await;
    let elsewhere = world.environment().await;
    let (token, session) = world.sign_in(&elsewhere).await;
    elsewhere.end(&world.cx(), &session).await.unwrap();
    world.redis.command(&["FLUSHALL"]);
    calls.store(0, Ordering::SeqCst);
    for _ in 0..11 {
        assert!(!world.is_in(&environment, &token).await);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1, "the session's row, once");
    world.clock.advance(std::time::Duration::from_mins(1));
    assert!(!world.is_in(&environment, &token).await);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}
