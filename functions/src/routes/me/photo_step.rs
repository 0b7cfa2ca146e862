//! The two requests that set a picture, as they are read and as the API document describes them.

use crate::accounts::photos::{MAX_SIZE, TICKET_MAX};
use garde::Validate;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use shared::upload::PictureType;
use std::borrow::Cow;

/// One of the two steps. They are read as one type, so that an error can name the field that is
/// wrong; [`PhotoRequest`] describes them.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct PhotoStep {
    #[garde(skip)]
    pub(super) content_type: Option<PictureType>,
    #[garde(inner(range(min = 1, max = MAX_SIZE)))]
    pub(super) size: Option<u64>,
    #[garde(inner(length(max = TICKET_MAX)))]
    pub(super) photo: Option<String>,
}

/// The two requests that set a picture.
#[derive(JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what a `PhotoStep` may be")]
enum PhotoRequest {
    /// The first request: it describes the file.
    #[schemars(title = "DescribeUpload")]
    Describe {
        /// The type of the file.
        content_type: PictureType,
        /// The size of the file, in bytes.
        #[schemars(range(min = 1, max = MAX_SIZE), example = 48_213)]
        size: u64,
    },
    /// The second request: it confirms that the file was uploaded.
    #[schemars(title = "ConfirmUpload")]
    Confirm {
        /// The `photo` of the first answer.
        #[schemars(length(max = TICKET_MAX), example = "AZ9tX2bQ.c2lnbmVk")]
        photo: String,
    },
}

impl JsonSchema for PhotoStep {
    fn schema_name() -> Cow<'static, str> {
        PhotoRequest::schema_name()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        PhotoRequest::json_schema(schemas)
    }
}
