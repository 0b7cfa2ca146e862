//! Relays the users table's stream: a new account, a change of an account, and a request for a link
//! each become an event. The guards of addresses, in the same table, do not.

use super::{TO_EMAIL, TO_FORGET, queues};
use crate::{
    accounts::{
        link_requests::{self, LinkRequest},
        users::{StoredUser, User},
    },
    events::{Changed, UserEvent},
};
use shared::{
    env::Var,
    lambda::{Change, ChangeKind, Relay, RelayedEvent},
    queue::Unreadable,
    version::Versioned as _,
};

/// Sends events about accounts to the workers.
pub struct RelayUsers;

impl Relay for RelayUsers {
    const NAME: &'static str = "relay-users";
    const DESTINATIONS: &'static [&'static Var] = &[queues::EMAIL_QUEUE_URL, queues::FORGET_QUEUE_URL];

    fn events(change: &Change) -> Result<Vec<RelayedEvent>, Unreadable> {
        if change.pk.starts_with(link_requests::PREFIX) {
            let Some(LinkRequest { purpose, user: Some(user_id), .. }) = change.after()? else { return Ok(vec![]) };
            return Ok(vec![TO_EMAIL.event(change, UserEvent::LinkRequested { user_id, purpose })?]);
        }
        let Some(stored) = change.pk.starts_with("user#").then(|| change.after::<StoredUser>()).transpose()?.flatten()
        else {
            return Ok(vec![]);
        };
        match (change.kind, stored) {
            (ChangeKind::Created, StoredUser::Here(user)) => {
                let User { id: user_id, .. } = *user;
                Ok(vec![TO_EMAIL.event(change, UserEvent::AccountOpened { user_id })?])
            }
            (ChangeKind::Changed, stored) => {
                let (user_id, version, now) = (stored.id(), stored.version(), photo(stored));
                let before = change.before::<StoredUser>()?.and_then(photo);
                let photo_before = before.filter(|before| now.as_ref() != Some(before));
                Ok(vec![TO_FORGET.event(change, Changed::AccountChanged { user_id, version, photo_before })?])
            }
            _ => Ok(vec![]),
        }
    }
}

fn photo(stored: StoredUser) -> Option<String> {
    stored.here().and_then(|user| user.photo)
}
