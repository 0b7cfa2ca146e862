//! The users table's stream: an account that was opened is an event. The guards of addresses are in the same table and
//! are nobody's business.

use super::{EMAIL_QUEUE, TO_EMAIL};
use crate::{events::Event, users::User};
use shared::{
    lambda::{Change, Post, Relay, What},
    queue::Unreadable,
};

/// Tells the workers about accounts.
pub struct RelayUsers;

impl Relay for RelayUsers {
    const NAME: &'static str = "relay-users";
    const OUTLETS: &'static [&'static str] = &[EMAIL_QUEUE];

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        if change.what != What::Created || !change.pk.starts_with("user#") {
            return Ok(vec![]);
        }
        match change.after::<User>()? {
            Some(user) => Ok(vec![TO_EMAIL.post(change, Event::AccountOpened { user_id: user.id })?]),
            None => Ok(vec![]),
        }
    }
}
