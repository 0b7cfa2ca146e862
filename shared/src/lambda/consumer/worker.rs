//! The entrance for queues: a batch of messages in, the ones to be delivered again out.
//!
//! Lambda fails a batch as a whole unless told otherwise, so one message that cannot be read would send nine good ones
//! around again until all ten are in the dead-letter queue. Here a message fails alone: a body that cannot be read, a
//! panic and a message that takes too long are that message's outcome, and the answer names exactly what is to come back
//! ("Implementing partial batch responses with Lambda and Amazon SQS", AWS Lambda Developer Guide).
//!
//! # Promises
//! * Order between messages carries no meaning: they run side by side, [`Worker::PARALLEL`] at once.
//! * No message starts that would not have its time before the deadline; what was not started goes back unharmed.
//! * Poison, and a message that failed at its last attempt, is sent to the dead-letter queue with its reason.
//! * One line a message: what it was, which attempt, how old, how it went.
//!
//! A handler that blocks the thread is not interrupted: there is one thread, and it is the handler's.

use crate::{
    app::FromApp,
    context::Cx,
    env::Var,
    queue::{Delivery, Failed, Message},
};
use std::{future::Future, time::Duration};

/// Does one kind of work, a message at a time.
pub trait Worker: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// The variable that holds the URL of the queue it reads. Without it messages do not wait, and none is buried:
    /// the queue's own visibility timeout and redrive policy do both, later.
    const QUEUE: &'static Var;
    /// How many messages of a batch are under way at once.
    const PARALLEL: usize = 10;
    /// The longest that one message may take.
    const LIMIT: Duration = Duration::from_secs(10);
    /// At which failure a message is buried with its reason. The queue's own `maxReceiveCount` is four times that: it counts
    /// deliveries that end in a wait, too.
    const ATTEMPTS: u32 = 5;

    /// What the work needs, made once at init.
    type State: FromApp;
    /// What the queue carries.
    type Message: Message;

    /// Does the work. It may be called again for the same delivery id, at the same time even: see
    /// [`crate::idempotency`].
    fn handle(
        state: &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        message: Self::Message,
    ) -> impl Future<Output = Result<(), Failed>> + Send;
}
