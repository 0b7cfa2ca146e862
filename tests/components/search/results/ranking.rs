//! What a query finds, and in which order.

use super::*;

#[tokio::test]
async fn a_word_of_the_name_comes_before_a_beginning_and_that_before_the_category() {
    let shelf = Shelf::new().await;
    let in_category = |number, name, category: &str| Product { category: category.to_owned(), ..product(number, name) };
    shelf
        .stock([
            in_category(9, "Kettle", "tea"),
            in_category(8, "Teapot", "kitchen"),
            in_category(1, "Tea", "kitchen"),
            in_category(2, "Green Tea", "kitchen"),
            in_category(3, "Team Shirt", "tea"),
        ])
        .await;
    assert_eq!(shelf.find("tea").await, ["Green Tea", "Tea", "Teapot", "Team Shirt", "Kettle"]);
}

#[tokio::test]
async fn every_word_of_a_query_must_be_met() {
    let shelf = Shelf::new().await;
    let names = ["Extraordinary Lamp 2", "Extraordinarily Lamp 3", "Extraordinary Desk", "Lamp"];
    shelf.stock(names.iter().zip(1..).map(|(name, number)| product(number, name))).await;
    assert_eq!(shelf.find("lamp extraordinar").await, [names[1], names[0]]);
    assert_eq!(shelf.find("extraordinary").await, [names[2], names[0]], "told apart by the thirteenth letter");
    assert_eq!(shelf.find("lamp 2").await, [names[0]], "one letter narrows");
    assert_eq!(shelf.find("LAMP, lamp! te").await.len(), 3, "twice the same, and a category");
    assert_eq!(shelf.find("extraordinaryx lamp").await, [""; 0]);
}

#[tokio::test]
async fn what_no_word_can_be_made_of_finds_nothing_and_asks_nobody() {
    let shelf = Shelf::new().await;
    shelf.stock([product(1, "A Lamp")]).await;
    shelf.meddle(|_| panic!("the table was asked"));
    for text in ["'", "!?", "\u{1f600}", " ", "\u{ad}\u{200d}-"] {
        assert_eq!(shelf.find(text).await, [""; 0], "{text:?}");
    }
}

/// The products that a query finds are those of which one spelling of it is found.
#[tokio::test]
async fn a_product_is_found_by_each_spelling_of_its_name() {
    let shelf = Shelf::new().await;
    let names = [
        "茶",
        "Model X",
        "Type 7",
        "Chef\u{2bc}s Knife",
        "Hawai\u{2bb}i Mug",
        "L'Oréal",
        "Tshirt",
        "T-Shirt",
        "Wi-Fi Box",
    ];
    shelf.stock(names.iter().zip(1..).map(|(name, number)| product(number, name))).await;
    for (query, found) in [
        ("茶", vec!["茶"]),
        ("x", vec!["Model X"]),
        ("X 7", vec![]),
        ("type 7", vec!["Type 7"]),
        ("7", vec!["Type 7"]),
        ("chefs", vec!["Chef\u{2bc}s Knife"]),
        ("chef's knife", vec!["Chef\u{2bc}s Knife"]),
        ("hawaii", vec!["Hawai\u{2bb}i Mug"]),
        ("oreal", vec!["L'Oréal"]),
        ("L\u{2019}OREAL", vec!["L'Oréal"]),
        ("T-Shirt", vec!["T-Shirt", "Tshirt"]),
        ("tshirt", vec!["T-Shirt", "Tshirt"]),
        ("wifi box", vec!["Wi-Fi Box"]),
        ("wi\u{ad}fi", vec!["Wi-Fi Box"]),
        ("wi-fi", vec!["Wi-Fi Box"]),
    ] {
        assert_eq!(shelf.find(query).await, found, "{query:?}");
    }
}
