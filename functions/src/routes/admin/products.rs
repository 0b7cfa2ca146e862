//! `PUT /api/admin/products/{id}`

use crate::{
    catalog::{
        Catalog,
        products::{CATEGORY, Product, category_name},
    },
    ids::ProductId,
    orders::checkout::MAX_CENTS,
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::Replaced,
    lambda::{Conditions, Json, Path, Problem, Route, Spec, name_text, nfc, shown_text},
    ratelimit::Limit,
    session::Admin,
    version::Version,
};

/// Puts a product into the catalogue, or another in its place.
#[derive(JsonSchema)]
pub struct PutProduct;

/// The product, as it is to be.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// What it is called: one line, in which something can be seen.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = 120), custom(name_text))]
    name: String,
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, max = 4_000), custom(shown_text))]
    description: String,
    #[garde(length(min = 1, max = 40), custom(|text: &String, (): &()| category_name(text)))]
    #[schemars(regex(pattern = CATEGORY))]
    category: String,
    #[garde(range(max = MAX_CENTS))]
    price_cents: u64,
    #[garde(inner(length(max = 300), custom(|text: &String, (): &()| media_path(text))))]
    #[serde(default)]
    #[schemars(length(max = 300), regex(pattern = "^/media/[-_./0-9A-Za-z]+$"))]
    image_url: Option<String>,
}

/// A garde rule: pictures are the shop's own.
fn media_path(text: &str) -> garde::Result {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match text.strip_prefix("/media/") {
        Some(name) if !name.is_empty() && name.chars().all(plain) && !name.contains("..") => Ok(()),
        _ => Err(garde::Error::new("must be a path below /media/")),
    }
}

impl Route for PutProduct {
    const SPEC: Spec = Spec {
        name: "admin-products",
        method: Method::PUT,
        path: "/api/admin/products/{id}",
        shared: None,
        limits: &[Limit::per_minute(300)],
    };
    type State = Catalog;
    type Who = Admin;
    type Input = (Path<ProductId>, (Json<NewProduct>, Conditions));
    type Reply = Replaced<Product>;

    async fn handle(
        catalog: &Catalog,
        cx: &Cx,
        _: Admin,
        (Path(id), (Json(body), Conditions(expected))): Self::Input,
    ) -> Result<Replaced<Product>, Problem> {
        let NewProduct { name, description, category, price_cents, image_url } = body;
        let (updated_at, version) = (cx.clock.now(), Version::FIRST);
        let product = Product { id, name, description, category, price_cents, image_url, updated_at, version };
        let (body, created) = catalog.save(cx, product, &expected).await?;
        Ok(Replaced { body, created })
    }
}
