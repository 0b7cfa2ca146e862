//! Numbers that the code and the templates both need.

use crate::{
    sources::read,
    template::{functions, seconds},
};
use functions::workers::{Analytics, Forget, Index, SendEmail};
use shared::{
    idempotency::CONSUMERS,
    lambda::{BatchWorker, Worker},
    mail::ENVIRONMENTS,
};

/// The workers that a queue feeds, each with its number of failures until a message is buried.
fn workers() -> [(&'static str, u32); 4] {
    [
        ("Email", SendEmail::ATTEMPTS),
        ("Analytics", Analytics::ATTEMPTS),
        ("Forget", Forget::ATTEMPTS),
        ("Index", Index::ATTEMPTS),
    ]
}

/// The number behind `key:` in a resource of a template.
fn number(template: &str, resource: &str, key: &str) -> u64 {
    let (_, rest) = template.split_once(&format!("\n  {resource}:\n")).unwrap_or_else(|| panic!("no {resource}"));
    let end = rest.find("\n\n").unwrap_or(rest.len());
    let (_, value) = rest[..end].split_once(&format!("{key}: ")).unwrap_or_else(|| panic!("{resource}: no {key}"));
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// "Configuring an SQS event source mapping", AWS Lambda Developer Guide: six times the timeout.
#[test]
fn a_queue_hides_a_message_for_six_times_its_workers_timeout() {
    let template = read("template.yaml");
    for (worker, _) in workers() {
        let function = functions().into_iter().find(|function| function.id == worker).unwrap();
        let visibility = seconds(&template, &format!("{worker}Visibility"));
        assert_eq!(visibility, Some(6 * function.timeout), "{worker}");
    }
}

/// The queue counts deliveries that end in a wait, too: it must not bury a message before its
/// worker.
#[test]
fn a_queue_delivers_a_message_more_often_than_its_worker_lets_it_fail() {
    for (worker, attempts) in workers() {
        let deliveries = number(&read("infra/queues.yaml"), worker, "maxReceiveCount");
        assert!(deliveries >= 4 * u64::from(attempts), "{worker}: {deliveries}");
    }
}

#[test]
fn the_rate_of_mails_is_divided_among_as_many_environments_as_send_them() {
    let template = read("template.yaml");
    assert_eq!(number(&template, "EmailSource", "MaximumConcurrency"), u64::from(ENVIRONMENTS));
}

/// A message may wait on its queue, among the dead letters, and, once it was sent back, on its
/// queue again.
#[test]
fn a_consumers_record_outlives_every_way_of_its_message() {
    let queues = read("infra/queues.yaml");
    for (worker, _) in workers() {
        let kept = |resource: &str| number(&queues, resource, "MessageRetentionPeriod");
        let way = 2 * kept(worker) + kept(&format!("{worker}DeadLetters"));
        assert!(way < CONSUMERS.as_secs(), "{worker}: {way} s");
    }
}
