//! A route as an operation, and all of them as a document.

use super::{
    Describe, Document, Info, Operation, Schemas, caller,
    document::Components,
    headers::{self, EVERY, LIMITS, READ},
};
use crate::{
    lambda::{Problem, Route},
    ratelimit::Limit,
};
use http::{Method, StatusCode};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::collections::BTreeMap;

/// A route that can describe itself: [`operation`] of its type.
pub type Described = fn(&mut Schemas) -> Operation;

/// What the route `R` takes and answers. Its doc comment is the text.
pub fn operation<R>(schemas: &mut Schemas) -> Operation
where
    R: Route<Who: Describe, Input: Describe, Reply: Describe> + JsonSchema,
{
    let spec = R::SPEC;
    let about = R::json_schema(&mut SchemaGenerator::default());
    let description = about.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    let summary = description.split_inclusive(['.', '\n']).next().unwrap_or_default();
    let mut operation = Operation {
        id: spec.name.to_owned(),
        tags: [spec.path.trim_start_matches("/api").trim_start_matches('/').split('/').next().unwrap_or_default()],
        summary: summary.trim().trim_end_matches('.').to_owned(),
        description,
        method: spec.method,
        path: spec.path,
        security: Vec::new(),
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
        let tags = json_schema!({ "type": "string" });
        operation.parameter("header", "If-None-Match", "The tags of answers that the caller has.", tags);
        operation.response(StatusCode::NOT_MODIFIED, "The caller has the answer already.");
    } else {
        operation.response(StatusCode::CONFLICT, "Somebody else is changing the same at this moment.");
    }
    if !limits.is_empty() {
        let quota = |limit: &Limit| format!("{} in {} s ({})", limit.quota(), limit.window().as_secs(), limit.name());
        let quotas: Vec<_> = limits.iter().map(quota).collect();
        operation.response(StatusCode::TOO_MANY_REQUESTS, &format!("More than {}.", quotas.join(", or ")));
    }
    // The CDN refuses every path that could be read in two ways.
    if !operation.responses.contains_key(&400) {
        operation.response(StatusCode::BAD_REQUEST, "The address is ambiguous, or no URI.");
    }
    if !operation.responses.contains_key(&403) {
        operation.response(StatusCode::FORBIDDEN, "The request did not come through the CDN.");
    }
    operation.response(StatusCode::INTERNAL_SERVER_ERROR, "A bug of ours.");
    operation.response(StatusCode::SERVICE_UNAVAILABLE, "Something that it takes is down, or too slow.");
}

/// The headers that go with a status, and the one shape of all refusals.
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

/// The document of an API with these routes.
pub fn document(info: Info, routes: &[Described]) -> Document {
    let mut schemas = Schemas::new();
    let mut paths = BTreeMap::<_, BTreeMap<_, _>>::new();
    for route in routes {
        let operation = route(&mut schemas);
        let head = (operation.method == Method::GET).then(|| route(&mut schemas).into_head());
        for operation in [operation].into_iter().chain(head) {
            let method = operation.method.as_str().to_lowercase();
            paths.entry(operation.path).or_default().insert(method, operation);
        }
    }
    let (headers, security_schemes) = (headers::all(), caller::schemes());
    let components = Components { schemas: schemas.into_definitions(), headers, security_schemes };
    Document { openapi: "3.1.1", info, paths, components }
}
