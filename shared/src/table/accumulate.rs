//! An item whose numbers only grow. They are added to without a read.

use super::{
    Attribute, Item, Table, Write,
    batch::unbuilt,
    item::{Attributes, VERSION},
};
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use std::collections::HashMap;

impl<I: Item> Table<I> {
    /// Adds to numbers of the item under `key`, and sets what is in `set`; an item that does not
    /// exist begins at zero. The item's version grows by one, so that caches and readers notice the
    /// change.
    ///
    /// There is no condition, so only another transaction on the item at the same moment can make
    /// it fail. Repeated, it counts again. In one transaction with an idempotency record it counts
    /// exactly once.
    pub fn accumulating(&self, key: &I::Key, add: &[(&'static str, i64)], set: &[(&'static str, Attribute)]) -> Write {
        let (mut names, mut values) = (HashMap::new(), Attributes::new());
        let mut alias = |name: &str, value: AttributeValue| {
            let at = names.len();
            names.insert(format!("#{at}"), name.to_owned());
            values.insert(format!(":{at}"), value);
            at
        };
        let number = |by: i64| AttributeValue::N(by.to_string());
        let adds = add.iter().copied().chain([(VERSION, 1)]).map(|(name, by)| alias(name, number(by)));
        let adds: Vec<_> = adds.map(|at| format!("#{at} :{at}")).collect();
        let sets = set.iter().map(|(name, value)| alias(name, value.clone().into()));
        let sets: Vec<_> = sets.map(|at| format!("#{at} = :{at}")).collect();
        let mut expression = format!("ADD {}", adds.join(", "));
        if !sets.is_empty() {
            expression.push_str(" SET ");
            expression.push_str(&sets.join(", "));
        }
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(I::key_of(key).attributes()))
            .update_expression(expression)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build();
        let write = update.map(|u| TransactWriteItem::builder().update(u).build()).map_err(unbuilt);
        Write { table: self.name.clone(), request: write, seen: None }
    }
}
