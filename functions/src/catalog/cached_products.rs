//! The catalogue: products, read and written through the cache.

use super::products::{Product, Products};
use crate::{fields, ids::ProductId};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheKey, CacheUnreachable, PUBLIC_L1_TTL, Policy},
    config::ConfigError,
    context::Cx,
    table::{Consistency, TableError},
    version::{Expected, Version},
};
use std::{sync::Arc, time::Duration};

/// How often a product is saved again, because another write came between that its writer does not
/// mind.
const TRIES: usize = 4;

struct ProductKey(ProductId);

impl CacheKey for ProductKey {
    type Value = Product;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_mins(1)).l1_ttl(PUBLIC_L1_TTL);

    fn entity(&self) -> String {
        format!("{{product:{}}}", self.0)
    }
}

/// The products, for those who look and for those who keep the shop.
pub struct Catalog {
    cache: Arc<Cache>,
    products: Products,
}

impl FromApp for Catalog {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { cache: Arc::from_app(app).await?, products: Products::from_app(app).await? })
    }
}

impl Catalog {
    /// A product: from memory, from Valkey, or from the table.
    pub async fn get(&self, cx: &Cx, id: ProductId) -> Result<Option<Product>, TableError> {
        let load = |how| self.products.get(cx, id, how);
        let found = self.cache.read(cx, &ProductKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }

    /// Products, in the order of their ids: one question to Valkey and one to the table, at most.
    pub async fn get_many(&self, cx: &Cx, ids: &[ProductId]) -> Result<Vec<Option<Product>>, TableError> {
        let keys: Vec<_> = ids.iter().copied().map(ProductKey).collect();
        let load = async |places: Vec<usize>, _| {
            let missing: Vec<_> = places.into_iter().map(|at| ids[at]).collect();
            self.products.get_many(cx, &missing).await
        };
        let found = self.cache.read_many(cx, &keys, load).await?;
        Ok(found.into_iter().map(|cached| cached.map(|cached| cached.value)).collect())
    }

    /// Writes a product to the table and through to the cache; whether it is new. Where something
    /// else is there than expected, [`TableError::Conflict`]. The product's own version counts for
    /// nothing: it becomes the one after what it replaces.
    pub async fn save(
        &self,
        cx: &Cx,
        mut product: Product,
        expected: &Expected,
    ) -> Result<(Product, bool), TableError> {
        let mut tries = 1;
        loop {
            let there = self.products.get(cx, product.id, Consistency::Strong).await?.map(|there| there.version);
            if !expected.fits(there) {
                return Err(TableError::Conflict { current: there });
            }
            product.version = there.map_or(Version::FIRST, Version::next);
            match self.products.save(cx, &product, there).await {
                Err(TableError::Conflict { .. }) if tries < TRIES => tries += 1,
                done => {
                    done?;
                    let key = ProductKey(product.id);
                    if let Err(error) = self.cache.put(cx, &key, &product, &[]).await {
                        // The table's stream leads to the forget worker, which does this again.
                        cx.event.count(fields::CACHE_UNREACHED, 1);
                        tracing::warn!(%error, "left to the forget worker");
                    }
                    return Ok((product, there.is_none()));
                }
            }
        }
    }
}

/// Forgets what the cache holds of a product that is older than `version`: what the table's stream causes.
pub async fn forget(cache: &Cache, cx: &Cx, id: ProductId, version: Version) -> Result<(), CacheUnreachable> {
    cache.outdate(cx, &ProductKey(id), version, &[]).await
}
