//! When a write may happen.

use super::{
    Attribute,
    item::{PK, VERSION},
};
use crate::version::Version;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// The attribute with the second at which an item expires. DynamoDB deletes the item some time
/// after.
pub const EXPIRES_AT: &str = "expires_at";

/// What must hold for the stored item at the moment of the write. Otherwise the write does not
/// happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing: write in any case.
    Any,
    /// There is no item under the key.
    Absent,
    /// There is no item, or its `expires_at` is not after this second. TTL removes an item up to
    /// days late, so an expired one must count as absent.
    AbsentOrExpired(i64),
    /// There is an item.
    Present,
    /// There is one at exactly this version: optimistic locking.
    At(Version),
    /// There is one, and this attribute has this value: a fencing token, for example.
    Holds(&'static str, Attribute),
}

/// A condition as an expression of DynamoDB. Names are always aliased, because many words are
/// reserved.
#[derive(Debug, Default, Clone)]
pub(super) struct Expression {
    pub(super) text: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<HashMap<String, AttributeValue>>,
}

impl From<&Condition> for Expression {
    fn from(condition: &Condition) -> Self {
        let number = |n: String| Some(AttributeValue::N(n));
        let (text, names, value) = match condition {
            Condition::Any => return Self::default(),
            Condition::Absent => ("attribute_not_exists(#pk)", vec![("#pk", PK)], None),
            Condition::Present => ("attribute_exists(#pk)", vec![("#pk", PK)], None),
            Condition::AbsentOrExpired(now) => (
                "attribute_not_exists(#pk) OR #until <= :value",
                vec![("#pk", PK), ("#until", EXPIRES_AT)],
                number(now.to_string()),
            ),
            Condition::At(version) => ("#version = :value", vec![("#version", VERSION)], number(version.to_string())),
            Condition::Holds(name, value) => ("#held = :value", vec![("#held", *name)], Some(value.clone().into())),
        };
        Self {
            text: Some(text.to_owned()),
            names: Some(names.into_iter().map(|(alias, name)| (alias.to_owned(), name.to_owned())).collect()),
            values: value.map(|value| HashMap::from([(":value".to_owned(), value)])),
        }
    }
}
