//! `GET /api/products`

use super::ProductListView;
use crate::{
    catalog::{
        lists::{ListPageKey, Lists},
        products::{FAMILY, list_tag, long_list_tag, tag},
        spelling::{self, CATEGORY, CATEGORY_MAX},
    },
    routes::{
        READS,
        page_params::{Cursor, PageLimit},
    },
};
use garde::Validate;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    context::Cx,
    edge::{MAX_TAGS, Public, Shared},
    lambda::{Anyone, Problem, Query, Route, Spec},
    table::CURSOR_MAX,
};

/// Lists the products. The oldest product is first. A category limits the list to its products.
#[derive(JsonSchema)]
pub struct ListProducts;

/// Which page of which list.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProductsQuery {
    /// The category whose products are listed; without it, the list has all products.
    #[garde(inner(length(max = CATEGORY_MAX), custom(spelling::category)))]
    #[schemars(length(min = 1, max = CATEGORY_MAX), regex(pattern = CATEGORY), example = "black-tea")]
    category: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    limit: PageLimit,
    #[garde(inner(length(max = CURSOR_MAX)))]
    #[schemars(with = "Option<Cursor>")]
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
        let (limit, cursor) = (query.limit.get(), query.cursor.as_deref());
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
