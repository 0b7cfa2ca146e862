//! `GET /api/products`

use super::ProductListView;
use crate::{
    catalog::{
        lists::{ListPageKey, Lists},
        products::{CATEGORY, FAMILY, category_name, list_tag, long_list_tag, tag},
    },
    routes::READS,
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::{MAX_TAGS, Public, Shared},
    lambda::{Anyone, Problem, Query, Route, Spec},
};

/// All products, or those of a category, in the order in which they came.
#[derive(JsonSchema)]
pub struct ListProducts;

/// Which page.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProductsQuery {
    #[garde(inner(length(min = 1, max = 40), custom(|text: &String, (): &()| category_name(text))))]
    #[schemars(length(min = 1, max = 40), regex(pattern = CATEGORY))]
    category: Option<String>,
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "crate::routes::page::twenty")]
    limit: u8,
    #[garde(inner(length(max = 512)))]
    #[schemars(length(max = 512))]
    cursor: Option<String>,
}

impl Route for ListProducts {
    const SPEC: Spec = Spec {
        name: "catalog-list",
        method: Method::GET,
        path: "/api/products",
        shared: Some(Shared::for_secs(FAMILY, 60)),
        limits: READS,
    };
    type State = Lists;
    type Who = Anyone;
    type Input = Query<ListProductsQuery>;
    type Reply = Public<ProductListView>;

    async fn handle(
        lists: &Lists,
        cx: &Cx,
        _: Anyone,
        Query(query): Query<ListProductsQuery>,
    ) -> Result<Public<ProductListView>, Problem> {
        let category = query.category.as_deref();
        let (limit, cursor) = (usize::from(query.limit), query.cursor.as_deref());
        let page = lists.page(cx, &ListPageKey { category, limit, cursor }).await?;
        // The list's own tag, which a new product purges, and a tag for each product on the page.
        let mut tags = vec![list_tag(category)];
        if page.items.len() < MAX_TAGS {
            tags.extend(page.items.iter().map(|product| tag(product.id)));
        } else {
            tags.push(long_list_tag(category));
        }
        Ok(Public { body: page.into(), tags })
    }
}
