//! An end that everything works for.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

#[tokio::test]
async fn an_ended_session_is_over_in_every_environment_at_once() {
    let world = World::new();
    let mut fleet = Vec::new();
    for _ in 0..20 {
        fleet.push(world.environment().await);
    }
    let (here, session) = world.sign_in(&fleet[0]).await;
    let others =
        [world.sign_in_as(&fleet[1], session.subject).await.0, world.sign_in_as(&fleet[2], session.subject).await.0];
    for environment in &fleet {
        assert!(world.is_in(environment, &here).await && world.is_in(environment, &others[0]).await);
    }
    let cx = world.cx();
    fleet[7].end(&cx, &session).await.unwrap();
    for environment in &fleet {
        assert!(!world.is_in(environment, &here).await, "an environment remembers it");
        assert!(world.is_in(environment, &others[0]).await && world.is_in(environment, &others[1]).await);
    }
    fleet[8].end_all(&cx, session.subject).await.unwrap();
    for environment in &fleet {
        for token in &others {
            assert!(!world.is_in(environment, token).await, "an environment remembers it");
        }
    }
    assert_eq!(cx.counted(fields::UNHEARD_ENDS), 0);
    let (again, _) = world.sign_in_as(&fleet[3], session.subject).await;
    assert!(world.is_in(&fleet[4], &again).await, "nobody can sign in again");
}

/// Readers that load it and put it into L2 while it is ended, alone or with all others, at every
/// moment of either.
#[tokio::test]
async fn a_slow_reader_brings_no_ended_session_back() {
    let world = World::new();
    let (reader, ender) = (world.environment().await, world.environment().await);
    let mut was_first = false;
    // How many pauses a reader takes is the machine's to say: as many as it takes for one to come
    // first.
    for pause in (0..60).chain(std::iter::successors(Some(64), |pause| Some(pause * 2))) {
        if pause >= 60 && was_first {
            break;
        }
        let (token, session) = world.sign_in(&ender).await;
        let end = async {
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            world.end(&ender, &world.cx(), &session, pause % 2 == 1).await;
        };
        let (found, ()) = tokio::join!(world.is_in(&reader, &token), end);
        was_first |= found;
        let third = world.environment().await;
        for environment in [&reader, &ender, &third] {
            assert!(!world.is_in(environment, &token).await, "after {pause} pauses");
        }
    }
}

/// It was loaded before the end and is put into L2 after it, by a schedule and not by chance.
#[tokio::test]
async fn what_was_loaded_before_an_end_is_not_put_in_after_it() {
    for all in [false, true] {
        let world = World::new();
        let elsewhere = world.environment().await;
        let (token, session) = world.sign_in(&elsewhere).await;
        let ((answered, loaded), (release, held)) = (oneshot::channel(), oneshot::channel());
        // The session's row is read first, then the epoch, whose answer is held.
        let answers = Mutex::new(vec![Rule::Stall(answered, held), Rule::Pass]);
        let slow = move |_: &Call| answers.lock().unwrap().pop().unwrap_or(Rule::Pass);
        let reader = world.environment_behind(&world.redis.url(), slow).await;
        let cx = world.cx();
        let read = reader.find(&cx, &token);
        let end = async {
            loaded.await.unwrap();
            world.end(&elsewhere, &world.cx(), &session, all).await;
            release.send(()).unwrap();
        };
        let (found, ()) = tokio::join!(read, end);
        assert!(found.unwrap().is_some(), "it was loaded after the end, and this test shows nothing");
        for environment in [&reader, &elsewhere, &world.environment().await] {
            assert!(!world.is_in(environment, &token).await, "all: {all}");
        }
    }
}

/// It was ended by somebody whom L2 did not hear, and is used by somebody who finds it there: the
/// use is not written down.
#[tokio::test]
async fn a_use_that_is_noted_brings_no_ended_session_back() {
    let world = World::new();
    let cannot_write = |call: &Call| match call.operation.as_str() {
        "PutItem" => Rule::refuse(500, "InternalServerError"),
        _ => Rule::Pass,
    };
    let reader = world.environment_behind(&world.redis.url(), cannot_write).await;
    let (deaf, writer) = (world.deaf().await, world.environment().await);
    let (token, session) = world.sign_in(&writer).await;
    world.clock.advance(Duration::from_hours(17));
    assert!(world.finds(&reader, &token).await.0, "a use that could not be noted is a use");
    deaf.end(&world.cx(), &session).await.unwrap();
    assert!(world.l2_holds(&session), "L2 was told, and this test shows nothing");
    assert!(!world.is_in(&writer, &token).await, "a use of a session that was ended");
    for environment in [&reader, &writer, &deaf] {
        assert!(!world.is_in(environment, &token).await, "it came back");
    }
    assert_eq!(world.rows(&session).await, 0);
}
