//! Two writers change one item.

use super::{Note, Thing, patient};
use futures_util::future::join_all;
use shared::{
    table::{Attribute, Condition, Consistency, Reason, Shards, TableError},
    version::Version,
};
use tests::dynamo::Tables;

#[tokio::test]
async fn of_two_concurrent_updates_one_wins_and_the_other_is_told_the_current_version() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", Shards::ONE);
    let first = Thing::new(1);
    things.create(&cx, &first).await.unwrap();
    let (a, b) = (first.next("a"), first.next("b"));
    let (x, y) = tokio::join!(things.replace(&cx, &a, first.version), things.replace(&cx, &b, first.version));
    let (winner, lost) = if x.is_ok() { (a, y) } else { (b, x) };
    assert!(matches!(lost, Err(TableError::Conflict { current: Some(Version(2)) })), "{lost:?}");
    assert_eq!(things.get(&cx, &winner.id, Consistency::Strong).await.unwrap(), Some(winner));
}

#[tokio::test]
async fn creating_what_exists_and_replacing_what_does_not_are_conflicts() {
    let (tables, cx) = (Tables::new(), patient());
    let things = tables.table::<Thing>(&tables.client(), "Products", Shards::ONE);
    let thing = Thing::new(1);
    let missing = things.replace(&cx, &thing.next("x"), thing.version).await;
    assert!(matches!(missing, Err(TableError::Conflict { current: None })), "{missing:?}");
    things.create(&cx, &thing).await.unwrap();
    things.replace(&cx, &thing.tombstone(), thing.version).await.unwrap();
    let again = things.create(&cx, &thing).await;
    assert!(matches!(again, Err(TableError::Conflict { current: Some(Version(2)) })), "a tombstone stays: {again:?}");
}

#[tokio::test]
async fn of_200_creations_with_one_guard_one_wins_and_199_hear_why_not() {
    let tables = Tables::new();
    let client = tables.client();
    let things = tables.table::<Thing>(&client, "Users", Shards::ONE);
    let guards = tables.table::<Note>(&client, "Orders", Shards::ONE);
    let tries = (0..200).map(|n| {
        let (client, guards, things) = (&client, &guards, &things);
        async move {
            let guard = guards.creating(&Note::new("guard", 1));
            client.transact(&patient(), vec![guard, things.creating(&Thing::new(n))]).await
        }
    });
    let mut won = 0;
    for result in join_all(tries).await {
        match result {
            Ok(()) => won += 1,
            Err(TableError::Cancelled(reasons)) => {
                let [Reason::Condition(Some(found)), Reason::None] = &reasons[..] else { panic!("{reasons:?}") };
                assert_eq!(found.read::<Note>().unwrap(), Note::new("guard", 1));
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(won, 1);
    let keys: Vec<_> = (0..200).map(|n| Thing::new(n).id).collect();
    let found = things.get_many(&patient(), &keys, Consistency::Strong).await.unwrap();
    assert_eq!(found.iter().flatten().count(), 1, "the losers left nothing behind");
}

#[tokio::test]
async fn a_transaction_notes_what_it_wrote_and_checks_what_it_read() {
    let (tables, cx) = (Tables::new(), patient());
    let client = tables.client();
    let things = tables.table::<Thing>(&client, "Products", Shards::ONE);
    let (a, b) = (Thing::new(1), Thing::new(2));
    things.create(&cx, &a).await.unwrap();
    let write = vec![things.checking(&a.id, &Condition::At(a.version)), things.creating(&b)];
    client.transact(&cx, write).await.unwrap();
    assert_eq!(cx.seen.least("thing#00000002"), Version::FIRST);
    things.replace(&cx, &a.next("x"), a.version).await.unwrap();
    let stale = vec![things.checking(&a.id, &Condition::At(a.version)), things.replacing(&b.next("y"), b.version)];
    let error = client.transact(&cx, stale).await.unwrap_err();
    assert!(!error.is_busy());
    assert_eq!(error.to_string(), "the transaction was cancelled: condition failed at 2, fine");
    client.transact(&cx, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_record_that_is_over_counts_as_absent_and_a_fence_keeps_others_out() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Record {
        token: String,
        expires_at: i64,
    }
    impl shared::version::Versioned for Record {
        fn version(&self) -> Version {
            Version::FIRST
        }
    }
    impl shared::table::Item for Record {
        const TABLE: shared::table::TableSpec =
            shared::table::TableSpec::new(&shared::env::Var::required("TESTS_TABLE"));
        type Key = ();
        fn key_of((): &()) -> shared::table::Key {
            shared::table::Key::simple("record")
        }
        fn key(&self) -> shared::table::Key {
            Self::key_of(&())
        }
    }
    let (tables, cx) = (Tables::new(), patient());
    let records = tables.table::<Record>(&tables.client(), "Once", Shards::ONE);
    let record = |token: &str, expires_at| Record { token: token.to_owned(), expires_at };
    records.put(&cx, &record("a", 100), &Condition::AbsentOrExpired(50)).await.unwrap();
    assert!(records.put(&cx, &record("b", 200), &Condition::AbsentOrExpired(99)).await.is_err());
    records.put(&cx, &record("b", 200), &Condition::AbsentOrExpired(100)).await.unwrap();
    let holds = |token: &str| Condition::Holds("token", Attribute::Text(token.to_owned()));
    assert!(records.put(&cx, &record("a", 300), &holds("a")).await.is_err());
    assert!(records.delete_if(&cx, &(), &holds("a")).await.is_err());
    records.delete_if(&cx, &(), &holds("b")).await.unwrap();
    assert!(records.put(&cx, &record("c", 400), &Condition::Present).await.is_err());
    records.delete(&cx, &()).await.unwrap();
    assert_eq!(records.get(&cx, &(), Consistency::Strong).await.unwrap(), None);
}
