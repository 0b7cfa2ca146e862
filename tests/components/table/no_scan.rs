//! A scan costs as much as the table is large, and takes as long. The tests' network refuses one,
//! and this test looks for one in the sources.

use std::{fs, path::Path};

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn no_source_asks_for_a_scan_or_filters_what_it_has_paid_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in ["shared/src", "functions/src", "tools"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 20, "the sources are elsewhere");
    for (path, text) in found {
        for call in [".scan()", "filter_expression", "execute_statement"] {
            assert!(!text.contains(call), "{path} calls {call}");
        }
    }
}
