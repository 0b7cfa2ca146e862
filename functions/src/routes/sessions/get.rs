//! `GET /api/sessions/current`

use crate::{accounts::Accounts, ids::UserId, routes::READS};
use http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Route, Spec},
    openapi::DateTime,
    resilience::optional,
    session::SignedIn,
};
use std::time::Duration;

/// How long the answer waits for the name, which is optional.
const LIMIT: Duration = Duration::from_millis(500);

/// Returns the current session. It has its owner and the time at which it ends.
#[derive(JsonSchema)]
pub struct GetSession;

/// The current session, without its token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CurrentSession {
    /// When the person signed in.
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    /// When the session ends by itself.
    #[schemars(with = "DateTime")]
    expires_at: Timestamp,
    user: SessionOwner,
}

/// The owner of a session.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SessionOwner {
    id: UserId,
    /// The name of the owner; `null` when it could not be read in time.
    #[schemars(example = "Ada Lovelace")]
    name: Option<String>,
}

impl Route for GetSession {
    const SPEC: Spec =
        Spec { name: "sessions-get", method: Method::GET, path: "/api/sessions/current", shared: None, limits: READS };
    type State = Accounts;
    type Who = SignedIn;
    type Input = ();
    type Reply = Private<CurrentSession>;

    async fn handle(accounts: &Accounts, cx: &Cx, who: SignedIn, (): ()) -> Result<Private<CurrentSession>, Problem> {
        let name = match optional(cx, "name", LIMIT, Box::pin(accounts.get(cx, &who))).await {
            Some(Some(account)) => Some(account.name),
            Some(None) => return Err(Problem::unauthenticated()),
            None => None,
        };
        let session = who.session();
        let user = SessionOwner { id: who.subject().into(), name };
        Ok(Private(CurrentSession { created_at: session.created_at, expires_at: session.ends_at(), user }))
    }
}
