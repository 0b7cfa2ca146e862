//! Shapes, gathered under their names.

use super::tidy::tidy;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
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
        Self {
            read: settings.clone().for_deserialize().into_generator(),
            written: settings.for_serialize().into_generator(),
        }
    }

    /// The shape of what a client sends.
    pub(super) fn read<T: JsonSchema>(&mut self) -> Schema {
        tidy(self.read.subschema_for::<T>())
    }

    /// The same, in full and not by its name.
    pub(super) fn read_in_full<T: JsonSchema>(&mut self) -> Schema {
        tidy(T::json_schema(&mut self.read))
    }

    /// The shape of what a client gets.
    pub(super) fn written<T: JsonSchema>(&mut self) -> Schema {
        tidy(self.written.subschema_for::<T>())
    }

    /// All that have names.
    ///
    /// # Panics
    /// When one name stands for two shapes: rename one (`#[schemars(rename = "...")]`).
    pub(super) fn into_definitions(mut self) -> BTreeMap<String, Schema> {
        let mut all = BTreeMap::new();
        for (name, schema) in self.read.take_definitions(false).into_iter().chain(self.written.take_definitions(false))
        {
            let numbered = name.ends_with(|c: char| c.is_ascii_digit());
            let same = all.get(&name).is_none_or(|there| *there == schema);
            assert!(same && !numbered, "two shapes are called {name}");
            all.insert(name, schema);
        }
        all.into_iter().filter_map(|(name, schema)| Some((name, tidy(schema.try_into().ok()?)))).collect()
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
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2026-11-24T10:15:30.123456Z"] })
    }
}
