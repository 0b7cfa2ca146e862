//! Mails while the signing keys cannot be read.

use crate::{
    helpers::START,
    pipeline::{
        Pipeline,
        orders::{person, placed},
    },
    routes::signing_keys::publish,
};
use functions::{accounts::links::Purpose, events::UserEvent};
use shared::{queue::Envelope, version::Version};
use std::time::Duration;

#[tokio::test]
async fn a_mail_without_a_link_is_sent_and_one_with_a_link_waits_for_the_key() {
    let pipeline = Pipeline::keyless().await;
    pipeline.open_accounts(1).await;
    let at = jiff::Timestamp::from_millisecond(START).unwrap();
    let asked = UserEvent::LinkRequested { user_id: person(0), purpose: Purpose::Reset };
    let ordered = UserEvent::OrderPlaced(placed(0, START, &[(1, 1)]).into());
    for (thing, event) in [("link", asked), ("order", ordered)] {
        pipeline.queues.push("email", Envelope::about(thing, Version(1), at, event).to_json().unwrap());
    }
    pipeline.drain("email").await;
    assert_eq!(pipeline.mailbox.total(), 1, "the order's");
    assert_eq!(pipeline.queues.messages("email").len(), 1, "the link's is to come again");
    publish(pipeline.tables(), 1).await;
    // The worker does not ask for the key with each mail.
    tokio::time::sleep(Duration::from_millis(600)).await;
    pipeline.clock.advance(Duration::from_secs(10));
    pipeline.drain("email").await;
    assert_eq!(pipeline.mailbox.total(), 2);
    assert!(pipeline.queues.messages("email").is_empty() && pipeline.queues.messages("email-dlq").is_empty());
}
