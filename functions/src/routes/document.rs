//! The API document: `docs/openapi.json`.

use super::GROUPS;
use shared::openapi::{self, Contact, Document, Info, License, Server};

/// The description of all routes.
pub fn document() -> Document {
    let info = Info {
        title: "Tuesday",
        version: env!("CARGO_PKG_VERSION"),
        description: ABOUT,
        contact: Contact { name: "The maintainers of Tuesday" },
        license: License::spdx(env!("CARGO_PKG_LICENSE")),
    };
    let laptop = Server { url: "http://127.0.0.1:8080", description: "A laptop, after `make run`." };
    openapi::document(info, vec![laptop], GROUPS)
}

const ABOUT: &str = "A small storefront. Amounts are whole numbers of cents of US dollars. Times are RFC 3339 in UTC. \
    Ids are UUIDs in lower case. A list has pages: `items`, and in `next` the cursor of the next page, or null. Every \
    error has the media type `application/problem+json` and the shape `Problem`.";
