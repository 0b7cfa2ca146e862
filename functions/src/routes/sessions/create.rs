//! `POST /api/sessions`

use super::{Person, ReplacedSession};
use crate::accounts::{email::EmailAddress, password, users::Users};
use garde::Validate;
use http::{Method, StatusCode, header::SET_COOKIE};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::Created,
    lambda::{Anyone, Json, Problem, Route, Spec, nfc},
    openapi::DateTime,
    ratelimit::{By, Limit},
    session::{LIFETIME, Sessions},
};

/// Signs a person in. The answer has the token of a new session, and sets it as a cookie for
/// browsers. A session lasts 30 days, and ends earlier when its owner signs out or changes the
/// password.
#[derive(JsonSchema)]
pub struct CreateSession;

/// The address and the password of an account.
// Not `Debug`: it holds a password.
#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Credentials")]
pub struct SignInRequest {
    /// The e-mail address of the account.
    #[garde(skip)]
    email: EmailAddress,
    /// The password of the account.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = password::MAX))]
    #[schemars(example = "correct horse battery")]
    password: String,
}

/// A new session.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Session")]
pub struct SessionView {
    /// The token of the session, a secret: clients send it as a bearer token. No other answer has
    /// it again.
    #[schemars(example = "01a218c3-285e-71a3-a887-9dee67b1e42b.dG9rZW4")]
    token: String,
    /// When the session ends by itself.
    #[schemars(with = "DateTime")]
    expires_at: Timestamp,
    user: Person,
}

impl Route for CreateSession {
    const SPEC: Spec = Spec {
        name: "sessions-create",
        method: Method::POST,
        path: "/api/sessions",
        shared: None,
        limits: &[Limit::per_minute(5).by(By::Account).durable(), Limit::per_minute(20).durable()],
    };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::UNAUTHORIZED, "The e-mail address or the password is wrong.")];
    type State = (Users, Sessions);
    type Who = Anyone;
    type Input = (Json<SignInRequest>, ReplacedSession);
    type Reply = Created<SessionView>;

    fn account((Json(given), _): &Self::Input) -> Option<String> {
        Some(given.email.as_str().to_owned())
    }

    async fn handle(
        (users, sessions): &(Users, Sessions),
        cx: &Cx,
        _: Anyone,
        (Json(given), ReplacedSession(before)): Self::Input,
    ) -> Result<Created<SessionView>, Problem> {
        let user = users.by_email(cx, &given.email).await?;
        // `verify` does the same work for an unknown address, so the time reveals no accounts.
        let right = password::verify(&given.password, user.as_ref().map(|u| u.password_hash.as_str()));
        let user = user.filter(|_| right).ok_or_else(Problem::wrong_credentials)?;
        // The condition fails if the password has changed, or the account is gone, since the read.
        let (token, session) = sessions.start(cx, user.id.into(), vec![users.having_password_of(&user)]).await?;
        if let Some(before) = before {
            // A failure here must not fail the sign-in: the new cookie replaces the old one anyway.
            if let Err(error) = sessions.end_replaced(cx, &before).await {
                tracing::warn!(%error, "a replaced session could not be ended; it lives until it expires");
            }
        }
        let headers = token.set_cookie(LIFETIME.as_secs()).map(|v| (SET_COOKIE, v)).into_iter().collect();
        let user = Person { id: user.id, name: user.name };
        let body = SessionView { token: token.reveal(), expires_at: session.ends_at(), user };
        Ok(Created { body, location: "/api/sessions/current".into(), headers })
    }
}
