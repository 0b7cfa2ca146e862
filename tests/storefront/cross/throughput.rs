//! Orders are taken and confirmed at a steady rate. `make test-jobs` runs this test; it is ignored
//! elsewhere because it needs the machine for itself.

use crate::helpers::fixtures;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};
use tests::{
    aws::Aws,
    client::Visitor,
    mailbox::{Mail, Mailbox},
};
use tokio::time::{Instant, interval, sleep};

const A_SECOND: u32 = 20;
const ORDERS: usize = 200;
const PEOPLE: usize = 5;
const ORDER_P50: Duration = Duration::from_millis(50);
const MAIL_P95: Duration = Duration::from_secs(2);

fn percentile(times: &[Duration], of: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[(times.len() * of / 100).min(times.len() - 1)]
}

/// When the mail about each of these orders was sent. Looked up in the end: a look costs the cloud
/// as much as a few orders.
async fn sent(mailbox: &Mailbox, orders: &[String]) -> BTreeMap<String, SystemTime> {
    let start = Instant::now();
    loop {
        let about = |mail: &Mail| Some((mail.subject.rsplit(' ').next()?.to_owned(), mail.sent));
        let sent: BTreeMap<_, _> = mailbox.all().await.iter().filter_map(about).collect();
        if orders.iter().all(|id| sent.contains_key(id)) {
            return sent;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "a mail never came");
        sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
#[ignore = "measures, and so wants the machine to itself: make test-jobs"]
async fn at_twenty_orders_a_second_half_take_less_than_50_ms_and_mails_come_within_two_seconds() {
    let Some(mailbox) = Mailbox::open() else { return };
    let product = fixtures::product().await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        let person = Visitor::new_reader(&mailbox).await;
        // The first environments start here, and are not what is measured.
        person.visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
        people.push(person);
    }
    // Nor is the search index of what was seeded.
    let aws = Aws::connect().await;
    for queue in ["INDEX_QUEUE_URL", "ANALYTICS_QUEUE_URL", "EMAIL_QUEUE_URL"] {
        aws.drained(queue).await;
    }
    let (mut pace, mut orders) = (interval(Duration::from_secs(1) / A_SECOND), Vec::new());
    for n in 0..ORDERS {
        pace.tick().await;
        let (visitor, product) = (people[n % PEOPLE].visitor.clone(), product.clone());
        orders.push(tokio::spawn(async move {
            let start = Instant::now();
            let order = visitor.order(&[(&product, 1)], None).await.ok("an order", 201);
            (order["id"].as_str().unwrap().to_owned(), start.elapsed(), SystemTime::now())
        }));
    }
    let mut taken = Vec::new();
    for order in orders {
        taken.push(order.await.unwrap());
    }
    let ids: Vec<_> = taken.iter().map(|(id, ..)| id.clone()).collect();
    let sent = sent(&mailbox, &ids).await;
    let waited =
        |(id, _, answered): &(String, Duration, SystemTime)| sent[id].duration_since(*answered).unwrap_or_default();
    let mailed: Vec<_> = taken.iter().map(waited).collect();
    let took: Vec<_> = taken.iter().map(|(_, took, _)| *took).collect();
    let (p50, p95, mail) = (percentile(&took, 50), percentile(&took, 95), percentile(&mailed, 95));
    println!("{ORDERS} orders at {A_SECOND} a second: p50 {p50:?}, p95 {p95:?}; mails: p95 {mail:?}");
    assert!(p50 < ORDER_P50 && mail < MAIL_P95, "orders: p50 {p50:?}; mails: p95 {mail:?}");
}
