//! A table that is slow, or fails half of the time.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_table_that_takes_longer_is_waited_for_by_every_visitor() {
    let cases: [(fn() -> Rule, u64); 2] =
        [(|| Rule::Delay(Duration::from_millis(250)), 260), (|| Rule::Delay(Duration::from_secs(1)), 1_520)];
    for (slow, most) in cases {
        let network = Network::new(vec![(Duration::from_secs(10), always(slow))]);
        let tables = Tables::new();
        let (asked, made) =
            visit::<users::GetUser>(&network, &tables, Duration::from_secs(70), Duration::from_millis(100), profile)
                .await;
        assert!(asked.iter().all(|request| request.status == 404), "a call that would have succeeded was given up on");
        let longest = asked.iter().map(|request| request.took).max().unwrap();
        let calls = network.calls_between(10, 70);
        println!("{longest:?} at most, {made} environments, {calls} calls for 600 requests");
        assert!(longest <= Duration::from_millis(most), "{longest:?}");
        assert!(calls <= 600 + made, "each environment learns once: {calls} calls, {made} environments");
    }
}

#[tokio::test(start_paused = true)]
async fn with_half_of_all_calls_failing_nearly_every_visitor_is_answered() {
    for broken in [|| Rule::refuse(500, "InternalServerError"), || Rule::Cut] {
        let dice = Mutex::new(Dice(42));
        let half: Rules = Arc::new(move |_| if dice.lock().unwrap().roll(2) == 0 { broken() } else { Rule::Pass });
        let network = Network::new(vec![(Duration::ZERO, half)]);
        let tables = Tables::new();
        let (asked, _) =
            visit::<users::GetUser>(&network, &tables, Duration::from_secs(200), Duration::from_millis(100), profile)
                .await;
        let answered = asked.iter().filter(|request| request.status == 404).count();
        println!("{answered} of {} answered", asked.len());
        assert!(answered * 100 >= asked.len() * 97, "{answered} of {}", asked.len());
    }
}
