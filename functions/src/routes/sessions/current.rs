//! `GET /api/sessions/current`

use super::Person;
use crate::{routes::READS, users::Users};
use http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::Private,
    lambda::{Problem, Route, SignedIn, Spec},
    openapi::DateTime,
    table::Consistency,
};

/// Who is signed in, and until when.
#[derive(JsonSchema)]
pub struct Current;

/// The session, without its token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CurrentSession {
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    #[schemars(with = "DateTime")]
    expires_at: Timestamp,
    user: Person,
}

impl Route for Current {
    const SPEC: Spec =
        Spec { name: "sessions-get", method: Method::GET, path: "/api/sessions/current", shared: None, limits: READS };
    type State = Users;
    type Who = SignedIn;
    type Input = ();
    type Reply = Private<CurrentSession>;

    async fn handle(users: &Users, cx: &Cx, who: SignedIn, (): ()) -> Result<Private<CurrentSession>, Problem> {
        let user = users.get(cx, who.subject().into(), Consistency::Eventual).await?;
        let user = user.ok_or_else(Problem::unauthenticated)?;
        let session = who.session();
        let user = Person { id: user.id, name: user.name };
        Ok(Private(CurrentSession { created_at: session.created_at, expires_at: session.ends_at(), user }))
    }
}
