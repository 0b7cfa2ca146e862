//! Recommendations: the products that are most often bought together with a product.
//!
//! They are optional: an answer must not wait long for them, nor fail without them. So callers wrap
//! [`get`](Recommendations::get) in [`shared::resilience::optional`] with [`LIMIT`].

use super::top_partners::TopPartners;
use crate::{
    catalog::{Catalog, products::Product},
    ids::ProductId,
};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, Policy},
    config::ConfigError,
    context::Cx,
    table::{Table, TableError},
};
use std::{sync::Arc, time::Duration};

/// How long an answer waits for recommendations: several times as long as two reads take, and short
/// enough that nobody notices.
pub const LIMIT: Duration = Duration::from_millis(100);

struct TopPartnersKey(ProductId);

impl CacheKey for TopPartnersKey {
    type Value = TopPartners;
    const SCHEMA: u16 = 1;
    const KIND: &'static str = "recommendations";
    // The list changes with every order, and a list that is a minute old is good enough.
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(Duration::from_secs(20));

    fn entity(&self) -> String {
        format!("{{together:{}}}", self.0)
    }
}

/// Reads recommendations through the cache.
pub struct Recommendations {
    cache: Arc<Cache>,
    lists: Table<TopPartners>,
}

impl FromApp for Recommendations {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, lists: app.table()? })
    }
}

impl Recommendations {
    /// The products that are most often bought with this one, as the catalogue has them now.
    /// Products that were deleted are left out.
    pub async fn get(&self, cx: &Cx, catalog: &Catalog, id: ProductId) -> Result<Vec<Product>, TableError> {
        let found = self.cache.read(cx, &TopPartnersKey(id), |how| self.lists.get(cx, &id, how)).await?;
        let Some(top) = found.map(|cached| cached.value) else { return Ok(vec![]) };
        let ids: Vec<_> = top.partners.iter().map(|partner| partner.product_id).collect();
        Ok(catalog.get_many(cx, &ids).await?.into_iter().flatten().collect())
    }
}
