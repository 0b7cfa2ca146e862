//! Lists of products, read through the cache.
//!
//! A list comes from an index, which follows the table within moments and never on demand. So L2
//! keeps a page as current for seconds only: it takes the load of many environments, and answers
//! when the table does not. For longer the CDN keeps it.

use super::{
    pages::{Listed, Page, PageError},
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

/// Which page of which list.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of this category; of all.
    pub category: Option<&'a str>,
    /// So many products, at most.
    pub limit: usize,
    /// What an earlier page of the list said comes next.
    pub cursor: Option<&'a str>,
}

impl PageKey for Wanted<'_> {
    type Value = Page;
    const SCHEMA: u16 = 1;
    const POLICY: Policy = Policy::new(Duration::from_secs(5)).l1_ttl(PUBLIC_L1_TTL);
    const FAMILY: &'static str = FAMILY;

    fn page(&self) -> String {
        sha256_hex(format!("{:?} {} {:?}", self.category, self.limit, self.cursor).as_bytes())
    }
}

/// The lists.
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
    /// A page, oldest first.
    pub async fn page(&self, cx: &Cx, wanted: &Wanted<'_>) -> Result<Page, PageError> {
        let found = self.cache.read_page(cx, wanted, async |_: Consistency| self.load(cx, wanted).await).await?;
        let of = |Cached { value, stale, .. }: Cached<Page>| Page { stale, ..value };
        Ok(found.map(of).unwrap_or_default())
    }

    async fn load(&self, cx: &Cx, wanted: &Wanted<'_>) -> Result<Option<Page>, PageError> {
        let list = listing(wanted.category);
        let scope = self.products.scope(&list);
        let after = match wanted.cursor {
            Some(cursor) => Some(self.cursors.open(cx, &scope, cursor).await?),
            None => None,
        };
        let page = self.products.list(cx, &list, wanted.limit, after.as_ref()).await?;
        let next = self.cursors.seal_next(cx, &scope, page.next.as_ref()).await?;
        let items = page.items.into_iter().map(Listed::from).collect();
        Ok(Page { items, next, stale: None }.unless_empty())
    }
}

/// Forgets all pages of all lists: what the table's stream causes when a product changes.
pub async fn forget(cache: &Cache, cx: &Cx) -> Result<(), CacheUnreachable> {
    cache.forget_pages::<Wanted<'_>>(cx).await
}
