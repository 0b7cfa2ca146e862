//! Products that look like a shop's, the same ones every time.

use super::{Failure, fill::Kind};
use functions::{catalog::products::Product, ids::ProductId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared::{app::App, config::ConfigError, table::Table, version::Version};
use uuid::{Builder, Uuid};

/// One shelf of the shop: what stands on it, and between which prices in cents.
struct Shelf {
    category: &'static str,
    cents: (u64, u64),
    kinds: &'static [&'static str],
    words: &'static [&'static str],
    note: &'static str,
}

const SHELVES: [Shelf; 8] = [
    Shelf {
        category: "tea",
        cents: (590, 3_990),
        kinds: &["Assam", "Darjeeling", "Sencha", "Oolong", "Rooibos", "Earl Grey", "Genmaicha", "Lapsang"],
        words: &["First Flush", "Breakfast", "Evening", "Single Garden", "Smoked", "Summer", "Reserve", "House"],
        note: "Loose leaf in a tin that closes. Steep for as long as you like it strong.",
    },
    Shelf {
        category: "coffee",
        cents: (890, 4_490),
        kinds: &["Espresso", "Filter Roast", "Decaf", "Cold Brew", "Ristretto", "Blend", "Peaberry", "Lungo"],
        words: &["Yirgacheffe", "Huila", "Antigua", "Sumatra", "Kilimanjaro", "Monsoon", "Cerrado", "Harrar"],
        note: "Roasted on Mondays, sent on Tuesdays. Whole beans.",
    },
    Shelf {
        category: "kitchen",
        cents: (490, 18_900),
        kinds: &["Kettle", "Teapot", "Skillet", "Chef's Knife", "Cutting Board", "Mixing Bowl", "Scale", "Whisk"],
        words: &["Cast Iron", "Walnut", "Stoneware", "Copper", "Folding", "Enamel", "Everyday", "Professional"],
        note: "Made to be used daily and to be passed on.",
    },
    Shelf {
        category: "books",
        cents: (790, 5_990),
        kinds: &["Field Guide", "Cookbook", "Atlas", "Almanac", "Reader", "Handbook", "Notebook", "Companion"],
        words: &["Coastal", "Mountain", "Urban", "Winter", "Garden", "Night Sky", "River", "Railway"],
        note: "Thread-bound, on paper that takes a pencil.",
    },
    Shelf {
        category: "audio",
        cents: (1_990, 89_900),
        kinds: &["Headphones", "Speaker", "Turntable", "Microphone", "Earbuds", "Radio", "Amplifier", "Cable"],
        words: &["Studio", "Travel", "Open-Back", "Wireless", "Shelf", "Pocket", "Reference", "Compact"],
        note: "Measured by us before it leaves. Two years' warranty.",
    },
    Shelf {
        category: "outdoor",
        cents: (1_290, 64_900),
        kinds: &["Tent", "Rucksack", "Sleeping Bag", "Lantern", "Stove", "Flask", "Hammock", "Compass"],
        words: &["Alpine", "Ultralight", "Two-Person", "Four-Season", "Trail", "Canvas", "Storm", "Day"],
        note: "Tried in rain, and then dried in a hallway.",
    },
    Shelf {
        category: "garden",
        cents: (290, 12_900),
        kinds: &["Secateurs", "Watering Can", "Trowel", "Planter", "Seed Set", "Trellis", "Rake", "Lantern Post"],
        words: &["Balcony", "Cottage", "Forged", "Zinc", "Cedar", "Heirloom", "Rooftop", "Long-Handled"],
        note: "Sharpened or germinated before it is packed, as the case may be.",
    },
    Shelf {
        category: "desk",
        cents: (390, 54_900),
        kinds: &["Lamp", "Notepad", "Pen", "Monitor Stand", "Keyboard", "Organiser", "Chair Mat", "Footrest"],
        words: &["Brass", "Oak", "Felt", "Dotted", "Mechanical", "Adjustable", "Slim", "Recycled"],
        note: "For the table at which things get finished.",
    },
];

/// 1 January 2026: before every id that a running shop makes.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

/// The id that was made at this millisecond with this randomness.
pub(crate) fn id_at(millis: u64, random: &[u8; 32]) -> Uuid {
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

pub(crate) fn time_at(millis: u64) -> Timestamp {
    i64::try_from(millis).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default()
}

/// The same dice for the same number of a kind.
pub(crate) fn dice(kind: &str, number: usize) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update((number as u64).to_be_bytes()).finalize().into()
}

/// The products.
pub(crate) struct Catalogue(Table<Product>);

impl Catalogue {
    pub(crate) fn new(app: &App) -> Result<Self, ConfigError> {
        Ok(Self(app.table("PRODUCTS_TABLE", app.shards("PRODUCT_SHARDS")?)?))
    }
}

impl Kind for Catalogue {
    const NAME: &'static str = "products";
    type Item = Product;

    fn table(&self) -> &Table<Product> {
        &self.0
    }

    fn make(&self, number: usize) -> Result<Product, Failure> {
        Ok(product(number))
    }

    fn key(product: &Product) -> ProductId {
        product.id
    }
}

pub(crate) fn product(number: usize) -> Product {
    let shelf = &SHELVES[number % SHELVES.len()];
    let place = number / SHELVES.len();
    let kind = shelf.kinds[place % shelf.kinds.len()];
    let word = shelf.words[(place / shelf.kinds.len() + place) % shelf.words.len()];
    let edition = place / (shelf.kinds.len() * shelf.words.len());
    let name = if edition == 0 { format!("{word} {kind}") } else { format!("{word} {kind} No. {}", edition + 1) };
    let random = dice("", number);
    let made_ms = EPOCH_MS + number as u64;
    Product {
        id: ProductId(id_at(made_ms, &random)),
        description: format!("{name}. {}", shelf.note),
        name,
        category: shelf.category.to_owned(),
        price_cents: price(shelf.cents, u64::from(random[10]) << 8 | u64::from(random[11])),
        image_url: None,
        updated_at: time_at(made_ms),
        version: Version::FIRST,
    }
}

/// A price between two, low ones more often, that ends like a price.
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
        assert!(once.iter().map(|p| p.id.to_string()).is_sorted(), "ids are in the order in which products came");
    }
}
