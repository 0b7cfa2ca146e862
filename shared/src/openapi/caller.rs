//! Who may call.

use super::{Describe, Operation, Schemas, tidy::tidy};
use crate::{
    lambda::{Anyone, Problem, SigningOut},
    session::{Admin, COOKIE, SignedIn},
    token::TOKEN_MAX,
};
use http::{Method, StatusCode};
use schemars::json_schema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The role that administrators have.
const ADMIN: &str = "admin";
/// When a route for people answers 401.
pub const NO_SESSION: &str = "The request has no session, or its session has ended.";
const SCHEMES: [&str; 2] = ["bearer", "cookie"];

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum SecurityScheme {
    Http { r#type: &'static str, scheme: &'static str, description: &'static str },
    ApiKey { r#type: &'static str, r#in: &'static str, name: &'static str, description: &'static str },
}

pub(super) fn schemes() -> BTreeMap<&'static str, SecurityScheme> {
    let [bearer, cookie] = SCHEMES;
    let token = "The `token` of a session, in the header `Authorization`: for programs.";
    let same = "The same token in a cookie, which signing in sets: for browsers. A request that \
        changes something must come from a page of this site.";
    BTreeMap::from([
        (bearer, SecurityScheme::Http { r#type: "http", scheme: "bearer", description: token }),
        (cookie, SecurityScheme::ApiKey { r#type: "apiKey", r#in: "cookie", name: COOKIE, description: same }),
    ])
}

impl Describe for Anyone {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl Describe for SignedIn {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_session(&[], NO_SESSION);
    }
}

impl Describe for SigningOut {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_session(&[], "The request has no token of a session.");
    }
}

impl Describe for Admin {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_session(&[ADMIN], NO_SESSION);
        operation.problem(&Problem::forbidden());
    }
}

impl Operation {
    /// Says that a caller needs a session, and these roles; `without` says when it is a 401. For
    /// the [`Describe`] of an audience that admits people by [`SignedIn`].
    pub fn needs_session(&mut self, roles: &[&'static str], without: &str) {
        self.security = SCHEMES.map(|scheme| BTreeMap::from([(scheme, Vec::new())])).into();
        self.roles = roles.to_vec();
        self.response(StatusCode::UNAUTHORIZED, without);
        if self.method == Method::GET {
            self.parameter(
                "header",
                "Consistency-Token",
                tidy(json_schema!({
                    "type": "string",
                    "maxLength": TOKEN_MAX,
                    "description": "The `Consistency-Token` of an earlier answer. This answer is then never older than \
                        what the caller wrote or read before. A token is valid for a minute.",
                })),
            );
        } else {
            self.problem(&Problem::cross_site());
        }
    }
}
