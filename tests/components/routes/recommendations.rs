//! Recommendations beside a product: an answer shows them when they are there, and is complete
//! without them when they are not.

use super::{Rule, Shop};
use functions::{
    analytics::top_partners::{Partner, TopPartners},
    ids::ProductId,
    routes::catalog,
};
use serde_json::{Value, json};
use shared::{context::Cx, table::Shards, version::Version};
use std::time::{Duration, Instant};

impl Shop {
    /// Makes others the partners of a product.
    async fn together(&self, product_id: ProductId, partners: &[ProductId]) {
        let partner =
            |(n, id): (usize, &ProductId)| Partner { product_id: *id, orders: 100 - i64::try_from(n).unwrap() };
        let partners = partners.iter().enumerate().map(partner).collect();
        let list = TopPartners { product_id, partners, version: Version::FIRST };
        self.tables()
            .table(&self.tables().client(), "Counters", Shards::ONE)
            .create(&Cx::detached(), &list)
            .await
            .unwrap();
    }

    async fn product(&self, id: ProductId) -> super::Reply {
        self.ask::<catalog::GetProduct>(&format!("/api/products/{id}"), &[], &Value::Null).await
    }

    /// A product in full: on a machine that is busy with other tests, a tenth of a second may not
    /// be enough at once.
    async fn whole_product(&self, id: ProductId) -> super::Reply {
        for _ in 0..100 {
            let reply = self.product(id).await;
            if reply.ok(200)["degraded"] == json!([]) {
                return reply;
            }
        }
        panic!("recommendations came in time in none of a hundred answers");
    }
}

#[tokio::test]
async fn a_product_shows_what_is_bought_with_it_most_often_and_not_what_has_left_the_catalogue() {
    let shop = Shop::new();
    let (tea, cup, pot) = (shop.stock(250).await, shop.stock(900).await, shop.stock(3_000).await);
    shop.together(tea, &[pot, ProductId::generate(), cup]).await;
    let reply = shop.whole_product(tea).await;
    let shown = reply.ok(200);
    let ids: Vec<_> = shown["recommendations"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, [json!(pot), json!(cup)]);
    assert_eq!(shown["recommendations"][0]["price_cents"], 3_000);
    assert_eq!(shown["degraded"], json!([]));
    assert_eq!(reply.header("degraded"), "");
    let tags = reply.header("cache-tag");
    assert!([tea, pot, cup].iter().all(|id| tags.contains(&id.to_string())), "whose price changes purges it: {tags}");
    let lonely = shop.whole_product(cup).await;
    assert_eq!((&lonely.ok(200)["recommendations"], &lonely.body["degraded"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn without_recommendations_a_product_is_answered_in_time_and_says_what_it_lacks() {
    let counters = |call: &super::Call| call.body["TableName"].as_str().is_some_and(|name| name.ends_with("counters"));
    let killed =
        Shop::behind(move |call| if counters(call) { Rule::refuse(500, "InternalServerError") } else { Rule::Pass });
    let slow = Shop::behind(move |call| if counters(call) { Rule::Delay(Duration::from_secs(5)) } else { Rule::Pass });
    for shop in [killed, slow] {
        let tea = shop.stock(250).await;
        let start = Instant::now();
        let reply = shop.product(tea).await;
        assert!(start.elapsed() < Duration::from_secs(2), "it waited {:?}", start.elapsed());
        let shown = reply.ok(200);
        assert_eq!((&shown["recommendations"], &shown["degraded"]), (&json!([]), &json!(["recommendations"])));
        assert_eq!(shown["price_cents"], 250);
        assert_eq!(reply.header("degraded"), "recommendations");
        let kept = reply.header("cache-control");
        assert!(
            kept.contains("s-maxage=5,"),
            "an answer that lacks something is kept for as long as a whole one: {kept}"
        );
    }
}
