//! Every fault of a server, on a virtual clock: what a request loses, and what the server receives.

use super::{
    Timeouts, Valkey, ValkeyError,
    fake::{Does, Fake},
    target::{Target, Targets},
};
use crate::{clock::Clock, context::Cx};
use std::time::Duration;
use tokio::time::{Instant, advance, sleep};

const COMMAND: Duration = Duration::from_millis(40);
const WINDOW: Duration = Duration::from_secs(2);

fn timeouts() -> Timeouts {
    Timeouts { command: COMMAND, connect: Duration::from_millis(200), window: WINDOW }
}

fn client(primary: &Fake, readers: Option<&Fake>) -> Valkey {
    let [primary, readers] = [Some(primary), readers].map(|fake| fake.map(|fake| Target::Fake(fake.clone())));
    Valkey::at(Targets { primary: primary.unwrap(), readers }, timeouts())
}

/// A client that has connected at init, as a function has.
async fn warm(fake: &Fake) -> Valkey {
    let valkey = client(fake, None);
    valkey.warm_up(&Clock::system()).await;
    valkey
}

/// A request of ten calls, with 25 of them at once in the middle; returns the time that it has lost
/// by waiting for them.
async fn request(valkey: &Valkey, clock: &Clock) -> Duration {
    let (cx, start, mut work) =
        (Cx::new(clock.clone(), "test", Duration::from_secs(10)), Instant::now(), Duration::ZERO);
    for call in 0..10 {
        if call == 5 {
            let all = (0..25).map(|_| valkey.get(&cx, "k"));
            futures_util::future::join_all(all).await;
        }
        drop(valkey.get(&cx, "k").await);
        // The time of the table; dials make progress meanwhile.
        sleep(Duration::from_millis(30)).await;
        work += Duration::from_millis(30);
    }
    start.elapsed().saturating_sub(work)
}

const FAULTS: [Does; 9] = [
    Does::Late(Duration::from_millis(30)),
    Does::Late(Duration::from_millis(50)),
    Does::Late(Duration::from_secs(1)),
    Does::Mute,
    Does::Hangs,
    Does::Drops,
    Does::Refuses,
    Does::Garbage,
    Does::Loading,
];

#[tokio::test(start_paused = true)]
async fn under_every_fault_a_request_loses_one_command_timeout_at_most_however_many_calls_it_makes() {
    for fault in FAULTS {
        let (fake, clock) = (Fake::new(Does::Answers), Clock::system());
        let valkey = warm(&fake).await;
        assert_eq!(request(&valkey, &clock).await, Duration::ZERO);
        fake.set(fault);
        let mut lost = Duration::ZERO;
        for _ in 0..60 {
            let one = request(&valkey, &clock).await;
            assert!(one <= COMMAND, "{fault:?}: {one:?}");
            lost += one;
            sleep(Duration::from_millis(700)).await;
        }
        // A minute: the first request, and the time that is lost to trial commands on connections
        // that look healthy.
        let bound = match fault {
            Does::Mute => 50,
            Does::Late(by) if by < COMMAND => 60,
            _ => 1,
        };
        assert!(lost <= COMMAND * bound, "{fault:?}: {lost:?} in a minute");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_and_goes_costs_each_request_one_command_timeout_at_most() {
    let (fake, clock) = (Fake::new(Does::Answers), Clock::system());
    let valkey = warm(&fake).await;
    let flapping = fake.clone();
    tokio::spawn(async move {
        for fault in FAULTS.into_iter().cycle() {
            flapping.set(fault);
            sleep(Duration::from_millis(170)).await;
            flapping.set(Does::Answers);
            sleep(Duration::from_millis(130)).await;
        }
    });
    let mut asked = 0;
    for _ in 0..200 {
        let before = fake.commands();
        let lost = request(&valkey, &clock).await;
        assert!(lost <= COMMAND, "{lost:?}");
        asked += u32::from(fake.commands() > before);
        sleep(Duration::from_millis(100)).await;
    }
    assert!(asked > 20, "it is used in between: {asked} of 200 requests");
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_dialled_beside_requests_in_windows_that_grow() {
    for fault in [Does::Hangs, Does::Drops, Does::Refuses, Does::Loading] {
        let (fake, clock) = (Fake::new(Does::Answers), Clock::system());
        let valkey = warm(&fake).await;
        fake.set(fault);
        request(&valkey, &clock).await;
        let dials = fake.dials();
        for _ in 0..60 {
            assert_eq!(request(&valkey, &clock).await, Duration::ZERO, "{fault:?}");
            sleep(Duration::from_millis(700)).await;
        }
        let dials = fake.dials() - dials;
        assert!((20..=70).contains(&dials), "{fault:?}: {dials} dials in a minute, windows of one to two seconds");
        fake.set(Does::Answers);
        sleep(WINDOW).await;
        request(&valkey, &clock).await;
        let before = fake.commands();
        request(&valkey, &clock).await;
        assert!(fake.commands() >= before + 35, "{fault:?}: not used again a window after its return");
    }
}

#[tokio::test(start_paused = true)]
async fn what_must_reach_the_server_waits_for_no_window_and_takes_one_command_timeout_however_many_there_are() {
    for fault in [Does::Hangs, Does::Drops, Does::Refuses] {
        let fake = Fake::new(Does::Answers);
        let valkey = warm(&fake).await;
        fake.set(fault);
        let cx = Cx::detached();
        let start = Instant::now();
        let all = futures_util::future::join_all((0..25).map(|_| valkey.delete(&cx, &["k"]))).await;
        assert!(all.iter().all(Result::is_err) && start.elapsed() <= COMMAND, "{fault:?}: {:?}", start.elapsed());
        let start = Instant::now();
        assert!(valkey.delete(&cx, &["k"]).await.is_err());
        assert!(start.elapsed() <= COMMAND, "{fault:?}");
        // The server is back, in the middle of a window.
        fake.set(Does::Answers);
        assert!(matches!(valkey.get(&cx, "k").await, Err(ValkeyError::NotAsked)), "{fault:?}");
        valkey.delete(&cx, &["k"]).await.unwrap();
        assert!(valkey.get(&cx, "k").await.is_ok(), "what has reached it closes the breaker");
    }
}

#[tokio::test(start_paused = true)]
async fn readers_that_hang_leave_the_primary_alone() {
    for fault in FAULTS {
        let (primary, readers) = (Fake::new(Does::Answers), Fake::new(fault));
        let valkey = client(&primary, Some(&readers));
        valkey.warm_up(&Clock::system()).await;
        let clock = Clock::system();
        for _ in 0..40 {
            let before = primary.commands();
            assert!(request(&valkey, &clock).await <= COMMAND, "{fault:?}");
            let cx = Cx::detached();
            valkey.set(&cx, "k", b"v", WINDOW).await.unwrap();
            assert!(valkey.get_latest(&cx, "k").await.is_ok());
            assert!(primary.commands() > before, "{fault:?}");
            sleep(Duration::from_millis(500)).await;
        }
        assert!(!valkey.is_open());
    }
}

/// An idle environment: wall time passes, and the peer of its connection vanishes without a word.
#[tokio::test(start_paused = true)]
async fn after_a_thaw_a_connection_without_a_peer_is_replaced_within_one_command_timeout() {
    let (fake, clock) = (Fake::new(Does::Answers), Clock::manual(1_800_000_000_000));
    let valkey = client(&fake, None);
    valkey.warm_up(&clock).await;
    assert_eq!(request(&valkey, &clock).await, Duration::ZERO);
    fake.fall_silent();
    clock.advance(Duration::from_secs(45));
    let cx = Cx::new(clock.clone(), "test", Duration::from_secs(10));
    let start = Instant::now();
    assert!(valkey.get(&cx, "k").await.is_ok(), "a new connection answers in the time that is left");
    assert!(start.elapsed() <= COMMAND / 4, "{:?}", start.elapsed());

    // The same, with the server gone as well.
    fake.fall_silent();
    fake.set(Does::Drops);
    clock.advance(Duration::from_secs(45));
    for lost in [COMMAND, Duration::ZERO, Duration::ZERO] {
        assert_eq!(request(&valkey, &clock).await, lost);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_was_frozen_half_way_is_replaced_and_not_waited_for() {
    let (fake, clock) = (Fake::new(Does::Answers), Clock::manual(1_800_000_000_000));
    let valkey = client(&fake, None);
    valkey.warm_up(&clock).await;
    fake.set(Does::Drops);
    let cx = Cx::new(clock.clone(), "test", Duration::from_secs(10));
    valkey.delete(&cx, &["k"]).await.unwrap_err();
    // A dial is under way when the environment freezes: no time passes for it, and hours pass on
    // the wall clock.
    advance(WINDOW).await;
    let dials = fake.dials();
    drop(valkey.get(&cx, "k").await);
    tokio::task::yield_now().await;
    assert_eq!(fake.dials(), dials + 1);
    fake.set(Does::Answers);
    clock.advance(Duration::from_hours(2));
    let start = Instant::now();
    valkey.delete(&cx, &["k"]).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}
