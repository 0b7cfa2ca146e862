//! An end while L2 or a reader of it fails.

use super::*;
use shared::telemetry::fields;
use tests::line::ReadLine as _;

/// Its end is claimed without L2; what L2 was not told lives on there for a minute.
#[tokio::test]
async fn an_end_that_l2_cannot_be_told_is_an_end_and_l2_lets_it_in_for_a_minute_at_most() {
    for all in [false, true] {
        let world = World::new();
        let (deaf, elsewhere) = (world.deaf().await, world.environment().await);
        let (token, session) = world.sign_in(&elsewhere).await;
        assert!(world.finds(&elsewhere, &token).await.0);
        let cx = world.cx();
        world.end(&deaf, &cx, &session, all).await;
        assert_eq!(cx.counted(fields::UNHEARD_ENDS), 1);
        assert!(!world.is_in(&deaf, &token).await, "the table lets it in");
        world.age_l2(FRESH.saturating_sub(Duration::from_secs(2)));
        assert!(world.l2_holds(&session), "L2 was told, and this test shows nothing");
        world.age_l2(Duration::from_secs(2));
        assert!(!world.finds(&elsewhere, &token).await.0, "L2 lets it in for longer than a minute");
        // Whoever finds out tells L2.
        let fails = |_: &Call| Rule::refuse(400, "AccessDeniedException");
        let tableless = world.environment_behind(&world.redis.url(), fails).await;
        assert!(!world.finds(&tableless, &token).await.0);
    }
}

/// L2's readers may lag behind its primary. Here one stands still.
#[tokio::test]
async fn a_reader_that_lags_lets_nobody_in_whose_session_was_ended() {
    let world = World::new();
    let replica = Redis::replica_of(&world.redis);
    let url = format!("{}?reader={}", world.redis.url(), replica.address());
    let environment = world.environment_behind(&url, |_| Rule::Pass).await;
    let (token, session) = world.sign_in(&environment).await;
    assert!(world.finds(&environment, &token).await.0);
    until("the session's replication", || replica.command(&["DBSIZE"]) == world.redis.command(&["DBSIZE"]));
    replica.command(&["REPLICAOF", "NO", "ONE"]);
    world.environment().await.end(&world.cx(), &session).await.unwrap();
    assert_ne!(replica.command(&["DBSIZE"]), ":0\r\n", "the reader heard of it, and this test shows nothing");
    assert!(!world.is_in(&environment, &token).await, "the reader was believed");
}

/// L2 is back before whoever signs out is answered: it has heard of every session.
#[tokio::test]
async fn a_hiccup_of_l2_leaves_no_session_behind() {
    for all in [false, true] {
        let world = World::new();
        let proxy = Proxy::to(world.redis.address());
        let environment = world.environment_behind(&proxy.url(), |_| Rule::Pass).await;
        let elsewhere = world.environment().await;
        let (token, session) = world.sign_in(&elsewhere).await;
        assert!(world.finds(&elsewhere, &token).await.0);
        proxy.set(Wire::Cut);
        let back = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(world.l2_holds(&session), "L2 has heard, and this test shows nothing");
            proxy.set(Wire::Pass);
        };
        let cx = world.cx();
        let ((), ()) = tokio::join!(world.end(&environment, &cx, &session, all), back);
        assert_eq!(cx.counted(fields::UNHEARD_ENDS), 0, "all: {all}");
        assert!(!world.is_in(&elsewhere, &token).await, "it lives on in L2");
    }
}

/// Evicted from a full L2, or overwritten by something else: half of what is needed is nothing.
#[tokio::test]
async fn what_l2_lost_or_cannot_be_read_is_asked_of_the_table() {
    let world = World::new();
    let (environment, deaf) = (world.environment().await, world.deaf().await);
    for (n, harm) in ["DEL epoch", "SET epoch x", "SET session {}", "DEL session", "LPUSH epoch x"].iter().enumerate() {
        let (token, session) = world.sign_in(&environment).await;
        assert!(world.is_in(&environment, &token).await);
        let tag = format!("{{sessions:{}}}", session.subject);
        let (session_key, epoch_key) = (format!("{tag}:{}:v1", session.digest), format!("{tag}:epoch:v1"));
        let broken = async || {
            let words = harm.split(' ').map(|word| match word {
                "epoch" => epoch_key.as_str(),
                "session" => session_key.as_str(),
                other => other,
            });
            let words: Vec<_> = words.collect();
            if words[0] != "DEL" {
                world.redis.command(&["DEL", words[1]]);
            }
            let answer = world.redis.command(&words);
            assert!(answer.starts_with([':', '+']), "{harm}: {answer}");
        };
        broken().await;
        assert!(world.is_in(&environment, &token).await, "{harm} signs out");
        broken().await;
        world.end(&deaf, &world.cx(), &session, n % 2 == 1).await;
        assert!(!world.is_in(&environment, &token).await, "{harm} lets an ended session in");
    }
}
