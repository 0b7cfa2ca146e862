//! The document, as far as we say anything with it ([OpenAPI
//! 3.1](https://spec.openapis.org/oas/v3.1.1.html)).

use http::StatusCode;
use schemars::Schema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole.
#[derive(Debug, Serialize)]
pub struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) paths: BTreeMap<&'static str, BTreeMap<String, Operation>>,
    pub(super) components: Components,
}

/// What is described.
#[derive(Debug, Serialize)]
pub struct Info {
    /// Its name.
    pub title: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What holds for all of it.
    pub description: &'static str,
}

/// What operations refer to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) headers: BTreeMap<&'static str, Header>,
    pub(super) security_schemes: BTreeMap<&'static str, SecurityScheme>,
}

/// One method of one path.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    #[serde(skip)]
    pub(super) method: http::Method,
    #[serde(skip)]
    pub(super) path: &'static str,
    #[serde(rename = "operationId")]
    pub(super) id: String,
    pub(super) tags: [&'static str; 1],
    pub(super) summary: String,
    pub(super) description: String,
    /// Any one of these. Absent where everybody may call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) security: Vec<BTreeMap<&'static str, Vec<&'static str>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<u16, OperationResponse>,
}

/// Something that a request carries beside its body.
#[derive(Debug, Serialize)]
pub struct Parameter {
    pub(super) name: String,
    /// `path`, `query` or `header`.
    pub(super) r#in: &'static str,
    pub(super) required: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    pub(super) schema: Schema,
}

#[derive(Debug, Serialize)]
pub(super) struct RequestBody {
    pub(super) required: bool,
    pub(super) content: BTreeMap<&'static str, MediaType>,
}

#[derive(Debug, Serialize)]
pub(super) struct MediaType {
    pub(super) schema: Schema,
}

/// What an operation answers with one status.
#[derive(Debug, Default, Serialize)]
pub struct OperationResponse {
    pub(super) description: String,
    pub(super) headers: BTreeMap<&'static str, Reference>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) content: BTreeMap<&'static str, MediaType>,
}

#[derive(Debug, Serialize)]
pub(super) struct Header {
    pub(super) description: &'static str,
    pub(super) schema: Schema,
}

#[derive(Debug, Serialize)]
pub(super) struct Reference {
    #[serde(rename = "$ref")]
    pub(super) to: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum SecurityScheme {
    Http { r#type: &'static str, scheme: &'static str, description: &'static str },
    ApiKey { r#type: &'static str, r#in: &'static str, name: &'static str, description: &'static str },
}

impl Operation {
    /// The HEAD that goes with a GET: the same, and no answer has a body (RFC 9110, section 9.3.2).
    pub(super) fn into_head(mut self) -> Self {
        self.id.push_str("-head");
        self.method = http::Method::HEAD;
        self.summary.push_str(": the headers alone");
        self.responses.values_mut().for_each(|response| response.content.clear());
        self
    }

    /// An answer with this status; of two reasons for one status, both are told.
    pub fn response(&mut self, status: StatusCode, description: &str) -> &mut OperationResponse {
        let response = self.responses.entry(status.as_u16()).or_default();
        if !response.description.is_empty() && !description.is_empty() {
            response.description.push(' ');
        }
        response.description.push_str(description);
        response
    }

    pub(super) fn parameter(&mut self, place: &'static str, name: &str, description: &str, schema: Schema) {
        let (name, description) = (name.to_owned(), description.to_owned());
        self.parameters.push(Parameter { name, r#in: place, required: place == "path", description, schema });
    }
}

impl OperationResponse {
    pub(super) fn with_headers(&mut self, names: &[&'static str]) -> &mut Self {
        let reference = |name| (name, Reference { to: format!("#/components/headers/{name}") });
        self.headers.extend(names.iter().map(|name| reference(*name)));
        self
    }

    pub(super) fn with_content(&mut self, media_type: &'static str, schema: Schema) -> &mut Self {
        self.content.insert(media_type, MediaType { schema });
        self
    }
}
