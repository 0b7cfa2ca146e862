//! The table answers late.

use super::*;

/// L2 has an answer that would do, and the table hangs: nobody waits for it long, and hardly
/// anybody waits.
#[tokio::test]
async fn a_table_that_hangs_costs_a_session_that_l2_knows_little() {
    let world = World::new();
    let hangs = Arc::new(AtomicBool::new(false));
    let hung = Arc::clone(&hangs);
    let rule = move |_: &_| if hung.load(Ordering::SeqCst) { Rule::Delay(Duration::from_mins(1)) } else { Rule::Pass };
    let environment = world.environment_behind(&world.redis.url(), rule).await;
    let mut tokens = Vec::new();
    for _ in 0..40 {
        tokens.push(world.sign_in(&environment).await.0);
    }
    for token in &tokens {
        assert!(world.finds(&environment, token).await.0);
    }
    world.age_l2(FRESH);
    hangs.store(true, Ordering::SeqCst);
    let start = Instant::now();
    for token in &tokens {
        assert_eq!(world.finds(&environment, token).await, (true, true));
    }
    // 40 waits of 0.3 s would be 12 s.
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

/// Slow, but not lost: single sessions are found.
#[tokio::test]
async fn a_table_that_takes_half_a_second_signs_nobody_out() {
    let world = World::new();
    let slow = |_: &_| Rule::Delay(Duration::from_millis(500));
    let environment = world.environment_behind(&world.redis.url(), slow).await;
    let (token, session) = world.sign_in(&world.environment().await).await;
    assert!(world.is_in(&environment, &token).await);
    environment.end(&world.cx(), &session).await.unwrap();
    assert!(!world.is_in(&environment, &token).await);
}
