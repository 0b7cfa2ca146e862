//! `GET /api/products/{id}`

use crate::{
    catalog::Catalog,
    ids::ProductId,
    products::{self, Product},
};
use http::Method;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::{Public, Shared},
    lambda::{Anyone, Path, Problem, Route, Spec},
    version::Version,
};

/// One product, in full.
pub struct Get;

/// A product on the wire.
#[derive(Debug, Serialize)]
pub struct ProductView {
    id: ProductId,
    name: String,
    category: String,
    price_cents: u64,
    version: Version,
    description: String,
    image_url: Option<String>,
}

impl From<Product> for ProductView {
    fn from(p: Product) -> Self {
        let Product { id, name, description, category, price_cents, image_url, version, .. } = p;
        Self { id, name, category, price_cents, version, description, image_url }
    }
}

impl Route for Get {
    const SPEC: Spec = Spec {
        name: "catalog-get",
        method: Method::GET,
        path: "/api/products/{id}",
        shared: Some(Shared::for_secs(60)),
    };
    type State = Catalog;
    type Who = Anyone;
    type Input = Path<ProductId>;
    type Reply = Public<ProductView>;

    async fn handle(
        catalog: &Catalog,
        cx: &Cx,
        _: Anyone,
        Path(id): Path<ProductId>,
    ) -> Result<Public<ProductView>, Problem> {
        let product = catalog.get(cx, id).await?.ok_or_else(|| Problem::not_found("id"))?;
        Ok(Public { tags: vec![products::tag(id)], body: product.into() })
    }
}
