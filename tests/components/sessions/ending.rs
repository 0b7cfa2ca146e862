//! A session that was ended lets nobody in, in no environment, whatever else was under way.

use super::World;
use shared::session::EndError;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tests::{
    meddler::{Call, Rule},
    redis::{Proxy, Redis, Wire, until},
};

#[tokio::test]
async fn an_ended_session_is_over_in_every_environment_at_once() {
    let world = World::new();
    let mut fleet = Vec::new();
    for _ in 0..20 {
        fleet.push(world.environment().await);
    }
    let (here, session) = world.sign_in(&fleet[0]).await;
    let others = [fleet[1].start(&world.cx(), session.subject).await.unwrap().0, {
        fleet[2].start(&world.cx(), session.subject).await.unwrap().0
    }];
    for environment in &fleet {
        assert!(world.is_in(environment, &here).await);
    }
    fleet[7].end(&world.cx(), &session).await.unwrap();
    for environment in &fleet {
        assert!(!world.is_in(environment, &here).await, "an environment remembers it");
        assert!(world.is_in(environment, &others[0]).await);
    }
    fleet[8].end_all(&world.cx(), session.subject, None).await.unwrap();
    for environment in &fleet {
        for token in &others {
            assert!(!world.is_in(environment, token).await, "an environment remembers it");
        }
    }
}

/// Readers that load it and put it into L2 while it is ended, at every moment of either.
#[tokio::test]
async fn a_slow_reader_brings_no_ended_session_back() {
    let world = World::new();
    let (reader, ender) = (world.environment().await, world.environment().await);
    let mut was_first = false;
    // How many pauses a reader takes is the machine's to say: as many as it takes for one to come first.
    for pause in (0..60).chain(std::iter::successors(Some(64), |pause| Some(pause * 2))) {
        if pause >= 60 && was_first {
            break;
        }
        let (token, session) = world.sign_in(&ender).await;
        let end = async {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            ender.end(&world.cx(), &session).await.unwrap();
        };
        let (found, ()) = tokio::join!(world.is_in(&reader, &token), end);
        was_first |= found;
        assert!(!world.is_in(&reader, &token).await && !world.is_in(&ender, &token).await, "after {pause} pauses");
    }
}

#[tokio::test]
async fn signing_out_is_claimed_only_when_l2_knows_too() {
    let world = World::new();
    let proxy = Proxy::to(world.redis.address());
    let (environment, elsewhere) =
        (world.environment_behind(&proxy.url(), |_| Rule::Pass).await, world.environment().await);
    let (token, session) = world.sign_in(&environment).await;
    assert!(world.is_in(&elsewhere, &token).await);
    proxy.set(Wire::Cut);
    assert!(matches!(environment.end(&world.cx(), &session).await, Err(EndError::Cache(_))));
    proxy.set(Wire::Pass);
    // The breaker lets the next call through after a while; a client tries again.
    world.clock.advance(Duration::from_secs(30));
    let again = tokio::time::timeout(Duration::from_secs(10), async {
        while environment.end(&world.cx(), &session).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    again.await.expect("L2 is back, and the session cannot be ended");
    assert!(!world.is_in(&elsewhere, &token).await && !world.is_in(&environment, &token).await);
}

/// L2's readers may lag behind its primary. Here one stands still.
#[tokio::test]
async fn a_reader_that_lags_lets_nobody_in_whose_session_was_ended() {
    let world = World::new();
    let replica = Redis::replica_of(&world.redis);
    let url = format!("{}?reader={}", world.redis.url(), replica.address());
    let environment = world.environment_behind(&url, |_| Rule::Pass).await;
    let (token, session) = world.sign_in(&environment).await;
    assert!(world.is_in(&environment, &token).await);
    until("the session's replication", || replica.command(&["DBSIZE"]) == world.redis.command(&["DBSIZE"]));
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    world.environment().await.end(&world.cx(), &session).await.unwrap();
    assert_ne!(replica.command(&["DBSIZE"]), ":0\r\n", "the reader heard of it, and this test shows nothing");
    assert!(!world.is_in(&environment, &token).await, "the reader was believed");
}

/// More sessions than are ended at a time, and none of them is lost sight of because L2 did not hear of it.
#[tokio::test]
async fn who_signs_out_everywhere_again_ends_what_l2_did_not_hear_of() {
    let world = World::new();
    let proxy = Proxy::to(world.redis.address());
    let environment = world.environment_behind(&proxy.url(), |_| Rule::Pass).await;
    let (elsewhere, tableward) =
        (world.environment().await, world.environment_behind("redis://127.0.0.1:1", |_| Rule::Pass).await);
    let (token, own) = world.sign_in(&environment).await;
    let mut others = Vec::new();
    for _ in 0..30 {
        others.push(elsewhere.start(&world.cx(), own.subject).await.unwrap().0);
    }
    for token in others.iter().chain([&token]) {
        assert!(world.is_in(&elsewhere, token).await);
    }
    proxy.set(Wire::Cut);
    assert!(matches!(environment.end_all(&world.cx(), own.subject, Some(&own)).await, Err(EndError::Cache(_))));
    assert!(world.is_in(&elsewhere, &others[7]).await, "L2 heard of it, and this test shows nothing");
    for token in &others {
        assert!(!world.is_in(&tableward, token).await, "the table lets an ended session in");
    }
    assert!(world.is_in(&tableward, &token).await, "who is to ask again cannot");
    proxy.set(Wire::Pass);
    world.clock.advance(Duration::from_secs(30));
    let again = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            match environment.end_all(&world.cx(), own.subject, Some(&own)).await {
                Ok(ended) => return ended,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    });
    assert!(again.await.expect("L2 is back, and the sessions cannot be ended") > 0);
    for token in others.iter().chain([&token]) {
        assert!(!world.is_in(&elsewhere, token).await && !world.is_in(&environment, token).await, "it lives on in L2");
    }
}

/// L2 is back before whoever sets a new password is answered: it has heard of every session.
#[tokio::test]
async fn a_hiccup_of_l2_leaves_no_session_behind_a_new_password() {
    let world = World::new();
    let proxy = Proxy::to(world.redis.address());
    let environment = world.environment_behind(&proxy.url(), |_| Rule::Pass).await;
    let elsewhere = world.environment().await;
    let (token, session) = world.sign_in(&elsewhere).await;
    let mut tokens = vec![token];
    for _ in 0..5 {
        tokens.push(elsewhere.start(&world.cx(), session.subject).await.unwrap().0);
    }
    for token in &tokens {
        assert!(world.is_in(&elsewhere, token).await);
    }
    proxy.set(Wire::Cut);
    let back = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(world.is_in(&elsewhere, &tokens[3]).await, "L2 has heard, and this test shows nothing");
        proxy.set(Wire::Pass);
    };
    let cx = world.cx();
    let (ended, ()) = tokio::join!(environment.end_all_and_insist(&cx, session.subject), back);
    ended.unwrap();
    for token in &tokens {
        assert!(!world.is_in(&elsewhere, token).await, "it lives on in L2");
    }
}

/// The table has ended them, and fails when they are ended again for L2's sake: the new password is set, and its link spent.
#[tokio::test]
async fn a_table_that_fails_while_l2_is_told_again_undoes_no_new_password() {
    let world = World::new();
    let queries = AtomicUsize::new(0);
    let once = move |call: &Call| match call.operation.as_str() {
        "Query" if queries.fetch_add(1, Ordering::SeqCst) > 0 => Rule::refuse(400, "AccessDeniedException"),
        _ => Rule::Pass,
    };
    let environment = world.environment_behind("redis://127.0.0.1:1", once).await;
    let (token, session) = world.sign_in(&environment).await;
    let cx = world.cx();
    environment.end_all_and_insist(&cx, session.subject).await.unwrap();
    assert!(!world.is_in(&environment, &token).await, "it lives on in the table");
}

/// It was ended by somebody whom L2 did not hear, and is used by somebody who finds it there: the use is not written down.
#[tokio::test]
async fn a_use_that_is_noted_brings_no_ended_session_back() {
    let world = World::new();
    let cannot_write = |call: &Call| match call.operation.as_str() {
        "PutItem" => Rule::refuse(500, "InternalServerError"),
        _ => Rule::Pass,
    };
    let reader = world.environment_behind(&world.redis.url(), cannot_write).await;
    let deaf = world.environment_behind("redis://127.0.0.1:1", |_| Rule::Pass).await;
    let writer = world.environment().await;
    let (token, session) = world.sign_in(&writer).await;
    world.clock.advance(Duration::from_hours(17));
    assert!(world.is_in(&reader, &token).await, "a use that could not be noted is a use");
    assert!(matches!(deaf.end(&world.cx(), &session).await, Err(EndError::Cache(_))));
    assert!(world.is_in(&reader, &token).await, "L2 still has it, or this test shows nothing");
    assert!(!world.is_in(&writer, &token).await, "a use of a session that was ended");
    for environment in [&reader, &writer, &deaf] {
        assert!(!world.is_in(environment, &token).await, "it came back");
    }
}
