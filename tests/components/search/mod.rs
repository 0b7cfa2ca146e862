//! Search on a DynamoDB in this process.

mod indexing;
mod large_products;
mod results;
mod route;
mod trimming;

use functions::{
    catalog::{
        pages::{CatalogPage, PageError},
        products::{Product, Products},
        search::{Indexer, ParsedQuery, Search, TermRow, terms},
    },
    ids::ProductId,
};
use jiff::Timestamp;
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::Vars,
    context::Cx,
    sign::Signer,
    table::{Shards, Table, TableError},
    version::Version,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    dynamo::Tables,
    fault_injector::{Call, FaultInjector, Rule},
};
use uuid::Builder;

/// What a test says about the network, until it says something else.
type Rules = Arc<dyn Fn(&Call) -> Rule + Send + Sync>;

/// A catalogue, its index, and a network that a test may meddle with.
struct Shelf {
    tables: Tables,
    app: App,
    clock: Clock,
    rules: Arc<Mutex<Rules>>,
    products: Products,
    indexer: Indexer,
    search: Search,
    rows: Table<TermRow>,
}

impl Shelf {
    async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With more variables: `CACHE_URL`.
    async fn with(variables: &[(&str, String)]) -> Self {
        let (tables, clock) = (Tables::new(), Clock::manual(1_800_000_000_000));
        let rules: Arc<Mutex<Rules>> = Arc::new(Mutex::new(Arc::new(|_: &Call| Rule::Pass)));
        let sdk = tables.sdk();
        let (network, decides) = (sdk.http_client().unwrap(), Arc::clone(&rules));
        let decide = move |call: &Call| {
            let rule = Arc::clone(&decides.lock().unwrap());
            rule(call)
        };
        let sdk = sdk.into_builder().http_client(FaultInjector::new(network, Arc::new(decide))).build();
        let named = ["Products", "Search"].map(|table| tables.variable(table));
        let more = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let app = App::new(Vars::from_pairs(named.into_iter().chain(more)), clock.clone(), sdk)
            .with_signer(Signer::new(&[7; 32]));
        let (products, indexer) = <(Products, Indexer)>::from_app(&app).await.unwrap();
        let search = Search::from_app(&app).await.unwrap();
        let rows = tables.table(&tables.client(), "Search", Shards::ONE);
        Self { tables, app, clock, rules, products, indexer, search, rows }
    }

    /// The same tables on a network that nobody meddles with.
    fn undisturbed(&self) -> App {
        let named = ["Products", "Search"].map(|table| self.tables.variable(table));
        App::new(Vars::from_pairs(named), self.clock.clone(), self.tables.sdk())
    }

    /// From now on the network does this.
    fn meddle(&self, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) {
        *self.rules.lock().unwrap() = Arc::new(rule);
    }

    /// Writes products without a word to the index.
    async fn write(&self, products: impl IntoIterator<Item = Product>) {
        self.products.write_all(&patient(), products.into_iter().collect(), |_| ()).await.unwrap();
    }

    /// Writes products and indexes them.
    async fn stock(&self, products: impl IntoIterator<Item = Product>) {
        let products: Vec<_> = products.into_iter().collect();
        self.write(products.clone()).await;
        for product in products {
            self.index(&product).await.unwrap();
        }
    }

    async fn index(&self, product: &Product) -> Result<(), TableError> {
        self.indexer.index(&patient(), product.id).await
    }

    /// Removes a product, as if it had never been.
    async fn remove(&self, product: &Product) {
        let table: Table<Product> = self.tables.table(&self.tables.client(), "Products", Shards::ONE);
        table.delete(&patient(), &product.id).await.unwrap();
    }

    async fn ask(&self, text: &str, limit: usize) -> Result<CatalogPage, PageError> {
        self.search.find(&patient(), &ParsedQuery::new(text), limit, None).await
    }

    /// The names that a query finds, in order; nothing that is remembered.
    async fn find(&self, text: &str) -> Vec<String> {
        self.clock.advance(Duration::from_hours(24));
        self.ask(text, 100).await.unwrap().items.into_iter().map(|hit| hit.name).collect()
    }

    /// The rows of these terms.
    async fn rows_of(&self, terms: impl IntoIterator<Item = String>) -> BTreeSet<(String, String, String)> {
        let mut found = BTreeSet::new();
        for term in terms {
            let all = shared::table::PartitionQuery::of(format!("term#{term}"));
            let page = self.rows.query(&patient(), &all, 10_000, None).await.unwrap();
            found.extend(page.items.into_iter().map(|row| (term.clone(), row.rank().to_owned(), row.name)));
        }
        found
    }

    /// Whether the index has the rows of `products` and no other, among the terms of all that were
    /// ever called `names`.
    #[track_caller]
    fn agrees(&self, products: &[Product], names: &[&str]) -> impl Future<Output = ()> {
        let ever = products.iter().map(|product| (product.name.as_str(), product.category.as_str()));
        let ever: BTreeSet<String> = ever
            .chain(names.iter().map(|name| (*name, "tea")))
            .flat_map(|(name, category)| terms(name, category).into_keys())
            .collect();
        let wanted: BTreeSet<_> = products
            .iter()
            .flat_map(TermRow::all_of)
            .map(|row| (row.place().term().to_owned(), row.rank().to_owned(), row.name.clone()))
            .collect();
        async move { assert_eq!(self.rows_of(ever).await, wanted) }
    }
}

/// A product of the category `tea`, the same one for the same number; a greater one is newer.
fn product(number: u64, name: &str) -> Product {
    let mut tail = [7; 10];
    tail[2..].copy_from_slice(&number.to_be_bytes());
    Product {
        id: ProductId(Builder::from_unix_timestamp_millis(1_700_000_000_000 + number, &tail).into_uuid()),
        name: name.to_owned(),
        description: String::new(),
        category: "tea".to_owned(),
        price_cents: 100 + number,
        image_url: None,
        updated_at: Timestamp::UNIX_EPOCH,
        version: Version::FIRST,
    }
}

/// The next version of a product, under another name.
fn renamed(product: &Product, name: &str) -> Product {
    Product { name: name.to_owned(), version: product.version.next(), ..product.clone() }
}

/// A request that has time, however slow the machine.
fn patient() -> Cx {
    Cx::new(Clock::system(), "test", Duration::from_mins(2))
}
