//! `PUT /api/admin/products/{id}`

use crate::{
    catalog::{
        Catalog,
        products::Product,
        spelling::{self, CATEGORY, CATEGORY_MAX, MEDIA_PATH, MEDIA_PATH_MAX},
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

/// Creates or replaces a product. Visitors see the change within a few seconds. `If-None-Match: *`
/// creates only, and `If-Match` replaces only the version that it names.
#[derive(JsonSchema)]
pub struct PutProduct;

/// A product of the catalogue.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// The name of the product: one line, with at least one visible character.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, min = 1, max = 120), custom(name_text))]
    #[schemars(example = "First Flush Assam")]
    name: String,
    /// The description of the product, in one line.
    #[serde(deserialize_with = "nfc")]
    #[garde(length(chars, max = 4_000), custom(shown_text))]
    #[schemars(example = "Malty and brisk, from the spring harvest.")]
    description: String,
    /// The category: lower-case letters, digits and hyphens.
    #[garde(length(min = 1, max = CATEGORY_MAX), custom(spelling::category))]
    #[schemars(regex(pattern = CATEGORY), example = "black-tea")]
    category: String,
    /// The price, in cents of US dollars.
    #[garde(range(max = MAX_CENTS))]
    #[schemars(example = 2_190)]
    price_cents: u64,
    /// The path of the product's picture, relative to the site.
    #[garde(inner(length(max = MEDIA_PATH_MAX), custom(spelling::media_path)))]
    #[serde(default)]
    #[schemars(length(max = MEDIA_PATH_MAX), regex(pattern = MEDIA_PATH), example = "/media/first-flush-assam.jpg")]
    image_url: Option<String>,
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
