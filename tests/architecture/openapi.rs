//! `docs/openapi.json` is what the code says, and both are what `template.yaml` deploys. `make
//! openapi` writes the file.

use crate::{sources::read, template::routes};
use functions::routes::document;
use serde_json::Value;
use shared::lambda::REQUEST_HEADERS;
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
fn no_response_gives_a_reason_twice() {
    for (name, _, _, operation) in operations(&made()) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let text = response["description"].as_str().unwrap();
            let said: Vec<_> =
                text.split_inclusive(". ").map(|sentence| sentence.trim().trim_end_matches('.')).collect();
            assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{name}, {status}: {text}");
        }
    }
}

#[test]
fn every_operation_has_a_summary_and_a_description_that_says_more_and_every_reference_leads_somewhere() {
    let document = made();
    for (name, _, path, operation) in operations(&document) {
        let text = |key: &str| operation[key].as_str().unwrap_or_default().to_owned();
        let (summary, description) = (text("summary"), text("description"));
        assert!(!summary.is_empty() && !summary.ends_with('.'), "{name}: give its type a doc comment: {summary}");
        assert!(description.ends_with('.') && !description.contains(&summary), "{name}: {description:?}");
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

/// All schemas inside of `value`, each with the way to it.
fn schemas(way: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let way = format!("{way}/{name}");
                if way.ends_with("/schema") || way.contains("/schemas/") {
                    found.push((way.clone(), field.clone()));
                }
                schemas(&way, field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| schemas(way, item, found)),
        _ => {}
    }
}

/// The properties of all schemas: name and schema, with the way to it.
fn properties(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    schemas("", document, &mut found);
    let of = |(way, schema): &(String, Value)| {
        let fields = schema["properties"].as_object().cloned().unwrap_or_default();
        fields.into_iter().map(|(name, field)| (format!("{way}.{name}"), field)).collect::<Vec<_>>()
    };
    found.iter().flat_map(of).collect()
}

/// A field of a schema, or of the one that it refers to.
fn field<'a>(document: &'a Value, schema: &'a Value, name: &str) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) if schema[name].is_null() => &document.pointer(&reference[1..]).unwrap()[name],
        _ => &schema[name],
    }
}

#[test]
fn every_parameter_and_every_property_has_a_description_and_what_a_client_sends_has_bounds() {
    let document = made();
    let bounded = |what: &str, schema: &Value| {
        let kinds = schema["type"].to_string();
        let has = |names: &[&str]| names.iter().any(|name| !field(&document, schema, name).is_null());
        if kinds.contains("integer") {
            assert!(has(&["minimum"]) && has(&["maximum"]), "{what}: a number without bounds");
        }
        if kinds.contains("string") {
            assert!(has(&["maxLength", "pattern", "enum", "const"]), "{what}: a text without bounds");
        }
        if kinds.contains("array") {
            assert!(has(&["maxItems"]), "{what}: a list without bounds");
        }
    };
    for (name, _, _, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let what = format!("{name}: {}", parameter["name"]);
            assert!(parameter["description"].as_str().is_some_and(|text| text.ends_with('.')), "{what}: {parameter}");
            bounded(&what, &parameter["schema"]);
        }
    }
    for (way, schema) in properties(&document) {
        assert!(field(&document, &schema, "description").is_string(), "{way}: give it a doc comment");
        let of = way.split('/').nth(3).unwrap_or_default().split('.').next().unwrap_or_default();
        if document["components"]["schemas"][of]["additionalProperties"] == false {
            bounded(&way, &schema);
        }
    }
}

#[test]
fn every_variant_has_a_name_and_no_required_field_has_a_default() {
    let document = made();
    let mut found = Vec::new();
    schemas("", &document, &mut found);
    for (way, schema) in found {
        for variant in ["oneOf", "anyOf"].iter().flat_map(|key| schema[*key].as_array().into_iter().flatten()) {
            let named = variant["title"].is_string() || variant["$ref"].is_string() || variant["type"] == "null";
            assert!(named, "{way}: {variant} has no title");
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            let field = &schema["properties"][name.as_str().unwrap()];
            assert!(field["default"].is_null(), "{way}: {name} is required and has a default");
        }
    }
    // A generator of code takes a field with a default for one that is always there.
    assert!(!document.to_string().contains("\"default\":null"), "a default of null");
}

#[test]
fn every_operation_says_who_may_call_and_has_a_declared_tag_and_examples() {
    let document = made();
    let tags: Vec<_> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    for (name, _, _, operation) in operations(&document) {
        assert!(operation["security"].is_array() && tags.contains(&&operation["tags"][0]), "{name}");
        let answers = operation["responses"].as_object().unwrap().values().map(|answer| &answer["content"]);
        for body in answers.chain([&operation["requestBody"]["content"]]).map(|content| &content["application/json"]) {
            assert!(body.is_null() || body["example"].is_object(), "{name}: a field has no example");
        }
    }
}

/// Pages of other origins may send what the document says that an operation takes.
#[test]
fn every_header_that_a_request_may_have_is_allowed_to_pages_of_other_origins() {
    let document = made();
    let all = operations(&document)
        .into_iter()
        .flat_map(|(_, _, _, operation)| operation["parameters"].as_array().cloned().unwrap_or_default().into_iter());
    let headers = all.filter(|parameter| parameter["in"] == "header");
    let named = headers.map(|header| header["name"].as_str().unwrap().to_lowercase());
    let named: BTreeSet<_> = named.chain(["authorization", "content-type"].map(ToOwned::to_owned)).collect();
    assert_eq!(named, REQUEST_HEADERS.into_iter().map(ToOwned::to_owned).collect());
}
