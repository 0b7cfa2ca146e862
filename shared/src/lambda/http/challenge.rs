//! How a 401 says to sign in: `WWW-Authenticate` (RFC 9110, section 11.6.1).

use crate::{
    config::{ConfigError, Vars},
    edge::Response,
    env::AUTH_REALM,
};
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE};

/// The challenge that goes with every 401.
pub(super) struct Challenge(HeaderValue);

impl Challenge {
    pub(super) fn from_vars(vars: &Vars) -> Result<Self, ConfigError> {
        let realm = vars.required(AUTH_REALM)?;
        let fits = realm.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\');
        let value = HeaderValue::try_from(format!("Bearer realm=\"{realm}\"")).ok().filter(|_| fits);
        value
            .map(Self)
            .ok_or_else(|| ConfigError::new(AUTH_REALM, "must be printable ASCII without quotes and backslashes"))
    }

    pub(super) fn stamp(&self, response: &mut Response) {
        if response.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, self.0.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::Problem;

    fn of(realm: &str, problem: Problem) -> Result<Option<String>, ConfigError> {
        let mut response = problem.into_response();
        Challenge::from_vars(&Vars::from_pairs([(AUTH_REALM.name, realm)]))?.stamp(&mut response);
        Ok(response.headers().get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn every_401_names_the_realm_and_nothing_else_does() {
        let named = |realm: &str| Ok(Some(format!("Bearer realm=\"{realm}\"")));
        assert_eq!(of("", Problem::unauthenticated()), named("tuesday"));
        assert_eq!(of("Rooms & halls", Problem::unauthenticated()), named("Rooms & halls"));
        assert_eq!(of("rooms", Problem::wrong_credentials()), named("rooms"));
        assert_eq!(of("rooms", Problem::forbidden()), Ok(None));
    }

    #[test]
    fn a_realm_that_is_no_quoted_text_is_an_error_at_init() {
        for realm in ["a\"b", "a\\b", "a\nb", "caf\u{e9}"] {
            assert_eq!(of(realm, Problem::unauthenticated()).unwrap_err().variable, AUTH_REALM.name, "{realm:?}");
        }
    }
}
