//! Why a transaction was cancelled: a reason for each write, with the item that was in the way.

use super::item::{Attributes, version_of};
use crate::version::Version;
use aws_sdk_dynamodb::types::CancellationReason;
use std::fmt;

/// What one write of a cancelled transaction came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// This write was not the cause.
    None,
    /// Its condition did not hold for this item; `None` if there is no item.
    Condition(Option<Found>),
    /// Another transaction held the item.
    Busy,
    /// Its partition takes no more writes at the moment.
    Throttled,
    /// Anything else, as AWS put it: a defect of the program.
    Other(String),
}

impl Reason {
    /// Whether the condition of this write did not hold.
    pub fn is_condition(&self) -> bool {
        matches!(self, Self::Condition(_))
    }

    /// The version of the item for which its condition did not hold.
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Condition(found) => found.as_ref().and_then(Found::version),
            _ => None,
        }
    }

    pub(super) fn read(reason: &CancellationReason) -> Self {
        match reason.code().unwrap_or("None") {
            "None" => Self::None,
            "ConditionalCheckFailed" => Self::Condition(reason.item().cloned().and_then(Found::new)),
            "TransactionConflict" => Self::Busy,
            "ProvisionedThroughputExceeded" | "ThrottlingError" => Self::Throttled,
            code => Self::Other(format!("{code}: {}", reason.message().unwrap_or("no message"))),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("fine"),
            Self::Condition(_) => {
                write!(f, "condition failed at {}", or_none(self.version()))
            }
            Self::Busy => f.write_str("another transaction holds the item"),
            Self::Throttled => f.write_str("throttled"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

/// The item that was in the way of a write, as it was at that moment.
#[derive(Clone, PartialEq)]
pub struct Found(pub(super) Attributes);

impl Found {
    pub(super) fn new(attributes: Attributes) -> Option<Self> {
        if attributes.is_empty() { None } else { Some(Self(attributes)) }
    }

    pub(super) fn is(&self, attributes: &Attributes) -> bool {
        self.0 == *attributes
    }

    /// Its version, if it has one.
    pub fn version(&self) -> Option<Version> {
        version_of(&self.0)
    }
}

impl fmt::Debug for Found {
    /// Only the version: the rest may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Found(version {})", or_none(self.version()))
    }
}

pub(super) fn or_none(version: Option<Version>) -> String {
    version.map_or_else(|| "none".to_owned(), |v| v.to_string())
}
