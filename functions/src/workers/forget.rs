//! Removes from L2 and the CDN what has changed in a table.
//!
//! A route that writes an item also updates L2. This worker does it again, for routes whose second
//! step failed and for writes that no route made. It comes later than the writer, so it removes
//! only what is older than the change. So events may come twice and in any order, and the worker
//! needs no idempotency records. `spread` defines the order of the steps.

use super::{
    queues,
    spread::{self, PendingChange, later},
};
use crate::{
    accounts::{
        self,
        photos::{self, PhotoRemover},
        profiles,
    },
    catalog::{self, lists, products},
    events::{Changed, ProductChanged},
};
use futures_util::{StreamExt as _, stream};
use shared::{
    cache::{Cache, CacheUnreachable},
    context::Cx,
    edge::{Purger, Tag},
    env::Var,
    lambda::BatchWorker,
    queue::{Delivery, Failed},
    upload::UploadError,
};
use std::sync::Arc;

/// How many calls to L2 are under way at once; they share a connection.
const PARALLEL: usize = 16;

/// Removes what a batch of events outdates from L2, then from the CDN with one call.
pub struct Forget;

impl BatchWorker for Forget {
    const NAME: &'static str = "forget";
    const QUEUE: &'static Var = queues::FORGET_QUEUE_URL;
    type State = (Arc<Cache>, Purger, PhotoRemover);
    type Message = Changed;

    async fn handle(
        (cache, purger, pictures): &(Arc<Cache>, Purger, PhotoRemover),
        cx: &Cx,
        batch: &[(Delivery, Changed)],
    ) -> Vec<Result<(), Failed>> {
        // Pages in L2 that are older than the change expire by themselves. A change that still
        // waits after that time removes no more pages.
        let is_news = |(delivery, changed): &(Delivery, Changed)| {
            matches!(changed, Changed::ProductChanged(_)) && spread::is_young(cx, delivery)
        };
        let all_lists = if batch.iter().any(is_news) { lists::forget(cache, cx).await } else { Ok(()) };
        let forgets: Vec<_> = batch.iter().map(|(_, changed)| forget(cache, pictures, cx, changed)).collect();
        let forgotten: Vec<_> = stream::iter(forgets).buffered(PARALLEL).collect().await;
        let changes = batch.iter().zip(forgotten).map(|((delivery, changed), forgotten)| {
            let is_product = matches!(changed, Changed::ProductChanged(_));
            let behind = match (&all_lists, forgotten) {
                (Err(why), _) if is_product => Err(later(cx, delivery, why)),
                (_, forgotten) => forgotten.map_err(|why| later(cx, delivery, &why)),
            };
            PendingChange { delivery, behind, tags: outdated(delivery, changed) }
        });
        spread::purge(purger, cx, changes.collect()).await
    }
}

/// Why a cache or the bucket still holds what has changed.
#[derive(Debug, thiserror::Error)]
enum ForgetError {
    #[error(transparent)]
    Cache(#[from] CacheUnreachable),
    #[error(transparent)]
    Bucket(#[from] UploadError),
}

async fn forget(cache: &Cache, pictures: &PhotoRemover, cx: &Cx, changed: &Changed) -> Result<(), ForgetError> {
    match changed {
        Changed::AccountChanged { user_id, version, photo_before } => {
            accounts::forget(cache, cx, *user_id, *version).await?;
            // The bucket before the CDN, which would fetch the picture again.
            if let Some(name) = photo_before {
                pictures.delete(cx, name).await?;
            }
        }
        Changed::ProductChanged(product) => catalog::forget(cache, cx, product.product_id, product.version).await?,
    }
    Ok(())
}

/// The tags of what a change outdates at the CDN, each with the tag of its family.
fn outdated(delivery: &Delivery, changed: &Changed) -> Vec<(Tag, Tag)> {
    match changed {
        Changed::ProductChanged(product) => {
            outdated_products(product).into_iter().map(|tag| (tag, products::family())).collect()
        }
        Changed::AccountChanged { user_id, photo_before, .. } => {
            // The CDN keeps a profile for five seconds, which is not worth the price of a purge.
            // But if the change has waited for L2, the CDN may just have fetched the old profile.
            let profile = (delivery.attempt > 1).then(|| (profiles::tag(*user_id), profiles::family()));
            let picture = photo_before.as_deref().map(|name| (photos::tag(name), photos::family()));
            profile.into_iter().chain(picture).collect()
        }
    }
}

/// The tags of exactly the replies that a change outdates, since each purged reply is fetched
/// again.
///
/// A product that existed before changes its own page and the pages of lists that show it. Other
/// pages stay right even if it leaves a list, because they begin at a position and not at a number.
/// A new product appears on a list's last page, which does not carry its tag yet, so the list's own
/// tag is purged.
fn outdated_products(changed: &ProductChanged) -> Vec<Tag> {
    let ProductChanged { product_id, category, category_before, .. } = changed;
    let mut tags = Vec::new();
    if let Some(before) = category_before {
        tags.extend([products::tag(*product_id), products::long_list_tag(Some(before)), products::long_list_tag(None)]);
    }
    if let Some(now) = category.as_deref().filter(|now| category_before.as_deref() != Some(now)) {
        tags.push(products::list_tag(Some(now)));
    }
    if category.is_some() && category_before.is_none() {
        tags.push(products::list_tag(None));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::version::Version;

    fn tags(before: Option<&str>, now: Option<&str>) -> Vec<String> {
        let product_id = "019a0000-0000-7000-8000-000000000000".parse().unwrap();
        let name = |category: Option<&str>| category.map(str::to_owned);
        let (category, category_before, version) = (name(now), name(before), Version(2));
        let changed = ProductChanged { product_id, version, category, category_before };
        outdated_products(&changed)
            .iter()
            .map(|tag| tag.to_string().replace("019a0000-0000-7000-8000-000000000000", "1"))
            .collect()
    }

    #[test]
    fn a_change_outdates_what_shows_it_and_nothing_else() {
        assert_eq!(tags(None, Some("tea")), ["category-tea", "category-all"], "a new one has no page yet");
        assert_eq!(tags(Some("tea"), Some("tea")), ["product-1", "long-tea", "long-all"], "a price");
        assert_eq!(tags(Some("tea"), Some("cups")), ["product-1", "long-tea", "long-all", "category-cups"]);
        assert_eq!(tags(Some("tea"), None), ["product-1", "long-tea", "long-all"], "gone");
    }
}
