//! Messages between functions: what they look like, and how they get onto a queue.
//!
//! Queues here are standard ones: at least once, in any order. So a message says what happened, in an [`Envelope`] whose
//! id is made from what it is about. The same event sent twice is the same id twice, and the consumer's idempotency
//! record ([`crate::idempotency`]) drops the second; a queue's own message id would let it pass.
//!
//! * [`Queue`] sends messages of one type; [`Outbox`] is the part below it, without types, that the relay uses too.
//! * [`Inbox`] is what a consumer asks of the queue that it reads: wait longer, or bury.
//! * [`DeadLetters`] is what a person asks of a dead-letter queue.
//! * [`Sealed`] is a message as it comes: its envelope is read, its body is not.
//! * [`Delivery`] and [`Failed`] are what a consumer is told of a message, and what it answers.

mod dead;
mod delivery;
mod envelope;
mod failed;
mod inbox;
mod outbox;
mod pack;

pub use dead::{DeadLetters, Driven, Letter, QueueError};
pub use delivery::Delivery;
pub use envelope::{Closed, Envelope, Message, Sealed, Unreadable};
pub use failed::Failed;
pub use inbox::{Burial, Inbox, Wait};
pub use outbox::{Outbox, Outgoing, Unsent};

use crate::{config::ConfigError, config::Vars, context::Cx};
use aws_config::SdkConfig;
use std::marker::PhantomData;

/// A queue of one type of message.
#[derive(Debug)]
pub struct Queue<M> {
    outbox: Outbox,
    url: String,
    message: PhantomData<fn(M)>,
}

impl<M> Clone for Queue<M> {
    fn clone(&self) -> Self {
        Self { outbox: self.outbox.clone(), url: self.url.clone(), message: PhantomData }
    }
}

impl<M: Message> Queue<M> {
    /// The queue at `url`.
    pub fn new(outbox: &Outbox, url: impl Into<String>) -> Self {
        Self { outbox: outbox.clone(), url: url.into(), message: PhantomData }
    }

    /// The queue whose URL is in `variable`.
    pub fn from_vars(sdk: &SdkConfig, vars: &Vars, variable: &str) -> Result<Self, ConfigError> {
        Ok(Self::new(&Outbox::new(sdk), vars.required(variable)?))
    }

    /// Sends all of them, in as few requests as SQS takes, and returns those that could not be sent: none, when all went
    /// well. What SQS refuses for a passing reason is tried again until shortly before the deadline of `cx`.
    #[must_use = "what was not sent is lost unless somebody sends it again"]
    pub async fn send_all(&self, cx: &Cx, envelopes: &[Envelope<M>]) -> Vec<Unsent> {
        let outgoing: Vec<_> = envelopes.iter().map(Outgoing::of).collect();
        self.outbox.send_all(cx, &self.url, &outgoing).await
    }

    /// Sends one.
    pub async fn send(&self, cx: &Cx, envelope: &Envelope<M>) -> Result<(), Unsent> {
        match self.outbox.send_all(cx, &self.url, &[Outgoing::of(envelope)]).await.pop() {
            None => Ok(()),
            Some(unsent) => Err(unsent),
        }
    }
}
