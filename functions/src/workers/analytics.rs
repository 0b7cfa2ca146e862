//! Analytics: counts each order once.
//!
//! The worker counts three things, each in its own transactions with its own idempotency records.
//! One transaction would be too small: an order of fifty lines adds fifty sales, twenty-eight pairs
//! and a summary. A message is done when all three are counted.

use super::queues;
use crate::{
    analytics::{
        co_purchases::{CoPurchases, pairs},
        sales::Sales,
        summaries::Summaries,
    },
    events::UserEvent,
};
use futures_util::future::join3;
use shared::{
    context::Cx,
    env::Var,
    idempotency::Idempotency,
    lambda::BatchWorker,
    queue::{Delivery, Failed},
    table::Write,
};

/// Counts orders.
pub struct Analytics;

/// The result of each message of a batch.
type Fates = Vec<Result<(), Failed>>;

impl BatchWorker for Analytics {
    const NAME: &'static str = "analytics";
    const QUEUE: &'static Var = queues::ANALYTICS_QUEUE_URL;
    type State = (Idempotency, Sales, (CoPurchases, Summaries));
    type Message = UserEvent;

    async fn handle(
        (once, sales, (together, summaries)): &Self::State,
        cx: &Cx,
        batch: &[(Delivery, UserEvent)],
    ) -> Fates {
        let orders: Vec<_> = batch.iter().map(|(_, event)| event.order()).collect();
        let chosen = |fresh: &[usize]| fresh.iter().filter_map(|&at| orders[at]).collect::<Vec<_>>();
        let (sold, paired, summed) = join3(
            count(once, cx, "analytics-sales", batch, |fresh| sales.counting(chosen(fresh))),
            count(once, cx, "analytics-together", batch, |fresh| together.counting(chosen(fresh))),
            count(once, cx, "analytics-summary", batch, |fresh| summaries.counting(chosen(fresh), cx.clock.now())),
        )
        .await;
        // Include orders that were counted before: that worker may have died before this step.
        let counted = orders.iter().zip(&paired).filter(|(_, fate)| fate.is_ok()).filter_map(|(order, _)| *order);
        let listed = together.refresh(cx, &counted.flat_map(pairs).collect()).await;
        let listed = orders.iter().map(|order| match (&listed, order) {
            (Ok(behind), Some(order)) if order.items.iter().any(|line| behind.contains(&line.product_id)) => {
                Err(Failed::retry("others keep changing a list"))
            }
            (Err(error), Some(_)) => Err(Failed::retry(error)),
            _ => Ok(()),
        });
        let fates = sold.into_iter().zip(paired).zip(summed).zip(listed);
        fates.map(|(((sold, paired), summed), listed)| sold.and(paired).and(summed).and(listed)).collect()
    }
}

/// Counts one of the three things, under the records of `consumer`.
async fn count(
    once: &Idempotency,
    cx: &Cx,
    consumer: &'static str,
    batch: &[(Delivery, UserEvent)],
    effects: impl Fn(&[usize]) -> Vec<Write>,
) -> Fates {
    let deliveries: Vec<_> = batch.iter().map(|(delivery, _)| Delivery { consumer, ..delivery.clone() }).collect();
    once.transact_all(cx, &deliveries.iter().collect::<Vec<_>>(), effects).await
}
