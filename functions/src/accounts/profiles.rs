//! What everyone may see of an account, read through the cache.

use super::users::{User, Users};
use crate::ids::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, PUBLIC_L1_TTL, Policy},
    config::ConfigError,
    context::Cx,
    edge::Tag,
    table::TableError,
    version::{Version, Versioned},
};
use std::{sync::Arc, time::Duration};

/// What everyone may see of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The id of the account.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// The path of the person's picture on the site, if there is one.
    pub photo_url: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// The version of the account.
    pub version: Version,
}

impl Versioned for Profile {
    fn version(&self) -> Version {
        self.version
    }
}

impl From<&User> for Profile {
    fn from(user: &User) -> Self {
        let User { id, created_at, version, .. } = *user;
        Self { id, name: user.name.clone(), photo_url: photo_url(user), created_at, version }
    }
}

/// The path at which the site serves the person's picture.
pub fn photo_url(user: &User) -> Option<String> {
    user.photo.as_ref().map(|name| format!("/media/{name}"))
}

/// The surrogate key of all profiles.
pub fn family() -> Tag {
    Tag::family(FAMILY)
}

/// The name of the family of all profiles, here and at the CDN.
pub const FAMILY: &str = "users";

/// The surrogate key of a profile.
pub fn tag(id: UserId) -> Tag {
    Tag::new("user", id)
}

/// A profile in the cache.
pub struct ProfileKey(pub UserId);

impl CacheKey for ProfileKey {
    type Value = Profile;
    const SCHEMA: u16 = 2;
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(PUBLIC_L1_TTL);

    fn entity(&self) -> String {
        format!("{{user:{}}}", self.0)
    }
}

/// Reads profiles.
pub struct Profiles {
    cache: Arc<Cache>,
    users: Users,
}

impl FromApp for Profiles {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, users: Users::from_app(app).await? })
    }
}

impl Profiles {
    /// Reads a profile from memory, from Valkey, or from the table.
    pub async fn get(&self, cx: &Cx, id: UserId) -> Result<Option<Profile>, TableError> {
        let load = async |how| Ok(self.users.get(cx, id, how).await?.as_ref().map(Profile::from));
        let found = self.cache.read(cx, &ProfileKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }
}
