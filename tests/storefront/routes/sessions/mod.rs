//! `/api/sessions`: signing in and out.

mod credentials;
mod ending;

use reqwest::Method;
use shared::session::COOKIE;
use tests::client::{PASSWORD, Visitor};

const CURRENT: &str = "/api/sessions/current";
