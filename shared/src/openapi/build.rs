//! All operations as one document.

use super::{
    Document, Group, Info, Operation, Schemas, Server, caller,
    document::{Components, TagObject},
    example::Examples,
    headers,
};
use http::Method;
use std::collections::BTreeMap;

/// The document of an API with these groups of routes.
pub fn document(info: Info, servers: Vec<Server>, groups: &[Group]) -> Document {
    let mut schemas = Schemas::new();
    let mut operations = Vec::new();
    for group in groups {
        for route in group.routes {
            let tagged = |operation| Operation { tags: [group.tag], ..operation };
            let operation = tagged(route(&mut schemas));
            if operation.method == Method::GET {
                operations.push(tagged(route(&mut schemas)).into_head());
            }
            operations.push(operation);
        }
    }
    let schemas = schemas.into_definitions();
    let examples = Examples::new(&schemas);
    let mut paths = BTreeMap::<_, BTreeMap<_, _>>::new();
    for mut operation in operations {
        examples.add_to(&mut operation);
        let method = operation.method.as_str().to_lowercase();
        paths.entry(operation.path).or_default().insert(method, operation);
    }
    let tags = groups.iter().map(|group| TagObject { name: group.tag, description: group.about }).collect();
    let components = Components { schemas, headers: headers::all(), security_schemes: caller::schemes() };
    Document { openapi: "3.1.1", info, servers, tags, paths, components }
}
