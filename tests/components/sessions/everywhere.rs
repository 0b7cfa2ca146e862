//! All sessions of a person end at once, by one write.

use super::World;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tests::fault_injector::Rule;

/// One write ends them, however many there are, and those that begin after it live.
#[tokio::test]
async fn signing_out_everywhere_is_one_write_for_any_number_of_sessions() {
    let world = World::new();
    let writes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&writes);
    let environment = world
        .environment_behind(&world.redis.url(), move |call| {
            counted.fetch_add(usize::from(call.operation == "PutItem"), Ordering::SeqCst);
            // No row is removed: they are over all the same.
            if call.operation == "DeleteItem" { Rule::refuse(400, "AccessDeniedException") } else { Rule::Pass }
        })
        .await;
    let elsewhere = world.environment().await;
    let (token, own) = world.sign_in(&elsewhere).await;
    let mut tokens = vec![token];
    for _ in 0..60 {
        tokens.push(world.sign_in_as(&elsewhere, own.subject).await.0);
    }
    for token in &tokens {
        assert!(world.is_in(&elsewhere, token).await);
    }
    environment.end_all(&world.cx(), own.subject).await.unwrap();
    assert_eq!(writes.load(Ordering::SeqCst), 1);
    let (deaf, again) = (world.deaf().await, world.sign_in_as(&elsewhere, own.subject).await.0);
    for token in &tokens {
        assert!(!world.is_in(&elsewhere, token).await && !world.is_in(&deaf, token).await);
    }
    elsewhere.end_all(&world.cx(), own.subject).await.unwrap();
    assert!(!world.is_in(&deaf, &again).await);
}

/// The rows go too: a release without epochs goes by them.
#[tokio::test]
async fn the_rows_of_ended_sessions_are_removed_and_no_other() {
    let world = World::new();
    let environment = world.environment().await;
    let (_, own) = world.sign_in(&environment).await;
    for _ in 0..4 {
        world.sign_in_as(&environment, own.subject).await;
    }
    assert_eq!(world.rows(&own).await, 5);
    environment.end_all(&world.cx(), own.subject).await.unwrap();
    assert_eq!(world.rows(&own).await, 0);
    let (_, later) = world.sign_in_as(&environment, own.subject).await;
    world.sign_in_as(&environment, own.subject).await;
    environment.end(&world.cx(), &later).await.unwrap();
    assert_eq!(world.rows(&own).await, 1);
}

/// Two people's devices sign out everywhere at the same moment: both are told that it is done, and
/// it is.
#[tokio::test]
async fn two_ends_at_once_end_everything() {
    let world = World::new();
    let (one, other) = (world.environment().await, world.environment().await);
    for _ in 0..20 {
        let (token, session) = world.sign_in(&one).await;
        assert!(world.is_in(&other, &token).await);
        let (cx, also) = (world.cx(), world.cx());
        let (a, b) = tokio::join!(one.end_all(&cx, session.subject), other.end_all(&also, session.subject));
        a.unwrap();
        b.unwrap();
        assert!(!world.is_in(&one, &token).await && !world.is_in(&world.deaf().await, &token).await);
        let (again, _) = world.sign_in_as(&one, session.subject).await;
        assert!(world.is_in(&other, &again).await, "it began after both, and is over");
    }
}
