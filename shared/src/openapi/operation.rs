//! One method of one path, as its route's parts describe it.

use super::objects::{MediaType, Reference};
use crate::lambda::Problem;
use http::{Method, StatusCode};
use schemars::Schema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One method of one path.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    #[serde(skip)]
    pub(super) method: Method,
    #[serde(skip)]
    pub(super) path: &'static str,
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) tags: [&'static str; 1],
    pub(super) summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    /// Any one of these; none where everybody may call. The lists are for OAuth, and empty.
    pub(super) security: Vec<BTreeMap<&'static str, Vec<&'static str>>>,
    /// The roles that the owner of the session must have.
    #[serde(rename = "x-roles", skip_serializing_if = "Vec::is_empty")]
    pub(super) roles: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<u16, OperationResponse>,
}

/// A part of a request beside its body.
#[derive(Debug, Serialize)]
pub struct Parameter {
    pub(super) name: String,
    /// `path`, `query` or `header`.
    pub(super) r#in: &'static str,
    pub(super) required: bool,
    pub(super) description: String,
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) content: BTreeMap<&'static str, MediaType>,
}

/// What an operation answers with one status.
#[derive(Debug, Default, Serialize)]
pub struct OperationResponse {
    pub(super) description: String,
    pub(super) headers: BTreeMap<&'static str, Reference>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) content: BTreeMap<&'static str, MediaType>,
}

impl Operation {
    /// The HEAD that goes with a GET: the same, without the bodies (RFC 9110, section 9.3.2).
    pub(super) fn into_head(mut self) -> Self {
        self.id.push_str("-head");
        self.method = Method::HEAD;
        self.summary.push_str(": headers only");
        self.description =
            format!("The answer has the status and the headers of the GET, and no body. {}", self.description);
        self.responses.values_mut().for_each(|response| response.content.clear());
        self
    }

    /// An answer with this status. If a status has several reasons, its description names each.
    pub fn response(&mut self, status: StatusCode, description: &str) -> &mut OperationResponse {
        let response = self.responses.entry(status.as_u16()).or_default();
        if !response.description.contains(description) {
            if !response.description.is_empty() {
                response.description.push(' ');
            }
            response.description.push_str(description);
        }
        response
    }

    /// An answer with this problem, in the words that the problem itself has.
    pub(super) fn problem(&mut self, problem: &Problem) {
        self.response(problem.status(), &format!("{}.", problem.title()));
    }

    /// A parameter, whose schema has its description.
    pub(super) fn parameter(&mut self, place: &'static str, name: &str, mut schema: Schema) -> &mut Parameter {
        let description = match schema.remove("description") {
            Some(Value::String(description)) => description,
            _ => String::new(),
        };
        let (name, required) = (name.to_owned(), place == "path");
        self.parameters.push(Parameter { name, r#in: place, required, description, schema, example: None });
        let last = self.parameters.len() - 1;
        &mut self.parameters[last]
    }

    /// All bodies, of the request and of answers that are no problems.
    pub(super) fn bodies(&mut self) -> impl Iterator<Item = &mut MediaType> {
        let request = self.request_body.iter_mut().flat_map(|body| body.content.values_mut());
        let good = self.responses.iter_mut().filter(|(status, _)| **status < 400);
        request.chain(good.flat_map(|(_, response)| response.content.values_mut()))
    }
}

impl OperationResponse {
    pub(super) fn with_headers(&mut self, names: &[&'static str]) -> &mut Self {
        let reference = |name| (name, Reference { to: format!("#/components/headers/{name}") });
        self.headers.extend(names.iter().map(|name| reference(*name)));
        self
    }

    pub(super) fn with_content(&mut self, media_type: &'static str, schema: Schema) -> &mut Self {
        self.content.insert(media_type, MediaType { schema, example: None });
        self
    }
}
