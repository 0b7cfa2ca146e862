//! How the changes of a table become events on queues.
//!
//! The stream is the outbox. A request only writes its item; the change is then in the stream,
//! whatever happens to the request, so there is no second write that can be lost. One relay reads
//! the stream of a table and sends events to several queues, because a shard of a stream allows
//! only two readers.
//!
//! # Promises
//! * Each change is sent at least once. If a record could not be sent, the batch comes back from
//!   that record on: the lowest sequence number that is reported is the checkpoint ("Partial batch
//!   response with DynamoDB and Lambda", AWS Lambda Developer Guide).
//! * An event's id consists of the item's key and version and the kind of the event. So a change
//!   that is sent twice has the same id twice.
//! * A record that cannot be read does not block its shard. It goes to the relay's dead-letter
//!   queue with the reason.

use super::change::Change;
use crate::{
    env::Var,
    queue::{Envelope, Message, Outgoing, Unreadable},
};
use std::marker::PhantomData;

/// Maps the changes of one table to events.
pub trait Relay: 'static {
    /// The function's name.
    const NAME: &'static str;
    /// The variables that hold the URLs of the queues that [`events`](Self::events) sends to; all
    /// must be set.
    const DESTINATIONS: &'static [&'static Var];

    /// The events of one change; often none. An error sends the record to the dead-letter queue, so
    /// return an empty list for a change without events.
    fn events(change: &Change) -> Result<Vec<RelayedEvent>, Unreadable>;
}

/// A queue to which a relay sends, with the type of its messages.
#[derive(Debug)]
pub struct Destination<M> {
    variable: &'static Var,
    message: PhantomData<fn(M)>,
}

impl<M: Message> Destination<M> {
    /// The queue whose URL is in `variable`.
    pub const fn new(variable: &'static Var) -> Self {
        Self { variable, message: PhantomData }
    }

    /// An event about `change` for this queue. Its id is made from the change.
    pub fn event(&self, change: &Change, body: M) -> Result<RelayedEvent, Unreadable> {
        let envelope = Envelope::about(&change.key(), change.version()?, change.at, body);
        Ok(RelayedEvent { destination: self.variable.name, outgoing: Outgoing::of(&envelope) })
    }
}

/// An event with its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayedEvent {
    pub(super) destination: &'static str,
    pub(super) outgoing: Outgoing,
}

impl RelayedEvent {
    /// The event's id.
    pub fn id(&self) -> &str {
        &self.outgoing.id
    }
}
