//! A worker that handles one message at a time.
//!
//! By default, Lambda fails a batch as a whole: one unreadable message would send nine good ones
//! around again, until all ten are in the dead-letter queue. Here each message fails alone. An
//! unreadable body, a panic or a timeout is the outcome of one message, and the answer names
//! exactly the messages to deliver again ("Implementing partial batch responses with Lambda and
//! Amazon SQS", AWS Lambda Developer Guide).
//!
//! # Promises
//! * Messages run in parallel, [`Worker::PARALLEL`] at once, and in no order.
//! * A message starts only if it has its full time before the deadline. A message that was not
//!   started goes back to the queue, and that does not count as a failure.
//! * Poison, and a message that failed at its last attempt, goes to the dead-letter queue with the
//!   reason.
//! * Each message writes one log line: what it was, which attempt, how old, and its outcome.
//!
//! # Costs
//! A handler that blocks the thread cannot be interrupted, because there is only one thread.

use crate::{
    app::FromApp,
    context::Cx,
    env::Var,
    queue::{Delivery, Failed, Message},
};
use std::{future::Future, time::Duration};

/// Does one kind of work, one message at a time.
pub trait Worker: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// The variable that holds the URL of the worker's queue. If it is not set, the worker neither
    /// sets pauses nor buries messages; the queue's visibility timeout and redrive policy do both,
    /// later.
    const QUEUE: &'static Var;
    /// How many messages of a batch are under way at once.
    const PARALLEL: usize = 10;
    /// The longest time that one message may take.
    const LIMIT: Duration = Duration::from_secs(10);
    /// The failure at which a message is buried with its reason. The queue's own `maxReceiveCount`
    /// is four times as high, because it also counts deliveries that end in a wait.
    const ATTEMPTS: u32 = 5;

    /// What the work needs. It is made once, at init.
    type State: FromApp;
    /// The type of the messages on the queue.
    type Message: Message;

    /// Does the work. It may be called again for the same delivery id, even at the same time: see
    /// [`crate::idempotency`].
    fn handle(
        state: &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        message: Self::Message,
    ) -> impl Future<Output = Result<(), Failed>> + Send;
}
