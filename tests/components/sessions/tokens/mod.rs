//! The cost of a token that opens no session, and a token whose key is gone.

use super::World;
use futures_util::{FutureExt as _, future::BoxFuture};
use shared::telemetry::fields;
use shared::{
    context::Cx,
    session::{Session, Subject, Token},
    sign::{KeySource, Keyring, NoKey, Signer},
    version::{Consistency, Version},
};
use std::sync::atomic::Ordering;
use tests::fault_injector::Rule;
use tests::line::ReadLine as _;
use uuid::Uuid;

/// A table of keys that cannot be read.
struct NoKeys;

impl KeySource for NoKeys {
    fn read<'a>(&'a self, _: &'a Cx, _: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>> {
        async { Err(NoKey::new("the test said so")) }.boxed()
    }
}

/// The same token with other last characters.
fn touched(token: &Token, with: usize) -> Token {
    let text = token.reveal();
    format!("{}{with:06}", &text[..text.len() - 6]).parse().unwrap()
}

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
