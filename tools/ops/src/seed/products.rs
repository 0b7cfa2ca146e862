//! Products.

use super::{
    Failure,
    categories::CATEGORIES,
    fill::Seeds,
    identity::{EPOCH_MS, id_at, random_bytes, time_at},
};
use functions::{catalog::products::Product, ids::ProductId};
use shared::{app::App, config::ConfigError, table::Table, version::Version};

/// The products.
pub(super) struct ProductSeeds(Table<Product>);

impl ProductSeeds {
    pub(super) fn new(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(app.table()?))
    }
}

impl Seeds for ProductSeeds {
    const NAME: &'static str = "products";
    type Item = Product;

    fn table(&self) -> &Table<Product> {
        &self.0
    }

    fn item(&self, number: usize) -> Result<Product, Failure> {
        Ok(product(number))
    }

    fn key(product: &Product) -> ProductId {
        product.id
    }
}

/// The product with this number.
pub(super) fn product(number: usize) -> Product {
    let category = &CATEGORIES[number % CATEGORIES.len()];
    let place = number / CATEGORIES.len();
    let kind = category.kinds[place % category.kinds.len()];
    let word = category.words[(place / category.kinds.len() + place) % category.words.len()];
    let edition = place / (category.kinds.len() * category.words.len());
    let name = if edition == 0 { format!("{word} {kind}") } else { format!("{word} {kind} No. {}", edition + 1) };
    // The kind is empty, as it was when the first stacks were seeded: another would make other ids.
    let random = random_bytes("", number);
    let created_ms = EPOCH_MS + number as u64;
    Product {
        id: ProductId(id_at(created_ms, &random)),
        description: format!("{name}. {}", category.note),
        name,
        category: category.name.to_owned(),
        price_cents: price(category.cents, u64::from(random[10]) << 8 | u64::from(random[11])),
        image_url: None,
        updated_at: time_at(created_ms),
        version: Version::FIRST,
    }
}

/// A price between two bounds, in cents. It ends with 90, and low prices are more frequent.
fn price((least, most): (u64, u64), random: u64) -> u64 {
    let squared = (random * random) >> 16;
    let cents = least + (most - least) * squared / 65_536;
    cents / 100 * 100 + 90
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn products(count: usize) -> Vec<Product> {
        (0..count).map(product).collect()
    }

    #[test]
    fn the_same_number_makes_the_same_products_and_no_two_are_alike() {
        let (once, twice) = (products(1_000), products(1_000));
        assert_eq!(once, twice);
        assert_eq!(once.iter().map(|p| p.id).collect::<HashSet<_>>().len(), 1_000);
        assert_eq!(once.iter().map(|p| &p.name).collect::<HashSet<_>>().len(), 1_000);
        assert_eq!(once[..240].iter().map(|p| &p.category).collect::<HashSet<_>>().len(), 8);
        assert!(once.iter().all(|p| (290..90_000).contains(&p.price_cents)));
        assert!(once.iter().map(|p| p.id.to_string()).is_sorted(), "ids are in the order of the numbers");
    }
}
