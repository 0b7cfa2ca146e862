//! One message of a batch fails, or a batch is too large.

use super::*;

#[tokio::test]
async fn one_that_panics_and_one_that_is_poison_take_nobody_along() {
    let tables = Tables::new();
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let consumer = consumer(&tables, &tables.client(), &clock, &queues);
    for body in (0..8).map(|n| json_of(&n.to_string())).chain(["poison".into(), json_of("panic")]) {
        queues.push("counts", body);
    }
    let event = queues.receive("counts", |_| 0).unwrap();
    let answer = invoke(&consumer, &event).await;
    queues.settle("counts", &event, &answer);
    assert_eq!(sum(&tables).await, 8);
    assert_eq!(queues.messages("counts").iter().map(|m| m.body.clone()).collect::<Vec<_>>(), [json_of("panic")]);
    assert!(queues.messages("counts-dlq")[0].reason.as_deref().unwrap().starts_with("poison: "));
}

/// What DynamoDB refuses is one message's writes: it says so of the transaction, and not of which.
#[tokio::test]
async fn one_whose_writes_are_refused_takes_nobody_along() {
    let (tables, clock) = (Tables::new(), Clock::manual(START));
    let client = tables.client_through(|call| match call.operation.as_str() {
        "TransactWriteItems" if call.body.to_string().contains("thing#odd@") => {
            Rule::refuse(400, "ValidationException")
        }
        _ => Rule::Pass,
    });
    let state =
        CountState { once: Idempotency::new(&client, tables.name("Once")), counters: counters(&tables, &client) };
    let things = ["a", "b", "odd", "c", "d", "e"];
    let all: Vec<_> =
        things.iter().map(|t| Delivery::first("counts", crate::helpers::happened(t).id, t.as_bytes())).collect();
    let deliveries: Vec<_> = all.iter().collect();
    let cx = Cx::new(clock, "test", TIME);
    let fates = state.once.transact_all(&cx, &deliveries, |fresh| adds(&state.counters, fresh.len())).await;
    for (thing, fate) in things.iter().zip(&fates) {
        assert_eq!(fate.is_ok(), *thing != "odd", "{thing}: {fate:?}");
    }
    assert!(matches!(fates[2], Err(Failed::Retry(_))), "a release may mend it: {:?}", fates[2]);
    assert_eq!(sum(&tables).await, 5);
}

#[tokio::test]
async fn a_batch_that_does_not_fit_a_transaction_is_halved() {
    let tables = Tables::new();
    let client = tables.client();
    let (once, counters) = (Idempotency::new(&client, tables.name("Once")), counters(&tables, &client));
    let deliveries: Vec<_> = (0..100).map(|n| Delivery::first("counts", format!("{n}"), b"x")).collect();
    let all: Vec<_> = deliveries.iter().collect();
    let cx = Cx::new(Clock::manual(START), "request", TIME);
    let fates = once.transact_all(&cx, &all, |fresh| adds(&counters, fresh.len())).await;
    assert!(fates.iter().all(Result::is_ok));
    assert_eq!((sum(&tables).await, cx.counted(fields::ONCE_RAN)), (100, 100));
}
