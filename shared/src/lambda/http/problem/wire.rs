//! A problem as a response.

use super::{FieldError, Problem};
use crate::{
    edge::{Response, json},
    version::Version,
};
use http::{HeaderValue, header::CONTENT_TYPE};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::borrow::Cow;

/// The body of every error: problem details (RFC 9457).
#[derive(Serialize, JsonSchema)]
struct Wire<'a> {
    /// The kind of problem, for programs: `/problems/taken`. It never changes.
    #[schemars(example = "/problems/invalid-request")]
    r#type: String,
    /// The kind of problem, for people.
    #[schemars(example = "The request is not valid")]
    title: &'a str,
    /// The HTTP status of the response.
    #[schemars(range(min = 400, max = 599), example = 400)]
    status: u16,
    /// A sentence about this occurrence of the problem.
    #[schemars(example = "The body does not end.")]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    /// The fields of the request that are wrong. Absent when the problem is about no field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Only with status 412: the version that the item has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<Version>,
}

impl JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        Wire::json_schema(schemas)
    }
}

impl Problem {
    /// The response: `application/problem+json`, stored by no cache.
    pub fn into_response(self) -> Response {
        let parts = *self.0;
        let wire = Wire {
            r#type: format!("/problems/{}", parts.kind.slug),
            title: parts.kind.title,
            status: parts.kind.status.as_u16(),
            detail: parts.detail.as_deref(),
            errors: &parts.errors,
            current_version: parts.current_version,
        };
        let mut response = json(parts.kind.status, &wire);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().extend(parts.headers.into_iter().map(|(n, v)| (Some(n), v)));
        response
    }
}
