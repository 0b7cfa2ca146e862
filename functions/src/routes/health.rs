//! `GET /health`

use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Anyone, Problem, Route, Spec},
};

/// Shows that the service can start a function. The check reads no table and no cache, so it is
/// cheap, and it does not show whether these work.
#[derive(JsonSchema)]
pub struct GetHealth;

const HEALTHY: &str = "healthy";

/// The service is up.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Healthy {
    /// Always `healthy`.
    #[schemars(extend("const" = HEALTHY))]
    status: &'static str,
}

impl Route for GetHealth {
    const SPEC: Spec = Spec { name: "health", method: Method::GET, path: "/health", shared: None, limits: &[] };
    type State = ();
    type Who = Anyone;
    type Input = ();
    type Reply = Private<Healthy>;

    async fn handle((): &(), _: &Cx, _: Anyone, (): ()) -> Result<Private<Healthy>, Problem> {
        Ok(Private(Healthy { status: HEALTHY }))
    }
}
