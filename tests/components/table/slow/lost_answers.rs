//! Answers that never arrive: the work may be done all the same.

use super::*;

/// What becomes of the first calls of an operation, one after the other.
fn first(operation: &'static str, rules: Vec<fn() -> Rule>) -> impl Fn(&Call) -> Rule + Send + Sync + 'static {
    let calls = AtomicU32::new(0);
    move |call| {
        let at = || calls.fetch_add(1, Ordering::Relaxed) as usize;
        (call.operation == operation).then(at).and_then(|at| rules.get(at)).map_or(Rule::Pass, |rule| rule())
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_before_a_lock_is_met_is_no_conflict() {
    let tables = Tables::new();
    let lost: fn() -> Rule = || Rule::Lose(500, error("InternalServerError"));
    let silent: fn() -> Rule = || Rule::Unanswered;
    for answer in [lost, silent] {
        let locked = || Rule::refuse(400, "TransactionConflictException");
        let client = tables.client_in_process(first("PutItem", vec![answer, locked]));
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let thing = Thing::new(1);
        things.create(&request(), &thing).await.unwrap();
        let client = tables.client_in_process(first("DeleteItem", vec![answer, locked]));
        let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
        let here = shared::table::Condition::At(thing.version);
        things.delete_if(&request(), &thing.id, &here).await.unwrap();
        let again = things.delete_if(&request(), &thing.id, &here).await;
        assert!(matches!(again, Err(TableError::Conflict { current: None })), "{again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_carried_out_once_however_its_answers_are_lost() {
    let tables = Tables::new();
    let conflict = || {
        let mut body = error("TransactionCanceledException");
        body["CancellationReasons"] = json!([{"Code": "TransactionConflict", "Message": "ongoing"}]);
        Rule::Instead(400, body)
    };
    let lose = || Rule::Lose(500, error("InternalServerError"));
    let client = tables.client_in_process(first("TransactWriteItems", vec![|| Rule::Unanswered, conflict, lose]));
    let counters = shared::table::Counters::new(&client, tables.name("Counters"), Shards::ONE);
    let mut adds = shared::table::Adds::default();
    adds.add("views", "2026-11", "a", 1);
    client.transact(&request(), counters.adding(&adds)).await.unwrap();
    let sum = counters.sum(&request(), "views", "2026-11", "a", Consistency::Strong).await.unwrap();
    assert_eq!(sum, 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_strong_read_does_not_find_any_more_is_gone_from_the_batch() {
    let tables = Tables::new();
    let stale = json!({"pk": {"S": "thing#00000001"}, "id": {"S": "00000001"}, "color": {"S": "red"},
        "text": {"S": ""}, "deleted": {"BOOL": false}, "version": {"N": "1"}});
    let name = tables.name("Products");
    let client = tables.client_in_process(move |call| {
        if call.operation == "BatchGetItem" && call.is_eventual(&name) {
            return Rule::Instead(200, json!({"Responses": {&name: [stale]}, "UnprocessedKeys": {}}));
        }
        Rule::Pass
    });
    let things: Table<Thing> = tables.table(&client, "Products", Shards::ONE);
    let cx = request();
    cx.seen.note("thing#00000001", shared::version::Version(2));
    let found = things.get_many(&cx, &[Thing::new(1).id], Consistency::Eventual).await.unwrap();
    assert_eq!(found, [None]);
}
