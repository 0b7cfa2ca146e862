//! Events are sent again from the orders' table.

use super::*;

#[tokio::test]
async fn a_replay_tells_what_is_recent_with_the_ids_of_then_and_nothing_is_done_twice() {
    let pipeline = Pipeline::quiet().await;
    pipeline.open_accounts(6).await;
    // An order's id begins with its time: these are the first.
    let old: Vec<_> = (0..6).map(|by| placed(by, START - 3_600_000, &[(2, 1)])).collect();
    let mut orders = random_orders(&mut Dice(3), 40, 5);
    // One has ordered more than a page, and everybody something long ago.
    orders.extend((0..120).map(|_| placed(5, START + 60_000, &[(1, 1)])));
    pipeline.place(&old).await;
    pipeline.place(&orders).await;
    // The half of it reached the queues when it happened.
    pipeline.relay(&orders[..80]).await;
    pipeline.drain("email").await;
    pipeline.drain("analytics").await;
    let mailed = pipeline.mailbox.total();
    assert_eq!(mailed, 80);

    let since = jiff::Timestamp::from_millisecond(START).unwrap();
    pipeline.clock.advance(Duration::from_hours(3));
    let told = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await.unwrap();
    // Each order on two queues, and the welcome of each account, which are as old as the clock.
    assert_eq!((told.accounts, told.messages), (6, 2 * orders.len() + 6));
    pipeline.drain("email").await;
    pipeline.drain("analytics").await;
    for order in &orders {
        assert_eq!(pipeline.mailbox.count(&format!("Your order {}", order.id)), 1);
    }
    for order in &old {
        assert_eq!(pipeline.mailbox.count(&format!("Your order {}", order.id)), 0, "it is older than was asked for");
    }
    pipeline.check_counts(&orders).await;
    pipeline.clock.advance(Duration::from_hours(24 * 20));
    let refused = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await;
    assert!(matches!(refused, Err(ReplayError::TooLongAgo(_))), "consumers have forgotten");
}

#[tokio::test]
async fn a_replay_goes_on_past_an_event_that_no_queue_takes_and_lists_it() {
    let (clock, mut sends) = (Clock::manual(START), 0);
    let queues = Queues::with(&clock, move |operation| {
        sends += u32::from(operation == "SendMessageBatch");
        if operation == "SendMessageBatch" && sends == 1 { Fault::First } else { Fault::None }
    });
    let pipeline = Pipeline::with(&clock, queues, |_| Rule::Pass).await;
    pipeline.open_accounts(3).await;
    let orders: Vec<_> = (0..3).map(|by| placed(by, START, &[(1, 1)])).collect();
    pipeline.place(&orders).await;
    let since = jiff::Timestamp::from_millisecond(START).unwrap();
    let told = replay(&pipeline.app(pipeline.everything()), since, |_| ()).await.unwrap();
    // Each order on two queues and the welcome of each account, all but one of them.
    assert_eq!((told.accounts, told.messages), (3, 3 * 2 + 3 - 1));
    assert_eq!(told.refused.len(), 1, "{:?}", told.refused);
    assert!(told.refused[0].0.contains("InvalidMessageContents"), "{:?}", told.refused);
    let sent = ["email", "analytics"].map(|queue| pipeline.queues.messages(queue).len());
    assert_eq!(sent.iter().sum::<usize>(), 3 * 2 + 3 - 1);
}
