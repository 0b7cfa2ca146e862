//! Ids: UUID v7 (RFC 9562), so that ids sort by the time at which they were made. Each kind of id
//! has its own type, so that the compiler refuses an order's id where a user's id belongs.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use uuid::Uuid;

/// The text is not an id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an id: a UUID in lower case")]
pub struct NotAnId;

/// The only accepted spelling of an id.
const PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

macro_rules! id {
    ($name:ident, $what:literal, $example:literal) => {
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "Uuid", try_from = "String")]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a new id, which sorts after all ids that this process made before.
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;

            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "format": "uuid",
                    "pattern": PATTERN,
                    "description": concat!("The id of ", $what, "."),
                    "examples": [$example],
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Accepts the hyphenated lower-case form only, so that each thing has one URL and one
            /// cache entry.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
                if id.to_string() == text { Ok(Self(id)) } else { Err(NotAnId) }
            }
        }
    };
}

id!(UserId, "an account", "01a218c3-285e-71a3-a887-9dee67b1e42b");
id!(ProductId, "a product", "01a20ad6-1938-7c55-b7a1-40c3de9cbb27");
id!(OrderId, "an order", "01a20ad6-193c-71c6-8331-6ad0384202f7");

impl From<shared::session::Subject> for UserId {
    fn from(subject: shared::session::Subject) -> Self {
        Self(subject.0)
    }
}

impl From<UserId> for shared::session::Subject {
    fn from(user: UserId) -> Self {
        Self(user.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = UserId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        for other in [id.to_string().to_uppercase(), id.0.simple().to_string(), format!("{{{id}}}"), String::new()] {
            assert_eq!(other.parse::<UserId>(), Err(NotAnId), "{other}");
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let ids: Vec<_> = (0..1_000).map(|_| OrderId::generate().to_string()).collect();
        assert!(ids.is_sorted());
    }
}
