//! A route as an operation.

use super::{
    Describe, Operation, Schemas,
    headers::{EVERY, LIMITS, READ},
    input::tag_list,
};
use crate::{
    lambda::{Problem, Route},
    ratelimit::Limit,
};
use http::{Method, StatusCode};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use std::collections::BTreeMap;

/// A route that can describe itself: [`operation`] of its type.
pub type Described = fn(&mut Schemas) -> Operation;

/// What the route `R` takes and answers. The first sentence of its doc comment is the summary, and
/// the others are the description.
pub fn operation<R>(schemas: &mut Schemas) -> Operation
where
    R: Route<Who: Describe, Input: Describe, Reply: Describe> + JsonSchema,
{
    let spec = R::SPEC;
    let about = R::json_schema(&mut SchemaGenerator::default());
    let about = about.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
    let (summary, description) = about.split_once(". ").unwrap_or((about.trim_end_matches('.'), ""));
    let mut operation = Operation {
        id: spec.name.to_owned(),
        tags: [""],
        summary: summary.to_owned(),
        description: description.to_owned(),
        method: spec.method,
        path: spec.path,
        security: Vec::new(),
        roles: Vec::new(),
        parameters: Vec::new(),
        request_body: None,
        responses: BTreeMap::new(),
    };
    R::Reply::describe(&mut operation, schemas);
    R::Who::describe(&mut operation, schemas);
    R::Input::describe(&mut operation, schemas);
    for (status, when) in R::PROBLEMS {
        operation.response(*status, when);
    }
    always(&mut operation, spec.limits);
    finish(&mut operation, schemas, !spec.limits.is_empty());
    operation
}

/// What any route may answer.
fn always(operation: &mut Operation, limits: &[Limit]) {
    if operation.method == Method::GET {
        let about = "The `ETag`s of the answers that the caller holds. If one of them is current, the answer is 304.";
        tag_list(operation, "If-None-Match", about);
        operation.response(StatusCode::NOT_MODIFIED, "The answer that the caller holds is current.");
    } else {
        operation.problem(&Problem::in_progress());
    }
    if !limits.is_empty() {
        let quota =
            |limit: &Limit| format!("{} requests in {} s ({})", limit.quota(), limit.window().as_secs(), limit.name());
        let quotas: Vec<_> = limits.iter().map(quota).collect();
        let text = format!("The caller has sent more than {}.", quotas.join(", or "));
        operation.response(StatusCode::TOO_MANY_REQUESTS, &text);
    }
    // The CDN refuses every path that could be read in two ways.
    if !operation.responses.contains_key(&400) {
        operation.response(StatusCode::BAD_REQUEST, "The address is not a URI, or is ambiguous.");
    }
    operation.problem(&Problem::past_the_cdn());
    operation.response(StatusCode::INTERNAL_SERVER_ERROR, "The service has a bug.");
    let unavailable = "A part of the service is down or too slow. The caller may try again.";
    operation.response(StatusCode::SERVICE_UNAVAILABLE, unavailable);
}

/// The headers that go with a status, and the one shape of all problems.
fn finish(operation: &mut Operation, schemas: &mut Schemas, limited: bool) {
    let (read, signed_in) = (operation.method == Method::GET, !operation.security.is_empty());
    for (status, response) in &mut operation.responses {
        let public = response.headers.contains_key("Cache-Tag");
        response.with_headers(EVERY);
        if limited && !public {
            response.with_headers(LIMITS);
        }
        match status {
            200..=399 if read => drop(response.with_headers(READ)),
            200..=399 if signed_in => drop(response.with_headers(&["Consistency-Token"])),
            401 => drop(response.with_headers(&["WWW-Authenticate"])),
            409 | 429 | 503 => drop(response.with_headers(&["Retry-After"])),
            _ => {}
        }
        if *status >= 400 {
            response.with_content("application/problem+json", schemas.written::<Problem>());
        }
    }
}
