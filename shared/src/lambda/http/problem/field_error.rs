//! One field of a request that is wrong.

use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field's path, such as `items[2].quantity`, or the name of a query parameter or a header.
    /// Empty for the body as a whole.
    #[schemars(example = "items[2].quantity")]
    pub field: String,
    /// What is wrong with the field, or what it must be: a sentence that begins with its name.
    #[schemars(example = "must be at least 1")]
    pub message: String,
}
