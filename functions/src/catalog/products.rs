//! Products as the table stores them.

use crate::{env, ids::ProductId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared::{
    app::{App, FromApp},
    config::ConfigError,
    context::Cx,
    edge::Tag,
    openapi::DateTime,
    table::{Attribute, Consistency, Item, Key, Listing, Page, Position, Shards, Table, TableError, TableSpec},
    version::{Version, Versioned},
};

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// The id of the product.
    pub id: ProductId,
    /// The name of the product.
    #[schemars(example = "First Flush Assam")]
    pub name: String,
    /// The description of the product.
    #[schemars(example = "Malty and brisk, from the spring harvest.")]
    pub description: String,
    /// The category: lower-case letters, digits and hyphens.
    #[schemars(example = "black-tea")]
    pub category: String,
    /// The price, in cents of US dollars.
    #[schemars(example = 2_190)]
    pub price_cents: u64,
    /// The path of the product's picture, relative to the site; `null` without a picture.
    #[schemars(example = "/media/first-flush-assam.jpg")]
    pub image_url: Option<String>,
    /// When the product was last changed.
    #[schemars(with = "DateTime")]
    pub updated_at: Timestamp,
    /// The version of the product, for `If-Match`.
    pub version: Version,
}

/// The CDN's tag of everything that shows products, except search results.
pub fn family() -> Tag {
    Tag::family(FAMILY)
}

/// The name of this family.
pub const FAMILY: &str = "products";

/// The CDN's tag of a product's page and of the lists that show the product, except long lists.
pub fn tag(id: ProductId) -> Tag {
    Tag::new("product", id)
}

/// The CDN's tag of every page of a list: of a category, or of all products.
pub fn list_tag(category: Option<&str>) -> Tag {
    Tag::new("category", category.unwrap_or("all"))
}

/// The CDN's tag of a list's long pages. They show more products than a reply may have tags
/// ([`MAX_TAGS`](shared::edge::MAX_TAGS)), so a change of any product in the list purges them all.
pub fn long_list_tag(category: Option<&str>) -> Tag {
    Tag::new("long", category.unwrap_or("all"))
}

impl Versioned for Product {
    fn version(&self) -> Version {
        self.version
    }
}

impl Item for Product {
    const TABLE: TableSpec = TableSpec::new(env::PRODUCTS_TABLE).sharded_by(env::PRODUCT_SHARDS);
    type Key = ProductId;

    fn key_of(id: &ProductId) -> Key {
        Key::simple(format!("product#{id}"))
    }

    fn key(&self) -> Key {
        Self::key_of(&self.id)
    }

    fn attributes(&self, shards: Shards) -> Vec<(&'static str, Attribute)> {
        let id = self.id.to_string();
        vec![
            ("listing_shard", Attribute::Text(shards.key("all", &id))),
            ("category_shard", Attribute::Text(shards.key(&self.category, &id))),
        ]
    }
}

/// Reads and writes products in the table.
pub struct Products {
    table: Table<Product>,
}

impl FromApp for Products {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Self { table: app.table()? })
    }
}

impl Products {
    /// Reads a product by id.
    pub async fn get(&self, cx: &Cx, id: ProductId, how: Consistency) -> Result<Option<Product>, TableError> {
        self.table.get(cx, &id, how).await
    }

    /// Reads products strongly, in the order of the ids. Orders are priced from these.
    pub async fn get_many(&self, cx: &Cx, ids: &[ProductId]) -> Result<Vec<Option<Product>>, TableError> {
        self.table.get_many(cx, ids, Consistency::Strong).await
    }

    /// Creates a product (`expect` is `None`), or replaces the version `expect` of it.
    /// [`TableError::Conflict`] when the table has something else.
    pub async fn save(&self, cx: &Cx, product: &Product, expect: Option<Version>) -> Result<(), TableError> {
        match expect {
            None => self.table.create(cx, product).await,
            Some(version) => self.table.replace(cx, product, version).await,
        }
    }

    /// Reads a page of a listing, oldest first.
    pub async fn list(
        &self,
        cx: &Cx,
        listing: &Listing,
        limit: usize,
        after: Option<&Position>,
    ) -> Result<Page<Product>, TableError> {
        self.table.list(cx, listing, limit, after).await
    }

    /// The scope to which the cursors of a listing are bound.
    pub fn scope(&self, listing: &Listing) -> String {
        self.table.listing_scope(listing)
    }

    /// Writes products without conditions, over whatever is there. For seeding a catalogue.
    pub async fn write_all(
        &self,
        cx: &Cx,
        products: Vec<Product>,
        progress: impl FnMut(usize),
    ) -> Result<usize, TableError> {
        self.table.write_all(cx, products, progress).await
    }
}

/// All products, or those of a category.
pub fn listing(category: Option<&str>) -> Listing {
    match category {
        Some(category) => Listing::new("by_category", "category_shard", category),
        None => Listing::new("listing", "listing_shard", "all"),
    }
}
