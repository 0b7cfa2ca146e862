//! `GET /api/products/{id}`

use super::ListedProductView;
use crate::{
    analytics::recommendations::{LIMIT, Recommendations},
    catalog::{
        Catalog,
        pages::ListedProduct,
        products::{FAMILY, Product, tag},
    },
    ids::ProductId,
    routes::READS,
};
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::{Public, Shared},
    lambda::{Anyone, Path, Problem, Route, Spec},
    resilience::optional,
    version::Version,
};

/// Returns a product with all its details. The answer recommends other products that people buy
/// with it.
#[derive(JsonSchema)]
pub struct GetProduct;

/// The name of the part that an answer may lack.
const RECOMMENDATIONS: &str = "recommendations";

/// A product with all its details.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProductPage")]
pub struct ProductView {
    id: ProductId,
    /// The name of the product.
    #[schemars(example = "First Flush Assam")]
    name: String,
    /// The category: lower-case letters, digits and hyphens.
    #[schemars(example = "black-tea")]
    category: String,
    /// The price, in cents of US dollars.
    #[schemars(example = 2_190)]
    price_cents: u64,
    /// The version of the product.
    version: Version,
    /// The description of the product.
    #[schemars(example = "Malty and brisk, from the spring harvest.")]
    description: String,
    /// The path of the product's picture, relative to the site; `null` without a picture.
    #[schemars(example = "/media/first-flush-assam.jpg")]
    image_url: Option<String>,
    /// The products that people buy most often with this one.
    recommendations: Vec<ListedProductView>,
    /// The fields that could not be read in time, and are empty therefore.
    #[schemars(example = [""; 0])]
    degraded: Vec<&'static str>,
}

impl ProductView {
    fn new(p: Product, recommendations: Option<Vec<Product>>) -> Self {
        let degraded = if recommendations.is_some() { vec![] } else { vec![RECOMMENDATIONS] };
        let recommendations = recommendations
            .into_iter()
            .flatten()
            .map(|product| ListedProductView::from(ListedProduct::from(product)))
            .collect();
        let Product { id, name, description, category, price_cents, image_url, version, .. } = p;
        Self { id, name, category, price_cents, version, description, image_url, recommendations, degraded }
    }
}

impl Route for GetProduct {
    const SPEC: Spec = Spec {
        name: "catalog-get",
        method: Method::GET,
        path: "/api/products/{id}",
        shared: Some(Shared::for_secs(FAMILY, 60)),
        limits: READS,
    };
    type State = (Catalog, Recommendations);
    type Who = Anyone;
    type Input = Path<ProductId>;
    type Reply = Public<ProductView>;

    async fn handle(
        (catalog, recommendations): &Self::State,
        cx: &Cx,
        _: Anyone,
        Path(id): Path<ProductId>,
    ) -> Result<Public<ProductView>, Problem> {
        let product = catalog.get(cx, id).await?.ok_or_else(|| Problem::not_found("id"))?;
        let with = optional(cx, RECOMMENDATIONS, LIMIT, Box::pin(recommendations.get(cx, catalog, id))).await;
        let shown = std::iter::once(&product).chain(with.iter().flatten());
        Ok(Public { tags: shown.map(|product| tag(product.id)).collect(), body: ProductView::new(product, with) })
    }
}
