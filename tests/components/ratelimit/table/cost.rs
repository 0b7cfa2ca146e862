//! The writes that the table takes, and what happens when it is gone.

use super::*;

#[tokio::test]
async fn what_is_over_does_not_pile_up_in_the_item() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client();
    let table = AtomicCounters::new(&client, tables.name("Limits"));
    let limits = limits_at(&tables, &client, &[Limit::per_minute(QUOTA).by(By::Account), Limit::per_minute(1_000)]);
    let event = cx(&clock);
    for call in 0..600 {
        limits.take(&event, &somebody("203.0.113.7").naming(&format!("{call}@shop.example")), 1).await;
        clock.advance(Duration::from_secs(5));
    }
    let left = table.add(&cx(&clock), "limit#{n:203.0.113.7}:sign-in", &[], &[], 0).await.unwrap();
    // Two numbers each five seconds: those of the last two windows and what is swept together.
    assert!(left.len() < 120, "{} numbers", left.len());
    assert!(event.counted(fields::TABLE_WRITES) < 660, "{} writes", event.counted(fields::TABLE_WRITES));
}

#[tokio::test]
async fn abuse_costs_no_write() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let limits = limits_at(&tables, &tables.client(), &[Limit::per_minute(2)]);
    for _ in 0..3 {
        limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await;
    }
    let abused = cx(&clock);
    for _ in 0..100 {
        assert!(!limits.take(&abused, &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert_eq!(abused.counted(fields::TABLE_WRITES), 0);
}

#[tokio::test]
async fn a_table_that_is_gone_leaves_the_limit_to_each_environment() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client_through(|_| Rule::refuse(400, "ValidationException"));
    let limits = limits_at(&tables, &client, &[Limit::per_minute(QUOTA)]);
    let mut admitted = 0;
    for _ in 0..50 {
        admitted += u16::from(limits.take(&cx(&clock), &somebody("203.0.113.7"), 1).await.is_admitted());
    }
    assert_eq!(admitted, QUOTA);
}
