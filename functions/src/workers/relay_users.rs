//! The users table's stream: an account that was opened is an event, so is every change of one, and so is a link that was asked for.
//! The guards of addresses are in the same table and are nobody's business.

use super::{TO_EMAIL, TO_FORGET};
use crate::{
    accounts::{
        link_requests::{self, Asked},
        users::{Stored, User},
    },
    env,
    events::{Changed, Event},
};
use shared::{
    env::Var,
    lambda::{Change, Post, Relay, What},
    queue::Unreadable,
    version::Versioned as _,
};

/// Tells the workers about accounts.
pub struct RelayUsers;

impl Relay for RelayUsers {
    const NAME: &'static str = "relay-users";
    const OUTLETS: &'static [&'static Var] = &[env::EMAIL_QUEUE_URL, env::FORGET_QUEUE_URL];

    fn events(change: &Change) -> Result<Vec<Post>, Unreadable> {
        if change.pk.starts_with(link_requests::PREFIX) {
            let Some(Asked { purpose, user: Some(user_id), .. }) = change.after()? else { return Ok(vec![]) };
            return Ok(vec![TO_EMAIL.post(change, Event::LinkAsked { user_id, purpose })?]);
        }
        let Some(stored) = change.pk.starts_with("user#").then(|| change.after::<Stored>()).transpose()?.flatten()
        else {
            return Ok(vec![]);
        };
        match (change.what, stored) {
            (What::Created, Stored::Here(user)) => {
                let User { id: user_id, .. } = *user;
                Ok(vec![TO_EMAIL.post(change, Event::AccountOpened { user_id })?])
            }
            (What::Changed, stored) => {
                let (user_id, version, now) = (stored.id(), stored.version(), photo(stored));
                let before = change.before::<Stored>()?.and_then(photo);
                let photo_before = before.filter(|before| now.as_ref() != Some(before));
                Ok(vec![TO_FORGET.post(change, Changed::AccountChanged { user_id, version, photo_before })?])
            }
            _ => Ok(vec![]),
        }
    }
}

fn photo(stored: Stored) -> Option<String> {
    stored.here().and_then(|user| user.photo)
}
