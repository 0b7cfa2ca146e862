//! `POST /api/users`

use crate::{
    accounts::{
        email::EmailAddress,
        password,
        users::{SignUpError, User, Users},
    },
    ids::UserId,
};
use garde::Validate;
use http::{Method, StatusCode};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::Created,
    lambda::{Anyone, Json, Problem, Route, Spec, name_text, nfc},
    openapi::DateTime,
    ratelimit::Limit,
    version::Version,
};

/// Signs a person up.
#[derive(JsonSchema)]
pub struct CreateUser;

/// Who wants an account.
// Not `Debug`: it holds a password.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What the person is called: one line, in which something can be seen.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = 100), custom(name_text))]
    name: String,
    #[garde(skip)]
    email: EmailAddress,
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 8, max = 128))]
    password: String,
}

/// The account, as its owner gets to see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    id: UserId,
    name: String,
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    version: Version,
}

impl Route for CreateUser {
    const SPEC: Spec = Spec {
        name: "users-create",
        method: Method::POST,
        path: "/api/users",
        shared: None,
        limits: &[Limit::per_minute(5).durable(), Limit::per_hour(30).durable()],
    };
    const PROBLEMS: &'static [(StatusCode, &'static str)] = &[(StatusCode::CONFLICT, "The address is taken.")];
    type State = Users;
    type Who = Anyone;
    type Input = Json<NewUser>;
    type Reply = Created<UserView>;

    async fn handle(users: &Users, cx: &Cx, _: Anyone, Json(new): Json<NewUser>) -> Result<Created<UserView>, Problem> {
        let password_hash = password::hash(&new.password).map_err(Problem::internal)?;
        let (id, created_at, version) = (UserId::generate(), cx.clock.now(), Version::FIRST);
        let (name, email, photo, photo_offer) = (new.name.clone(), new.email, None, 0);
        let user =
            User { id, name, email, password_hash, email_verified: false, photo, photo_offer, created_at, version };
        users.create(cx, user).await.map_err(|error| match error {
            SignUpError::Taken => Problem::taken("email"),
            SignUpError::Table(error) => error.into(),
        })?;
        let body = UserView { id, name: new.name, created_at, version };
        Ok(Created { body, location: format!("/api/users/{id}"), headers: vec![] })
    }
}
