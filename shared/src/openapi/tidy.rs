//! What schemars makes of a type, in the form in which the document has it.

use schemars::{
    Schema,
    transform::{RecursiveTransform, Transform as _},
};
use serde_json::Value;

/// The schema, and those inside of it.
pub(super) fn tidy(mut schema: Schema) -> Schema {
    RecursiveTransform(each).transform(&mut schema);
    schema
}

fn each(schema: &mut Schema) {
    without_null(schema);
    with_named_variants(schema);
    // A doc comment is wrapped where the code is.
    if let Some(Value::String(text)) = schema.get("description") {
        let bounds = in_words(schema).map(|bounds| format!(" {bounds}.")).unwrap_or_default();
        let text = text.replace('\n', " ") + &bounds;
        schema.insert("description".to_owned(), text.into());
    }
}

/// A field that may be left out is null then, which its type says. As a default it would be a value
/// that readers of the document always have: to code that is generated from it, a field that is
/// required.
fn without_null(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// The variants of an enumeration get their values as names. A single variant is no choice: it
/// becomes a constant.
fn with_named_variants(schema: &mut Schema) {
    let Some(Value::Array(mut variants)) = schema.remove("oneOf") else { return };
    if let [Value::Object(only)] = variants.as_slice() {
        for (key, value) in only.iter().filter(|(key, _)| *key != "description") {
            schema.insert(key.clone(), value.clone());
        }
        return;
    }
    for variant in variants.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(value) = variant.get("const").cloned() {
            variant.entry("title").or_insert(value);
        }
    }
    schema.insert("oneOf".to_owned(), variants.into());
}

/// The bounds of a value in words, so that readers find them beside its meaning.
fn in_words(schema: &Schema) -> Option<String> {
    let number = |key: &str| schema.get(key).and_then(Value::as_u64);
    let counted = |unit: &str, min: Option<u64>, max: u64| match min {
        Some(min) if min > 0 => format!("{min} to {max} {unit}"),
        _ => format!("At most {max} {unit}"),
    };
    let bounds = if let Some(max) = number("maxLength") {
        counted("characters", number("minLength"), max)
    } else if let Some(max) = number("maxItems") {
        counted("items", number("minItems"), max)
    } else {
        format!("From {} to {}", number("minimum")?, number("maximum")?)
    };
    Some(match number("default") {
        Some(default) => format!("{bounds}; {default} if it is absent"),
        None => bounds,
    })
}
