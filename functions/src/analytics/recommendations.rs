//! What a product is bought together with, for whoever looks at it.
//!
//! An ornament: an answer must neither wait for it nor fail with it. Who shows recommendations wraps
//! [`get`](Recommendations::get) in [`shared::resilience::optional`] with [`LIMIT`].

use super::co_purchases::Top;
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

/// How long an answer waits for them: several times what two reads take, and not yet a person's patience.
pub const LIMIT: Duration = Duration::from_millis(100);

struct TopKey(ProductId);

impl CacheKey for TopKey {
    type Value = Top;
    const SCHEMA: u16 = 1;
    const KIND: &'static str = "recommendations";
    // What others bought changes with every order and matters to nobody within the minute.
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(Duration::from_secs(20));

    fn entity(&self) -> String {
        format!("{{together:{}}}", self.0)
    }
}

/// The lists of what is bought together, read through the cache.
pub struct Recommendations {
    cache: Arc<Cache>,
    lists: Table<Top>,
}

impl FromApp for Recommendations {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, lists: app.table()? })
    }
}

impl Recommendations {
    /// The products that are bought with this one most often, as they are in the catalogue now; what has left it is left out.
    pub async fn get(&self, cx: &Cx, catalog: &Catalog, id: ProductId) -> Result<Vec<Product>, TableError> {
        let found = self.cache.read(cx, &TopKey(id), |how| self.lists.get(cx, &id, how)).await?;
        let Some(top) = found.map(|cached| cached.value) else { return Ok(vec![]) };
        let ids: Vec<_> = top.partners.iter().map(|partner| partner.product_id).collect();
        Ok(catalog.get_many(cx, &ids).await?.into_iter().flatten().collect())
    }
}
