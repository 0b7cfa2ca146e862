//! Who may call.

use super::{Describe, Operation, Schemas, document::SecurityScheme};
use crate::{
    lambda::{Anyone, SigningOut},
    session::{Admin, COOKIE, SignedIn},
};
use http::{Method, StatusCode};
use schemars::json_schema;
use std::collections::BTreeMap;

/// The role that administrators have.
const ADMIN: &str = "admin";
/// When a route for people answers 401.
pub const NO_SESSION: &str = "There is no session, or it is over.";
const SCHEMES: [&str; 2] = ["bearer", "cookie"];

pub(super) fn schemes() -> BTreeMap<&'static str, SecurityScheme> {
    let [bearer, cookie] = SCHEMES;
    BTreeMap::from([
        (bearer, SecurityScheme::Http { r#type: "http", scheme: "bearer", description: "The token of a session." }),
        (
            cookie,
            SecurityScheme::ApiKey {
                r#type: "apiKey",
                r#in: "cookie",
                name: COOKIE,
                description: "The same token, as browsers keep it.",
            },
        ),
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
        operation.needs_session(&[], "The request names no session.");
    }
}

impl Describe for Admin {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_session(&[ADMIN], NO_SESSION);
        operation.response(StatusCode::FORBIDDEN, "The caller is no administrator.");
    }
}

impl Operation {
    /// Says that a caller needs a session, and these roles; `without` says when it is a 401. For
    /// the [`Describe`] of an audience that admits people by [`SignedIn`].
    pub fn needs_session(&mut self, roles: &[&'static str], without: &str) {
        self.security = SCHEMES.map(|scheme| BTreeMap::from([(scheme, roles.to_vec())])).into();
        self.response(StatusCode::UNAUTHORIZED, without);
        if self.method != Method::GET {
            self.response(StatusCode::FORBIDDEN, "Another site's page sent the cookie along.");
        }
        if self.method == Method::GET {
            let token = json_schema!({ "type": "string", "maxLength": 1024 });
            self.parameter("header", "Consistency-Token", "What the caller has written: the answer has it.", token);
        }
    }
}
