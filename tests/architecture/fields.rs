//! The fields of the log line: `docs/LOGGING.md` lists what the code can write, and the code writes
//! all that it lists.

use crate::{
    generated::{hold, table},
    sources::{Source, below},
};
use shared::telemetry::{Field, FieldKind, fields};
use std::collections::BTreeSet;

const GUIDE: &str = "docs/LOGGING.md";

/// The rows of the guide, sorted by name, as in a log line.
fn listed(fields: &[Field]) -> String {
    let kind = |field: &Field| match field.kind {
        FieldKind::Fact => "fact",
        FieldKind::Count => "count",
        FieldKind::Metric => "metric",
        FieldKind::Sum => "sum",
        FieldKind::Time => "time",
    };
    let mut fields = fields.to_vec();
    fields.sort_by_key(Field::in_line);
    let row = |field: &Field| {
        vec![
            format!("`{}`", field.in_line()),
            kind(field).to_owned(),
            field.unit.to_owned(),
            field.meaning().to_owned(),
        ]
    };
    table(&["field", "kind", "unit or form", "meaning"], fields.iter().map(row))
}

/// All that the code can write.
fn all() -> impl Iterator<Item = &'static Field> {
    fields::ALL.iter().chain(functions::fields::ALL)
}

/// The fields whose keys these sources do not name. A key is called as its field.
fn unwritten<'a>(fields: impl Iterator<Item = &'a Field>, sources: &[Source]) -> Vec<String> {
    let is_written = |field: &Field| {
        let key = format!("fields::{}", field.name.to_uppercase());
        let is_key = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
        sources.iter().any(|source| source.without_tests().split(&key).skip(1).any(is_key))
    };
    fields.filter(|field| !is_written(field)).map(Field::in_line).collect()
}

#[test]
fn the_guide_lists_the_fields_that_the_code_can_write() {
    hold(GUIDE, "fields of any backend", &listed(fields::ALL));
    hold(GUIDE, "fields of the storefront", &listed(functions::fields::ALL));
}

#[test]
fn no_two_fields_have_one_name_and_each_says_what_it_means() {
    let names: BTreeSet<_> = all().map(Field::in_line).collect();
    assert_eq!(names.len(), all().count(), "a name is used twice");
    for field in all() {
        assert!(field.meaning().ends_with('.') && !field.unit.is_empty(), "{}: {}", field.name, field.meaning());
    }
}

#[test]
fn every_field_is_written_somewhere() {
    let sources: Vec<_> = below("shared/src").into_iter().chain(below("functions/src")).collect();
    assert_eq!(unwritten(all(), &sources), [""; 0]);
    let source = |text: &str| [Source { path: String::new(), text: text.to_owned() }];
    let stale = [fields::STALE.field()];
    assert_eq!(unwritten(stale.iter(), &source("cx.event.count(fields::STALE_ERROR, 1)")), ["stale"]);
    assert_eq!(unwritten(stale.iter(), &source("\n#[cfg(test)]\nmod tests {\nfields::STALE\n}")), ["stale"]);
    assert_eq!(unwritten(stale.iter(), &source("cx.event.count(fields::STALE, 1)")), [""; 0]);
}
