//! `POST /api/users`

use crate::{
    accounts::{
        email::EmailAddress,
        password,
        users::{NAME_MAX, SignUpError, User, Users},
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

/// Creates an account. The service sends a mail with a link to the address; opening the link
/// verifies the address. Signing in is possible at once.
#[derive(JsonSchema)]
pub struct CreateUser;

/// A new account.
// Not `Debug`: it holds a password.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The person's name: one line, with at least one visible character.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = NAME_MAX), custom(name_text))]
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// The e-mail address of the account. No two accounts have the same.
    #[garde(skip)]
    email: EmailAddress,
    /// The password to sign in with.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = password::MIN, max = password::MAX))]
    #[schemars(example = "correct horse battery")]
    password: String,
}

/// A new account, as its owner sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// When the account was created.
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
    /// The version of the account, for `If-Match`.
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
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::CONFLICT, "Another account has the e-mail address.")];
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
