//! Messages reach a queue although it refuses parts of a batch.

use crate::helpers::{Happened, START, happened, json_of};
use shared::{
    clock::Clock,
    context::Cx,
    queue::{Envelope, Outbox, Outgoing, Unsent},
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tests::sqs::{Fault, Queues};

async fn send_all(queues: &Arc<Queues>, cx: &Cx, envelopes: &[Envelope<Happened>]) -> Vec<Unsent> {
    let outgoing: Vec<_> = envelopes.iter().map(Outgoing::of).collect();
    Outbox::new(&queues.sdk()).send_all(cx, "http://in.process/mails", &outgoing).await
}

#[tokio::test]
async fn what_a_batch_left_behind_is_sent_again_and_nothing_else() {
    let clock = Clock::manual(START);
    let mut requests = 0;
    let queues = Queues::with(&clock, move |_| {
        requests += 1;
        if requests % 2 == 1 { Fault::Half } else { Fault::None }
    });
    let envelopes: Vec<_> = (0..33).map(|n| happened(&n.to_string())).collect();
    assert_eq!(send_all(&queues, &Cx::detached(), &envelopes).await, []);
    let bodies: Vec<_> = queues.messages("mails").into_iter().map(|m| m.body).collect();
    assert_eq!(bodies.len(), 33, "none twice");
    assert_eq!(bodies.into_iter().collect::<BTreeSet<_>>(), (0..33).map(|n| json_of(&n.to_string())).collect());
}

#[tokio::test]
async fn with_the_queue_gone_the_sender_ends_before_its_deadline_and_names_all() {
    let queues = Queues::with(&Clock::manual(START), |_| Fault::Before);
    let cx = Cx::new(Clock::system(), "request", Duration::from_secs(2));
    let envelopes: Vec<_> = (0..12).map(|n| happened(&n.to_string())).collect();
    let unsent = send_all(&queues, &cx, &envelopes).await;
    assert!(!cx.time_left().is_zero());
    assert_eq!(unsent.iter().map(|u| u.index).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    assert!(unsent.iter().all(|u| !u.permanent && u.id.ends_with(":happened")));
}

#[tokio::test]
async fn what_no_request_can_hold_is_named_at_once_and_the_rest_is_sent() {
    let queues = Queues::new(&Clock::manual(START));
    let large = |n: usize| -> Envelope<_> { happened(&"x".repeat(n)) };
    let envelopes = [large(10), large(1_100_000), large(240_000), large(240_000), large(240_000), large(10)];
    let unsent = send_all(&queues, &Cx::detached(), &envelopes).await;
    assert_eq!(unsent.iter().map(|u| (u.index, u.permanent)).collect::<Vec<_>>(), [(1, true)]);
    assert_eq!(queues.messages("mails").len(), 5);
}
