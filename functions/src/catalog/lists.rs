//! Lists of products, read through the cache.
//!
//! A list is read from an index of the table, which is a moment behind and cannot be read strongly.
//! So L2 keeps a page as fresh for a few seconds only: that takes the load of many environments,
//! and L2 answers when the table fails. The CDN keeps pages for longer.

use super::{
    pages::{CatalogPage, ListedProduct, PageError},
    products::{FAMILY, Products, listing},
};
use shared::{
    app::{App, FromApp},
    cache::{Cache, CacheUnreachable, Cached, PUBLIC_L1_TTL, PageKey, Policy},
    config::ConfigError,
    context::Cx,
    sign::sha256_hex,
    table::Cursors,
    version::Consistency,
};
use std::{sync::Arc, time::Duration};

/// One page of one list, as a key of the cache.
#[derive(Debug, Clone, Copy)]
pub struct ListPageKey<'a> {
    /// The category; `None` for all products.
    pub category: Option<&'a str>,
    /// The most products on the page.
    pub limit: usize,
    /// The cursor that the page before gave.
    pub cursor: Option<&'a str>,
}

impl PageKey for ListPageKey<'_> {
    type Value = CatalogPage;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_secs(5)).l1_ttl(PUBLIC_L1_TTL);
    const FAMILY: &'static str = FAMILY;

    fn page(&self) -> String {
        sha256_hex(format!("{:?} {} {:?}", self.category, self.limit, self.cursor).as_bytes())
    }
}

/// Reads lists.
pub struct Lists {
    cache: Arc<Cache>,
    products: Products,
    cursors: Cursors,
}

impl FromApp for Lists {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let (products, cursors) = <(Products, Cursors)>::from_app(app).await?;
        Ok(Self { cache: Arc::from_app(app).await?, products, cursors })
    }
}

impl Lists {
    /// Reads a page, oldest products first.
    pub async fn page(&self, cx: &Cx, key: &ListPageKey<'_>) -> Result<CatalogPage, PageError> {
        let found = self.cache.read_page(cx, key, async |_: Consistency| self.load(cx, key).await).await?;
        let of = |Cached { value, stale, .. }: Cached<CatalogPage>| CatalogPage { stale, ..value };
        Ok(found.map(of).unwrap_or_default())
    }

    async fn load(&self, cx: &Cx, key: &ListPageKey<'_>) -> Result<Option<CatalogPage>, PageError> {
        let list = listing(key.category);
        let scope = self.products.scope(&list);
        let after = match key.cursor {
            Some(cursor) => Some(self.cursors.open(cx, &scope, cursor).await?),
            None => None,
        };
        let page = self.products.list(cx, &list, key.limit, after.as_ref()).await?;
        let next = self.cursors.seal_next(cx, &scope, page.next.as_ref()).await?;
        let items = page.items.into_iter().map(ListedProduct::from).collect();
        Ok(CatalogPage { items, next, stale: None }.unless_empty())
    }
}

/// Removes all pages of all lists from L2. The `forget` worker calls it when a product has changed.
pub async fn forget(cache: &Cache, cx: &Cx) -> Result<(), CacheUnreachable> {
    cache.forget_pages::<ListPageKey<'_>>(cx).await
}
