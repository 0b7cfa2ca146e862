//! The parts of a route's state.

use super::App;
use crate::{
    cache::Cache,
    config::ConfigError,
    edge::Purger,
    idempotency::Idempotency,
    session::{Grants, Session, Sessions},
    table::{Counters, Cursors, Item as _},
    token::Tokens,
};
use std::{future::Future, sync::Arc};

/// A part of a route's state: made from the app at init, or an error that names the setting that it
/// lacks.
pub trait FromApp: Sized + Send + Sync + 'static {
    /// Makes it.
    fn from_app(app: &App) -> impl Future<Output = Result<Self, ConfigError>> + Send;
}

impl FromApp for () {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Ok(())
    }
}

impl<A: FromApp, B: FromApp> FromApp for (A, B) {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok((A::from_app(app).await?, B::from_app(app).await?))
    }
}

impl<A: FromApp, B: FromApp, C: FromApp> FromApp for (A, B, C) {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok((A::from_app(app).await?, B::from_app(app).await?, C::from_app(app).await?))
    }
}

impl FromApp for Cursors {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Cursors::new(app.signer()?))
    }
}

impl FromApp for Tokens {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Tokens::new(app.signer()?))
    }
}

impl FromApp for Arc<Cache> {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        app.cache()
    }
}

impl FromApp for Counters {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (name, shards) = (Counters::TABLE.name(app.vars())?, Counters::TABLE.shards(app.vars())?);
        Ok(Counters::new(app.tables(), name, shards))
    }
}

impl FromApp for Idempotency {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Idempotency::from_vars(app.tables(), app.vars())
    }
}

#[cfg(feature = "mail")]
impl FromApp for crate::mail::Mailer {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Self::from_vars(app.sdk(), app.vars())
    }
}

impl FromApp for Purger {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Purger::from_vars(app.sdk(), app.vars())
    }
}

impl FromApp for Sessions {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Sessions::new(app.tables(), &Session::TABLE.name(app.vars())?, app.valkey()?, app.signer()?))
    }
}

impl FromApp for Grants {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Grants::new(app.tables(), &Session::TABLE.name(app.vars())?))
    }
}
