//! A route that can answer.

use super::{Audience, Cors, Route, challenge::Challenge, limited::Limited};
use crate::{
    app::{App, FromApp as _},
    clock::Clock,
    config::ConfigError,
    edge::OriginAuth,
};

/// A route with everything that it needs to answer.
pub struct Ready<R: Route> {
    pub(super) gate: <R::Who as Audience>::Gate,
    pub(super) state: R::State,
    pub(super) clock: Clock,
    pub(super) origin: OriginAuth,
    pub(super) cors: Cors,
    pub(super) challenge: Challenge,
    pub(super) limited: Limited,
}

impl<R: Route> Ready<R> {
    /// Makes the route's state and its audience's. An error names the first setting that is missing.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let gate = <R::Who as Audience>::Gate::from_app(app).await?;
        let limited = Limited::of::<R>(app)?;
        let (origin, cors) = (OriginAuth::from_vars(app.vars())?, Cors::from_vars(app.vars())?);
        let challenge = Challenge::from_vars(app.vars())?;
        let state = R::State::from_app(app).await?;
        app.warm_up().await;
        Ok(Self { gate, state, clock: app.clock().clone(), origin, cors, challenge, limited })
    }
}
