//! Tokens and marks of the release before, and sessions without the key.

use super::*;

/// A token of the release before: no proof, and a row without an epoch.
#[tokio::test]
async fn a_token_of_the_release_before_works_until_it_is_ended() {
    let world = World::new();
    let environment = world.environment().await;
    let old = async |subject| {
        let token = Token::generate(subject).unwrap();
        let (now, digest) = (world.clock.now(), token.digest());
        let version = Version::FIRST;
        let row = Session { subject, digest, epoch: Version(0), created_at: now, used_at: now, version };
        world.rows_table().create(&world.cx(), &row).await.unwrap();
        assert!(world.is_in(&environment, &token).await);
        (token, row)
    };
    let (one, row) = old(Subject(Uuid::new_v4())).await;
    environment.end(&world.cx(), &row).await.unwrap();
    assert!(!world.is_in(&environment, &one).await);
    let (two, row) = old(Subject(Uuid::new_v4())).await;
    environment.end_all(&world.cx(), row.subject).await.unwrap();
    assert!(!world.is_in(&environment, &two).await);
    let (three, _) = old(Subject(Uuid::new_v4())).await;
    environment.end_replaced(&world.cx(), &three).await.unwrap();
    assert!(!world.is_in(&environment, &three).await);
}

/// What the release before marked as ended, and died before it could remove the row.
#[tokio::test]
async fn a_mark_of_the_release_before_lets_nobody_in() {
    let world = World::new();
    let token = Token::generate(Subject(Uuid::new_v4())).unwrap();
    let (subject, digest, created_at) = (token.subject(), token.digest(), world.clock.now());
    let (epoch, version, used_at) = (Version(0), Version(0), jiff::Timestamp::UNIX_EPOCH);
    let mark = Session { subject, digest, epoch, created_at, used_at, version };
    world.rows_table().create(&world.cx(), &mark).await.unwrap();
    assert!(!world.is_in(&world.environment().await, &token).await);
}

#[tokio::test]
async fn without_the_key_people_sign_in_and_sessions_work_on() {
    let world = World::new();
    let elsewhere = world.environment().await;
    let keyless = world.environment_with(Signer::reading(NoKeys), &world.redis.url(), |_| Rule::Pass).await;
    let (token, session) = world.sign_in(&elsewhere).await;
    let cx = world.cx();
    assert!(keyless.find(&cx, &token).await.unwrap().is_some(), "signed out by a key that cannot be read");
    assert_eq!(cx.counted(fields::UNPROVEN_TOKENS), 1);
    assert!(!world.is_in(&keyless, &Token::generate(session.subject).unwrap()).await);
    let (unproven, _) = world.sign_in_as(&keyless, session.subject).await;
    assert!(world.is_in(&keyless, &unproven).await && world.is_in(&elsewhere, &unproven).await);
    keyless.end(&cx, &session).await.unwrap();
    assert!(!world.is_in(&elsewhere, &token).await);
}
