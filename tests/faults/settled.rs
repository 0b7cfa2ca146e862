//! What is so when everything is well again.

use crate::people::Person;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tests::mailbox::Mailbox;
use tokio::time::sleep;

/// How long the last mail may take: a job that failed three times has waited for 215 seconds.
const PATIENCE: Duration = Duration::from_mins(4);

/// Each order that was confirmed is there, once, and there is no other.
pub(crate) async fn orders(people: &[Arc<Person>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for person in people {
        let (stored, known) = (person.stored().await, person.known());
        let (set, confirmed) = (BTreeSet::from_iter(&stored), BTreeSet::from_iter(&known));
        if person.unknown() > 0 {
            wrong.push(format!("{} orders of {} were never answered", person.unknown(), person.email));
        }
        if set != confirmed || stored.len() != known.len() {
            let lost: Vec<_> = confirmed.difference(&set).collect();
            let more: Vec<_> = set.difference(&confirmed).collect();
            wrong.push(format!("{}: {} orders; lost {lost:?}, unasked {more:?}", person.email, stored.len()));
        }
    }
    wrong
}

/// Each order has one mail, to whoever placed it.
pub(crate) async fn mails(people: &[Arc<Person>]) -> Vec<String> {
    let mailbox = Mailbox::open().expect("the emulator's mailbox");
    let (started, orders) = (Instant::now(), people.iter().map(|person| person.known().len()).sum::<usize>());
    loop {
        let (mut wrong, mut there) = (Vec::new(), 0);
        let mut sent = BTreeMap::<String, Vec<String>>::new();
        for mail in mailbox.all().await.into_iter().filter(|mail| mail.subject.starts_with("Your order ")) {
            let id = mail.subject.rsplit(' ').next().unwrap_or_default().to_owned();
            sent.entry(id).or_default().extend(mail.to);
        }
        for person in people {
            for id in person.known() {
                match sent.get(&id).map(Vec::as_slice) {
                    Some([to]) if *to == person.email => there += 1,
                    Some(others) => wrong.push(format!("order {id} of {} was told to {others:?}", person.email)),
                    None => {}
                }
            }
        }
        if there + wrong.len() == orders || started.elapsed() > PATIENCE {
            eprintln!("{there} of {orders} mails after {:.1?}", started.elapsed());
            if there < orders {
                wrong.push(format!("{there} of {orders} orders had their mail after {PATIENCE:?}"));
            }
            return wrong;
        }
        sleep(Duration::from_millis(500)).await;
    }
}
