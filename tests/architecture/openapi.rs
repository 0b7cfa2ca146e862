//! `docs/openapi.json` is what the code says, and both are what `template.yaml` deploys. `make
//! openapi` writes the file.

use crate::{sources::read, template::routes};
use functions::routes::document;
use serde_json::Value;
use std::{collections::BTreeSet, env, fs, path::Path};

const FILE: &str = "docs/openapi.json";

fn made() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Its operations: function, method, path, and all that is said of it.
fn operations(document: &Value) -> Vec<(String, String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            all.push((name, method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    all
}

#[test]
fn the_document_is_what_the_code_says() {
    if env::var("OPENAPI").is_ok_and(|what| what == "write") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(FILE);
        fs::write(file, serde_json::to_string_pretty(&made()).unwrap() + "\n").unwrap();
    }
    let there: Value = serde_json::from_str(&read(FILE)).unwrap();
    assert!(there == made(), "{FILE} is not what the code says any more: make openapi");
}

#[test]
fn the_document_and_the_template_have_the_same_routes() {
    let there: Value = serde_json::from_str(&read(FILE)).unwrap();
    // Operations have names of their own; a HEAD goes to the function of its GET.
    let function = |name: String| name.strip_suffix("-head").map_or(name.clone(), ToOwned::to_owned);
    let described: BTreeSet<_> =
        operations(&there).into_iter().map(|(name, method, path, _)| (function(name), method, path)).collect();
    assert_eq!(routes(), described, "left: template.yaml, right: {FILE}");
}

#[test]
fn the_document_says_a_thing_once_and_makes_nothing_required_that_may_be_left_out() {
    let document = made();
    for (name, _, _, operation) in operations(&document) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let text = response["description"].as_str().unwrap();
            let said: Vec<_> =
                text.split_inclusive(". ").map(|sentence| sentence.trim().trim_end_matches('.')).collect();
            assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{name}, {status}: {text}");
        }
    }
    // A generator takes a field with a default for one that is always there.
    assert!(!document.to_string().contains("\"default\":null"), "a default of null");
}

#[test]
fn every_operation_says_what_it_is_for_and_every_reference_leads_somewhere() {
    let document = made();
    for (name, _, path, operation) in operations(&document) {
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{name}: give its type a doc comment"
        );
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, path.matches('{').count(), "{name}: {path}");
    }
    // A reference that leads nowhere breaks whoever reads the document.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}
