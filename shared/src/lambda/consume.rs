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

use super::{
    batch_event,
    consume_batch::Consumer,
    runtime::{Raw, Timeout, run},
};
use crate::{
    app::{App, FromApp},
    context::Cx,
    queue::{Delivery, Failed, Message},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use std::{future::Future, process::ExitCode, sync::Arc, time::Duration};

/// Does one kind of work, a message at a time.
pub trait Worker: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// The variable that holds the URL of the queue it reads. Without it messages do not wait, and none is buried:
    /// the queue's own visibility timeout and redrive policy do both, later.
    const QUEUE: &'static str;
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

/// The variable that holds the URL of the dead-letter queue behind a worker's queue.
pub const DEAD_LETTERS: &str = "DLQ_URL";

/// Runs the worker `W` as a Lambda function: init, then one batch after another. The whole of a binary's `main`.
pub fn consume<W: Worker>() -> ExitCode {
    run(W::NAME, async {
        let app = App::from_env()?;
        let (timeout, consumer) = (Timeout::from_vars(app.vars())?, Arc::new(Consumer::<W>::from_app(&app).await?));
        let handler = service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Raw>| {
            let consumer = Arc::clone(&consumer);
            async move {
                let left = timeout.left(&context);
                let messages = batch_event::messages(W::NAME, &context.request_id, payload.get())?;
                Ok::<_, Error>(consumer.batch(&context.request_id, left, messages).await)
            }
        });
        lambda_runtime::run(handler).await
    })
}
