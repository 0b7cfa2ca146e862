//! The entrance for table streams: what changed in a table becomes events on queues.
//!
//! The stream is the outbox. A request writes its item and nothing else; that it was written is in the stream whatever
//! happens to the request after, so there is no second write that can be lost. One relay reads one table's stream, since a
//! shard of it takes two readers at most, and fans out.
//!
//! # Promises
//! * What was written is sent at least once. A batch of which something could not be sent comes back from there on:
//!   the lowest sequence number that is reported is the checkpoint ("Partial batch response with DynamoDB and Lambda",
//!   AWS Lambda Developer Guide).
//! * An event's id is its item's key and version and its kind: the same change sent twice is the same id twice.
//! * A record that cannot be read does not block its shard: it goes to the relay's dead-letter queue, bytes and reason.

use super::change::Change;
use crate::{
    env::Var,
    queue::{Envelope, Message, Outgoing, Unreadable},
};
use std::marker::PhantomData;

/// Says what the changes of one table mean.
pub trait Relay: 'static {
    /// The function's name.
    const NAME: &'static str;
    /// The variables that hold the URLs of the queues that [`events`](Self::events) sends to; all must be set.
    const OUTLETS: &'static [&'static Var];

    /// The events of one change; often none. An error sends the record to the dead-letter queue, so an item that is
    /// merely of no interest is an empty list.
    fn events(change: &Change) -> Result<Vec<Post>, Unreadable>;
}

/// A queue as a relay names it: bound to what it carries.
#[derive(Debug)]
pub struct Outlet<M> {
    variable: &'static Var,
    message: PhantomData<fn(M)>,
}

impl<M: Message> Outlet<M> {
    /// The queue whose URL is in `variable`.
    pub const fn new(variable: &'static Var) -> Self {
        Self { variable, message: PhantomData }
    }

    /// `body`, as what `change` caused: the id is made from the change.
    pub fn post(&self, change: &Change, body: M) -> Result<Post, Unreadable> {
        let envelope = Envelope::about(&change.key(), change.version()?, change.at, body);
        Ok(Post { outlet: self.variable.name, outgoing: Outgoing::of(&envelope) })
    }
}

/// An event on its way to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    pub(super) outlet: &'static str,
    pub(super) outgoing: Outgoing,
}

impl Post {
    /// The event's id.
    pub fn id(&self) -> &str {
        &self.outgoing.id
    }
}
