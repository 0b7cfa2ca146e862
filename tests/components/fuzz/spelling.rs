//! A text that the API document allows is a text that the code allows, and the other way round.

use super::many;
use functions::catalog::spelling::{CATEGORY, MEDIA_PATH, category, media_path};
use proptest::prelude::*;
use serde_json::json;
use tests::shape;

fn is_in_document(pattern: &str, text: &str) -> bool {
    shape::check(&json!({ "type": "string", "pattern": pattern }), &json!(text)).is_ok()
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_category_has_one_rule(text in "[-0-9a-zA-Z_ é]{0,6}") {
        prop_assert_eq!(category(&text, &()).is_ok(), is_in_document(CATEGORY, &text), "{:?}", text);
    }

    #[test]
    fn the_path_of_a_picture_has_one_rule(text in "(/media/)?[-_./0-9aZ é]{0,8}") {
        prop_assert_eq!(media_path(&text, &()).is_ok(), is_in_document(MEDIA_PATH, &text), "{:?}", text);
    }
}

#[test]
fn a_path_does_not_lead_out_of_its_folder() {
    for text in ["/media/..", "/media/../x", "/media/a/../b", "/media/.", "/media/", "/media", "media/x", "/media/a\n"]
    {
        assert!(media_path(text, &()).is_err() && !is_in_document(MEDIA_PATH, text), "{text:?}");
    }
    for text in ["/media/a.png", "/media/a/b-c_d.tar.gz", "/media/first-flush-assam.jpg"] {
        assert!(media_path(text, &()).is_ok() && is_in_document(MEDIA_PATH, text), "{text:?}");
    }
}
