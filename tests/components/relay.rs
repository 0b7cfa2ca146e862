//! The relay sends the changes in a table's stream to queues.

use crate::helpers::{Happened, START, TIME};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    app::App,
    clock::Clock,
    config::Vars,
    env::Var,
    lambda::{Change, ChangeKind, Destination, Relay, RelayedEvent, Relayer},
    queue::Unreadable,
};
use std::sync::Arc;
use tests::sqs::{Fault, Queues};

const MAILS_QUEUE: &Var = &Var::required("MAILS_QUEUE_URL");
const COUNTS_QUEUE: &Var = &Var::required("COUNTS_QUEUE_URL");
const MAILS: Destination<Happened> = Destination::new(MAILS_QUEUE);
const COUNTS: Destination<Happened> = Destination::new(COUNTS_QUEUE);

/// Tells two queues what was created.
pub(crate) struct Tells;

#[derive(Deserialize)]
struct Thing {
    thing: String,
}

impl Relay for Tells {
    const NAME: &'static str = "tells";
    const DESTINATIONS: &'static [&'static Var] = &[MAILS_QUEUE, COUNTS_QUEUE];

    fn events(change: &Change) -> Result<Vec<RelayedEvent>, Unreadable> {
        let Some(Thing { thing }) = change.after()? else { return Ok(vec![]) };
        assert_ne!(thing, "panic");
        if change.kind != ChangeKind::Created {
            return Ok(vec![]);
        }
        let body = Happened { thing };
        Ok(vec![MAILS.event(change, body.clone())?, COUNTS.event(change, body)?])
    }
}

pub(crate) fn relayer(clock: &Clock, queues: &Arc<Queues>) -> Relayer<Tells> {
    let url = |name: &str| format!("http://in.process/{name}");
    let vars = [("MAILS_QUEUE_URL", "mails"), ("COUNTS_QUEUE_URL", "counts"), ("RELAY_DLQ_URL", "relay-dlq")];
    let vars = Vars::from_pairs(vars.map(|(variable, name)| (variable, url(name))));
    Relayer::from_app(&App::new(vars, clock.clone(), queues.sdk())).unwrap()
}

pub(crate) fn created(thing: &str, number: usize) -> Value {
    record("INSERT", &json!({"thing": {"S": thing}, "version": {"N": "1"}}), number)
}

fn record(name: &str, image: &Value, number: usize) -> Value {
    let thing = image["thing"]["S"].as_str().unwrap_or("none");
    json!({
        "awsRegion": "eu-central-1", "eventID": number.to_string(), "eventName": name,
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0, "Keys": {"pk": {"S": format!("thing#{thing}")}},
            "NewImage": image, "SequenceNumber": format!("{number:021}"), "SizeBytes": 26,
        },
    })
}

/// Hands records to the relay; the number of the record from which on they are to come again.
async fn invoke(relayer: &Relayer<Tells>, records: &[Value]) -> Option<usize> {
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let answer = serde_json::to_value(relayer.batch("request", TIME, event).await).unwrap();
    let first = answer["batchItemFailures"].as_array().unwrap().first()?["itemIdentifier"].clone();
    records.iter().position(|r| r["dynamodb"]["SequenceNumber"] == first)
}

#[tokio::test]
async fn a_change_is_one_event_on_each_queue_and_the_same_id_whenever_it_is_sent() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let relayer = relayer(&clock, &queues);
    let changed = record("MODIFY", &json!({"thing": {"S": "a"}, "version": {"N": "2"}}), 2);
    let records = [created("a", 1), changed, created("b", 3)];
    assert_eq!(invoke(&relayer, &records).await, None);
    assert_eq!(invoke(&relayer, &records).await, None);
    let ids = |queue: &str| -> Vec<String> {
        let all = queues.messages(queue).into_iter();
        all.map(|m| serde_json::from_str::<Value>(&m.body).unwrap()["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("mails"), ["thing#a@1:happened", "thing#b@1:happened", "thing#a@1:happened", "thing#b@1:happened"]);
    assert_eq!(ids("counts"), ids("mails"));
    assert_eq!(queues.messages("mails")[0].body, crate::helpers::json_of("a"), "the time is the change's");
}

#[tokio::test]
async fn what_it_cannot_read_goes_to_its_dead_letters_and_blocks_nobody() {
    let clock = Clock::manual(START);
    let queues = Queues::new(&clock);
    let unread = record("INSERT", &json!({"thing": {"N": "7"}, "version": {"N": "1"}}), 2);
    let unversioned = record("INSERT", &json!({"thing": {"S": "b"}}), 3);
    let records =
        [created("a", 1), unread.clone(), unversioned, created("panic", 4), json!({"dynamodb": 5}), created("c", 6)];
    assert_eq!(invoke(&relayer(&clock, &queues), &records).await, None);
    assert_eq!(queues.messages("mails").len(), 2);
    let letters: Vec<Value> =
        queues.messages("relay-dlq").iter().map(|m| serde_json::from_str(&m.body).unwrap()).collect();
    assert_eq!(letters[0]["record"], unread, "its bytes");
    let reasons: Vec<_> = letters.iter().map(|l| l["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].starts_with("new image: "), "{reasons:?}");
    assert!(reasons[1].contains("version") && reasons[2].starts_with("panicked: "), "{reasons:?}");
    assert!(reasons[3].starts_with("record: "), "{reasons:?}");
}

#[tokio::test]
async fn what_was_not_sent_comes_again_from_there_on() {
    let clock = Clock::manual(START);
    let mut sends = 0;
    // The first request of each queue is done, the second never: the SDK tries three times, the
    // relay until its time is up.
    let queues = Queues::with(&clock, move |_| {
        sends += 1;
        if sends > 2 { Fault::Before } else { Fault::None }
    });
    let relayer = relayer(&clock, &queues);
    let records: Vec<_> = (0..15).map(|n| created(&n.to_string(), n)).collect();
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let answer = relayer.batch("request", std::time::Duration::from_secs(2), event).await;
    let answer = serde_json::to_value(answer).unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "one checkpoint");
    assert!(
        ["000000000000000000000", "000000000000000000010"].map(Value::from).contains(&failures[0]["itemIdentifier"])
    );
}

#[tokio::test]
async fn a_dead_letter_that_cannot_be_sent_is_not_lost() {
    let clock = Clock::manual(START);
    let queues = Queues::with(&clock, |_| Fault::Before);
    let records = [record("MODIFY", &json!({"thing": {"S": "a"}}), 1), json!({"dynamodb": {"SequenceNumber": "2"}})];
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let answer = relayer(&clock, &queues).batch("request", std::time::Duration::from_secs(1), event).await;
    assert_eq!(serde_json::to_value(answer).unwrap()["batchItemFailures"][0]["itemIdentifier"], "2");
}
