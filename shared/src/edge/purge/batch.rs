//! Splits tags into calls that the CDN accepts.

/// `tags` in order, in parts of at most `most` tags. The text of a part, with one separator a tag,
/// is at most `bytes` long. A tag that is longer is a part of its own.
pub(super) fn parts<'a>(tags: &[&'a str], most: usize, bytes: usize) -> Vec<Vec<&'a str>> {
    let mut parts: Vec<Vec<&str>> = Vec::new();
    let mut length = 0;
    for tag in tags {
        length += tag.len() + 1;
        match parts.last_mut() {
            Some(part) if part.len() < most && length <= bytes => part.push(tag),
            _ => {
                length = tag.len() + 1;
                parts.push(vec![tag]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_part_is_too_large_and_no_tag_is_lost(
            tags in prop::collection::vec("[a-z]{1,12}", 0..60), most in 1_usize..9, bytes in 1_usize..40,
        ) {
            let tags: Vec<_> = tags.iter().map(String::as_str).collect();
            let parts = parts(&tags, most, bytes);
            for part in &parts {
                let length: usize = part.iter().map(|tag| tag.len() + 1).sum();
                prop_assert!(part.len() <= most && (length <= bytes || part.len() == 1));
            }
            // Nor are there more parts than need be: the first tag of each would not have fitted
            // before it.
            for two in parts.windows(2) {
                let length: usize = two[0].iter().map(|tag| tag.len() + 1).sum();
                prop_assert!(two[0].len() == most || length + two[1][0].len() + 1 > bytes);
            }
            prop_assert_eq!(parts.concat(), tags);
        }
    }
}
