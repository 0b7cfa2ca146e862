//! Messages between functions: what they look like, and how they get onto a queue.
//!
//! The queues are standard queues of SQS, which deliver a message at least once and in any order.
//! So a message travels in an [`Envelope`], whose id is made from the thing that changed and its
//! version. If an event is sent twice, both messages have the same id, and the consumer's
//! idempotency record ([`crate::idempotency`]) makes the second one do nothing. SQS' own message
//! ids differ, so they could not do that.
//!
//! * [`Outbox`] sends messages to any queue.
//! * [`Inbox`] is a consumer's side of its queue: it lets messages wait longer, or buries them.
//! * [`DeadLetters`] lists the messages of a dead-letter queue for a person, and sends them back.
//! * [`Sealed`] is a message as it was received: its envelope is read, its body is not.
//! * [`Delivery`] describes a message to its consumer, and [`Failed`] is the consumer's answer when
//!   it could not do the work.

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
