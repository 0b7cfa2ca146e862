//! The document, as far as this API uses the format
//! ([OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)).

use super::{Described, Operation, SecurityScheme, objects::Header};
use schemars::Schema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) servers: Vec<Server>,
    pub(super) tags: Vec<TagObject>,
    pub(super) paths: BTreeMap<&'static str, BTreeMap<String, Operation>>,
    pub(super) components: Components,
}

/// What is described.
#[derive(Debug, Serialize)]
pub struct Info {
    /// The API's name.
    pub title: &'static str,
    /// The API's version.
    pub version: &'static str,
    /// What holds for all of it.
    pub description: &'static str,
    /// Where its readers get help.
    pub contact: Contact,
    /// Under which licence it is.
    pub license: License,
}

/// Somebody who answers questions about the API.
#[derive(Debug, Serialize)]
pub struct Contact {
    /// A person or a team.
    pub name: &'static str,
}

/// A licence by its SPDX expression, which is its name too.
#[derive(Debug, Serialize)]
pub struct License {
    name: &'static str,
    identifier: &'static str,
}

impl License {
    /// `MIT`.
    pub const fn spdx(identifier: &'static str) -> Self {
        Self { name: identifier, identifier }
    }
}

/// An address that serves the API.
#[derive(Debug, Serialize)]
pub struct Server {
    /// The address, without a slash at its end.
    pub url: &'static str,
    /// Whose it is.
    pub description: &'static str,
}

/// A part of the API: routes that readers look for in one place.
#[derive(Debug)]
pub struct Group {
    /// The tag of its operations.
    pub tag: &'static str,
    /// What it is about, in one or two sentences.
    pub about: &'static str,
    /// Its routes.
    pub routes: &'static [Described],
}

#[derive(Debug, Serialize)]
pub(super) struct TagObject {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
}

/// What operations refer to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) headers: BTreeMap<&'static str, Header>,
    pub(super) security_schemes: BTreeMap<&'static str, SecurityScheme>,
}
