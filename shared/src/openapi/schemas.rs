//! Shapes, gathered under their names.

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};

/// The shapes that operations refer to. What is read and what is written may differ for one type,
/// so they are made apart.
#[derive(Debug)]
pub struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let settings = settings.with_transform(RecursiveTransform(without_null));
        Self {
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }

    /// The shape of what a client sends.
    pub(super) fn read<T: JsonSchema>(&mut self) -> Schema {
        self.read.subschema_for::<T>()
    }

    /// The same, in full and not by its name.
    pub(super) fn read_in_full<T: JsonSchema>(&mut self) -> Schema {
        T::json_schema(&mut self.read)
    }

    /// The shape of what a client gets.
    pub(super) fn written<T: JsonSchema>(&mut self) -> Schema {
        self.written.subschema_for::<T>()
    }

    /// All that have names.
    ///
    /// # Panics
    /// When one name stands for two shapes: rename one (`#[schemars(rename = "...")]`).
    pub(super) fn into_definitions(mut self) -> BTreeMap<String, Schema> {
        let mut all = BTreeMap::new();
        for (name, schema) in self.read.take_definitions(true).into_iter().chain(self.written.take_definitions(true)) {
            let numbered = name.ends_with(|c: char| c.is_ascii_digit());
            let same = all.get(&name).is_none_or(|there| *there == schema);
            assert!(same && !numbered, "two shapes are called {name}");
            all.insert(name, schema);
        }
        all.into_iter().filter_map(|(name, schema)| Some((name, schema.try_into().ok()?))).collect()
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

/// The shape of a moment, for `#[schemars(with = "DateTime")]`: RFC 3339 in UTC.
#[derive(Debug)]
pub struct DateTime(());

impl JsonSchema for DateTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "DateTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}
