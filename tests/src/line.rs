//! The wide event, as an operator gets it: fields of the line that a context writes.

use serde_json::{Map, Value};
use shared::{
    context::Cx,
    telemetry::{CountField, FactField, Field, MetricField, SumField},
};

/// Reads the line of a context.
pub trait ReadLine {
    /// All of it.
    fn line(&self) -> Map<String, Value>;

    /// One field, if the line has it.
    fn field(&self, field: Field) -> Option<Value> {
        self.line().remove(&field.in_line())
    }

    /// A fact, if the line states it.
    fn fact(&self, field: FactField) -> Option<Value> {
        self.field(field.field())
    }

    /// A count; zero when the line has none.
    fn counted(&self, field: CountField) -> u64 {
        self.field(field.field()).map_or(0, |count| count.as_u64().expect("a whole number"))
    }

    /// A metric; zero when the line has none.
    fn metered(&self, field: MetricField) -> u64 {
        self.field(field.field()).map_or(0, |count| count.as_u64().expect("a whole number"))
    }

    /// A sum; zero when the line has none.
    fn sum(&self, field: SumField) -> f64 {
        self.field(field.field()).map_or(0.0, |sum| sum.as_f64().expect("a number"))
    }
}

impl ReadLine for Cx {
    fn line(&self) -> Map<String, Value> {
        serde_json::from_str(&self.to_line()).expect("an object")
    }
}
