//! Who is an administrator: a row beside the person's sessions.
//!
//! The right is no field of the account and no claim in a token. The table is asked with every
//! request that needs the right, so taking it away works at once. No request can write the row; an
//! operator's command does (`make admin`).

use super::{Session, Subject};
use crate::{
    context::Cx,
    table::{Client, Condition, Consistency, Item, Key, Shards, Table, TableError, TableSpec, Write},
    version::{Version, Versioned},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One person's right to administrate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grant {
    /// The person.
    pub subject: Subject,
    /// When the right was given.
    pub granted_at: Timestamp,
}

impl Versioned for Grant {
    fn version(&self) -> Version {
        Version::FIRST
    }
}

impl Item for Grant {
    const TABLE: TableSpec = Session::TABLE;
    type Key = Subject;

    fn key_of(subject: &Subject) -> Key {
        Key::sorted(format!("user#{subject}"), "grant#admin")
    }

    fn key(&self) -> Key {
        Self::key_of(&self.subject)
    }
}

/// The grants, in the table of the sessions.
#[derive(Debug)]
pub struct Grants(Table<Grant>);

impl Grants {
    /// The grants in the table `name`.
    pub fn new(client: &Client, name: &str) -> Self {
        Self(Table::new(client, name, Shards::ONE))
    }

    /// Whether the person is an administrator, now.
    pub async fn has(&self, cx: &Cx, subject: Subject) -> Result<bool, TableError> {
        Ok(self.0.get(cx, &subject, Consistency::Strong).await?.is_some())
    }

    /// Makes the person an administrator: for an operator's command. Doing it twice is no error.
    pub async fn give(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        let grant = Grant { subject, granted_at: cx.clock.now() };
        self.0.put(cx, &grant, &Condition::Any).await
    }

    /// Takes the right away again.
    pub async fn take(&self, cx: &Cx, subject: Subject) -> Result<(), TableError> {
        self.0.delete(cx, &subject).await
    }

    /// The write that takes the right away, for a transaction.
    pub fn taking(&self, subject: Subject) -> Write {
        self.0.deleting(&subject, &Condition::Any)
    }
}
