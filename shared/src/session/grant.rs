//! Who is an administrator: a row beside the person's sessions.
//!
//! It is no field of the account and no claim in a token: it is asked for with every request that needs it, so that taking it
//! away works at once, and no request can write it. An operator's command does (`make admin`).

use super::Subject;
use crate::{
    table::{Item, Key},
    version::{Version, Versioned},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One person's right to administrate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    /// Whose it is.
    pub subject: Subject,
    /// Since when.
    pub granted_at: Timestamp,
}

impl Versioned for Grant {
    fn version(&self) -> Version {
        Version::FIRST
    }
}

impl Item for Grant {
    type Key = Subject;

    fn key_of(subject: &Subject) -> Key {
        Key::sorted(format!("user#{subject}"), "grant#admin")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.subject)
    }
}
