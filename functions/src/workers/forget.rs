//! Makes L2 and the CDN forget what has changed in a table.
//!
//! A write tells L2 itself; this does it again, for the writes whose second step was lost and for
//! those that no route made. It comes later than the writer, so it removes what is older than the
//! change and nothing else, however often and in whatever order it is told. What it needs no record
//! of is not recorded: doing it twice is doing it once. The order of the steps is `spread`'s.

use super::spread::{self, Change, later};
use crate::{
    accounts::{
        self,
        photos::{self, TakenDown},
        profiles,
    },
    catalog::{self, lists, products},
    env,
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

/// Questions to L2 under way at once: they share a connection.
const PARALLEL: usize = 16;

/// Forgets in L2, then at the CDN, a batch of events in one call.
pub struct Forget;

impl BatchWorker for Forget {
    const NAME: &'static str = "forget";
    const QUEUE: &'static Var = env::FORGET_QUEUE_URL;
    type State = (Arc<Cache>, Purger, TakenDown);
    type Message = Changed;

    async fn handle(
        (cache, purger, pictures): &(Arc<Cache>, Purger, TakenDown),
        cx: &Cx,
        batch: &[(Delivery, Changed)],
    ) -> Vec<Result<(), Failed>> {
        // A page that is older than a change ends by itself in time: whatever a change waits for
        // after that, it takes no more pages away.
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
            Change { delivery, behind, tags: outdated(delivery, changed) }
        });
        spread::purge(purger, cx, changes.collect()).await
    }
}

/// Why something that holds what has changed was not told of it.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Cache(#[from] CacheUnreachable),
    #[error(transparent)]
    Bucket(#[from] UploadError),
}

async fn forget(cache: &Cache, pictures: &TakenDown, cx: &Cx, changed: &Changed) -> Result<(), Untold> {
    match changed {
        Changed::AccountChanged { user_id, version, photo_before } => {
            accounts::forget(cache, cx, *user_id, *version).await?;
            // Before the CDN forgets it: it would fetch it again.
            if let Some(name) = photo_before {
                pictures.delete(cx, name).await?;
            }
        }
        Changed::ProductChanged(product) => catalog::forget(cache, cx, product.product_id, product.version).await?,
    }
    Ok(())
}

/// The tags of what a change outdates at the CDN, each with its family's.
fn outdated(delivery: &Delivery, changed: &Changed) -> Vec<(Tag, Tag)> {
    match changed {
        Changed::ProductChanged(product) => {
            outdated_products(product).into_iter().map(|tag| (tag, products::family())).collect()
        }
        Changed::AccountChanged { user_id, photo_before, .. } => {
            // A profile is kept for five seconds: not worth the price of a purge, unless the change
            // has waited for L2. Then the CDN may just have fetched what L2 remembered.
            let profile = (delivery.attempt > 1).then(|| (profiles::tag(*user_id), profiles::family()));
            let picture = photo_before.as_deref().map(|name| (photos::tag(name), photos::family()));
            profile.into_iter().chain(picture).collect()
        }
    }
}

/// Which replies a change outdates, and no others: each is fetched again. What was there before
/// changes its page and the pages of lists that show it, also when it leaves them: the other pages
/// begin at a position, not at a number, and stay right. What enters a list changes its last page,
/// which has no tag of it yet: the list's own tag, which is on each of its pages, is purged.
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
