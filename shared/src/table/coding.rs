//! Items as attributes, and back.

use super::{
    Found, Shards, TableError,
    item::{Attributes, Item, VERSION},
};
use aws_sdk_dynamodb::types::AttributeValue;

/// All the attributes of `item`.
pub(super) fn to_attributes<I: Item>(item: &I, shards: Shards) -> Result<Attributes, TableError> {
    let mut all: Attributes =
        serde_dynamo::aws_sdk_dynamodb_1::to_item(item).map_err(|e| unreadable::<I>("write", &e))?;
    all.extend(item.attributes(shards).into_iter().map(|(name, value)| (name.to_owned(), value.into())));
    all.insert(VERSION.to_owned(), AttributeValue::N(item.version().to_string()));
    all.extend(item.key().attributes());
    Ok(all)
}

/// The item with these `attributes`.
pub(super) fn from_attributes<I: Item>(attributes: Attributes) -> Result<I, TableError> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(attributes).map_err(|e| unreadable::<I>("read", &e))
}

fn unreadable<I>(what: &str, error: &serde_dynamo::Error) -> TableError {
    TableError::Corrupt(format!("cannot {what} a {}: {error}", std::any::type_name::<I>()))
}

impl Found {
    /// The item, parsed.
    pub fn read<I: Item>(&self) -> Result<I, TableError> {
        from_attributes(self.0.clone())
    }
}
