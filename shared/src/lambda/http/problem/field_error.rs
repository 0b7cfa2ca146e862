//! One field of a request that is wrong.

use schemars::JsonSchema;
use serde::Serialize;

/// What was wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field's path: `items[2].quantity`, a query parameter, or a header's name. Empty for the
    /// body as a whole.
    pub field: String,
    /// What it should be.
    pub message: String,
}
