//! `shared` knows no user, product or order: a team keeps it and replaces the storefront.

use crate::{sources::below, tokens::tokens};

const STOREFRONT: &[&str] = &[
    "user",
    "users",
    "product",
    "products",
    "orders",
    "catalog",
    "catalogue",
    "category",
    "shop",
    "storefront",
    "cart",
    "price",
    "prices",
    "cents",
];

/// Names that are others': AWS calls the author of a change so, Redis whoever signs in.
const FOREIGN: &[(&str, &str)] = &[("lambda", "user_identity"), ("valkey", "user")];

/// The words of a name: `ProductId` and `product_id` are `product` and `id`.
fn words(name: &str) -> Vec<String> {
    let mut spread = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            spread.push('_');
        }
        spread.push(letter.to_ascii_lowercase());
    }
    spread.split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn storefront_words(source: &str, home: &str) -> Vec<String> {
    let known = |name: &String| words(name).iter().any(|word| STOREFRONT.contains(&word.as_str()));
    let ours = |name: &String| !FOREIGN.contains(&(home, name.as_str()));
    tokens(source).into_iter().filter(ours).filter(known).collect()
}

#[test]
fn shared_names_nothing_of_the_storefront() {
    for source in below("shared/src") {
        let found = storefront_words(&source.without_tests(), source.module().first().map_or("", String::as_str));
        assert_eq!(found, [""; 0], "{}", source.path);
    }
}

#[test]
fn a_word_of_the_storefront_is_seen() {
    let source = "// a user's product\nstruct ProductId; fn by_user() {} let order = Ordering::Relaxed; \"users\"";
    assert_eq!(storefront_words(source, "table"), ["ProductId", "by_user"]);
}
