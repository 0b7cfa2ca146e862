//! The signing keys, in a DynamoDB table of their own.
//!
//! They sign links that set a new password, so whoever reads this table can take over every
//! account. Only functions that sign or open something may read it, by GetItem, and no tool shows
//! or exports it. A deploy makes the first key.
//!
//! All keys are one item, so that one read brings a consistent set. A tool that adds or retires a
//! key writes on condition of the item's version:
//!
//! ```json
//! {"pk": "signing-keys", "version": 1, "signs": "k1", "keys": {
//!   "k1": {"secret": "<base64 of 32 random bytes or more>", "published_at": "<RFC 3339>"}}}
//! ```
//!
//! Each new environment makes one eventually consistent read. DynamoDB answers some 6,000 of these
//! a second for one item ("Partitions and data distribution", "Read/write capacity", AWS
//! documentation).

use crate::{
    config::{ConfigError, Vars},
    context::Cx,
    env::SIGNING_KEYS_TABLE,
    sign::{KeySource, Keyring, NoKey},
    table::{Client, Item, Key, Shards, Table, TableError, TableSpec},
    version::{Consistency, Version, Versioned},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{FutureExt as _, future::BoxFuture};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The table of the keys.
pub struct SigningKeys(Table<StoredKeyring>);

// Neither type is `Debug`: they hold the keys.
#[derive(Serialize, Deserialize)]
struct StoredKeyring {
    version: Version,
    signs: String,
    keys: BTreeMap<String, StoredKey>,
}

#[derive(Serialize, Deserialize)]
struct StoredKey {
    secret: String,
}

impl Versioned for StoredKeyring {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for StoredKeyring {
    const TABLE: TableSpec = TableSpec::new(SIGNING_KEYS_TABLE);
    type Key = ();

    fn key_of((): &()) -> Key {
        Key::simple("signing-keys")
    }

    fn key(&self) -> Key {
        Self::key_of(&())
    }
}

impl SigningKeys {
    /// The keys in the table `name`.
    pub fn new(client: &Client, name: impl Into<String>) -> Self {
        Self(Table::new(client, name, Shards::ONE))
    }

    /// The keys in the table that the settings name.
    pub fn from_vars(client: &Client, vars: &Vars) -> Result<Self, ConfigError> {
        Ok(Self::new(client, StoredKeyring::TABLE.name(vars)?))
    }
}

impl KeySource for SigningKeys {
    fn read<'a>(&'a self, cx: &'a Cx, how: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>> {
        async move {
            match self.0.get(cx, &(), how).await {
                Ok(Some(row)) => keyring(row),
                Ok(None) => Err(NoKey::new("the table holds none; deploying makes it")),
                // The reason may contain the item, and thus a key.
                Err(TableError::Corrupt(_)) => Err(NoKey::new("the table's item cannot be read")),
                Err(error) => Err(NoKey::new(error)),
            }
        }
        .boxed()
    }
}

fn keyring(row: StoredKeyring) -> Result<Keyring, NoKey> {
    let decoded = row.keys.into_iter().map(|(name, stored)| match STANDARD.decode(stored.secret) {
        Ok(key) => Ok((name, key)),
        Err(_) => Err(NoKey::new("a key is not base64")),
    });
    let keys: Vec<_> = decoded.collect::<Result<_, _>>()?;
    Keyring::new(keys, &row.signs).map_err(NoKey::new)
}
