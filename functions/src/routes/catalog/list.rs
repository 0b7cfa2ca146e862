//! `GET /api/products`

use crate::{
    ids::ProductId,
    products::{Product, Products, listing},
};
use garde::Validate;
use http::Method;
use serde::{Deserialize, Serialize};
use shared::{
    context::Cx,
    edge::{Public, Shared, Tag},
    lambda::{Anyone, Problem, Query, Route, Spec},
    table::Cursors,
    version::Version,
};

/// All products, or those of a category, in the order in which they came.
pub struct List;

/// Which page.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Which {
    #[garde(inner(length(min = 1, max = 40), custom(|text: &String, (): &()| slug(text))))]
    category: Option<String>,
    #[garde(range(min = 1, max = 100))]
    #[serde(default = "twenty")]
    limit: u8,
    #[garde(inner(length(max = 512)))]
    cursor: Option<String>,
}

fn slug(text: &str) -> garde::Result {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.chars().all(allowed) {
        Ok(())
    } else {
        Err(garde::Error::new("has lower-case letters, digits and hyphens"))
    }
}

fn twenty() -> u8 {
    20
}

/// A product in a list.
#[derive(Debug, Serialize)]
struct Row {
    id: ProductId,
    name: String,
    category: String,
    price_cents: u64,
    version: Version,
}

/// One page.
#[derive(Debug, Serialize)]
pub struct Rows {
    items: Vec<Row>,
    next: Option<String>,
}

impl Route for List {
    const SPEC: Spec =
        Spec { name: "catalog-list", method: Method::GET, path: "/api/products", shared: Some(Shared::for_secs(60)) };
    type State = (Products, Cursors);
    type Who = Anyone;
    type Input = Query<Which>;
    type Reply = Public<Rows>;

    async fn handle(
        (products, cursors): &(Products, Cursors),
        cx: &Cx,
        _: Anyone,
        Query(which): Query<Which>,
    ) -> Result<Public<Rows>, Problem> {
        let category = which.category.as_deref();
        let list = listing(category);
        let scope = products.scope(&list);
        let after = which.cursor.map(|c| cursors.open(&scope, &c)).transpose();
        let after = after.map_err(|e| Problem::invalid_field("cursor", e.to_string()))?;
        let page = products.list(cx, &list, usize::from(which.limit), after.as_ref()).await?;
        // The list's own tag, for what a new product changes, and one for each product on the page.
        let of_list = Tag::new("category", category.unwrap_or("all"));
        let tags = std::iter::once(of_list).chain(page.items.iter().take(40).map(Product::tag)).collect();
        let next = page.next.map(|position| cursors.seal(&scope, &position));
        let row = |p: Product| Row {
            id: p.id,
            name: p.name,
            category: p.category,
            price_cents: p.price_cents,
            version: p.version,
        };
        Ok(Public { body: Rows { items: page.items.into_iter().map(row).collect(), next }, tags })
    }
}
