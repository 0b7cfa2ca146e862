//! The CDN forgets what a change of a product outdates.

use super::PURGE_QUEUE;
use crate::{
    events::{Changed, ProductChanged},
    products,
};
use shared::{
    context::Cx,
    edge::{Purger, Tag},
    lambda::BatchWorker,
    queue::{Delivery, Failed},
};

/// Forgets at the CDN, a batch of events in one call. Nothing is kept about what was done: to forget twice is harmless.
pub struct Purge;

impl BatchWorker for Purge {
    const NAME: &'static str = "purge";
    const QUEUE: &'static str = PURGE_QUEUE;
    type State = Purger;
    type Message = Changed;

    async fn handle(purger: &Purger, cx: &Cx, batch: &[(Delivery, Changed)]) -> Vec<Result<(), Failed>> {
        let tags = batch.iter().flat_map(|(_, changed)| match changed {
            Changed::ProductChanged(product) => outdated(product),
            // A profile is kept for five seconds: not worth the price of a purge.
            Changed::AccountChanged { .. } => vec![],
        });
        let causes: Vec<_> = batch.iter().map(|(delivery, _)| delivery.id.as_str()).collect();
        let done = purger.purge(cx, &causes, &tags.collect::<Vec<_>>()).await;
        batch.iter().map(|_| done.clone().map_err(Failed::from)).collect()
    }
}

/// Which replies a change outdates, and no others: each is fetched again. What was there before changes its page and the
/// pages of lists that show it, also when it leaves them: the other pages begin at a position, not at a number, and stay right.
/// What enters a list changes the end of that list, where nothing bears its name yet.
fn outdated(changed: &ProductChanged) -> Vec<Tag> {
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
        outdated(&changed)
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
