//! `GET /health`

use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Anyone, Problem, Route, Spec},
};

/// Says that a function can be started. It touches nothing: a probe that asks the table takes it
/// down with itself.
#[derive(JsonSchema)]
pub struct GetHealth;

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Healthy {
    status: &'static str,
}

impl Route for GetHealth {
    const SPEC: Spec = Spec { name: "health", method: Method::GET, path: "/health", shared: None, limits: &[] };
    type State = ();
    type Who = Anyone;
    type Input = ();
    type Reply = Private<Healthy>;

    async fn handle((): &(), _: &Cx, _: Anyone, (): ()) -> Result<Private<Healthy>, Problem> {
        Ok(Private(Healthy { status: "healthy" }))
    }
}
