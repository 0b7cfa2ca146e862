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

/// How often a write is tried when other writes get in between that its caller does not mind.
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

/// Reads and writes products, for customers and administrators.
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
    /// Reads a product from memory, from Valkey, or from the table.
    pub async fn get(&self, cx: &Cx, id: ProductId) -> Result<Option<Product>, TableError> {
        let load = |how| self.products.get(cx, id, how);
        let found = self.cache.read(cx, &ProductKey(id), load).await?;
        Ok(found.map(|cached| cached.value))
    }

    /// Reads products in the order of the ids, with at most one call to Valkey and one to the
    /// table.
    pub async fn get_many(&self, cx: &Cx, ids: &[ProductId]) -> Result<Vec<Option<Product>>, TableError> {
        let keys: Vec<_> = ids.iter().copied().map(ProductKey).collect();
        let load = async |places: Vec<usize>, _| {
            let missing: Vec<_> = places.into_iter().map(|at| ids[at]).collect();
            self.products.get_many(cx, &missing).await
        };
        let found = self.cache.read_many(cx, &keys, load).await?;
        Ok(found.into_iter().map(|cached| cached.map(|cached| cached.value)).collect())
    }

    /// Writes a product to the table and then to the cache. Returns the product, and whether it is
    /// new. [`TableError::Conflict`] when the version in the table is not the expected one. The
    /// version of `product` is ignored: it becomes the one after the version that it replaces.
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
                        // The `forget` worker repeats this step, because the change is in the
                        // table's stream.
                        cx.event.count(fields::CACHE_UNREACHED, 1);
                        tracing::warn!(%error, "left to the forget worker");
                    }
                    return Ok((product, there.is_none()));
                }
            }
        }
    }
}

/// Removes what the cache holds of a product and is older than `version`. The `forget` worker calls
/// it after each change.
pub async fn forget(cache: &Cache, cx: &Cx, id: ProductId, version: Version) -> Result<(), CacheUnreachable> {
    cache.outdate(cx, &ProductKey(id), version, &[]).await
}
