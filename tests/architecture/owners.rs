//! A crate that speaks to a service is named by the one module that owns it.

use crate::{
    paths::named,
    sources::{Source, below},
};

/// Crates that one module owns. Every other module that needs them calls that one.
const OWNERS: &[(&str, &[&str])] = &[
    ("redis", &["valkey"]),
    ("aws_sdk_cloudfront", &["edge"]),
    ("aws_sdk_dynamodb", &["table"]),
    ("serde_dynamo", &["table", "lambda"]),
    ("aws_sdk_s3", &["upload"]),
    ("aws_sdk_sqs", &["queue"]),
    ("aws_sdk_sesv2", &["mail"]),
    ("aws_lambda_events", &["lambda"]),
    ("lambda_http", &["lambda"]),
    ("lambda_runtime", &["lambda"]),
];

/// Where crates are named that another module owns.
fn trespasses(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources {
        let module = source.module();
        let home = module.first().map_or("", String::as_str);
        for path in named(&source.text, &module) {
            let name = path[0].as_str();
            let owners = OWNERS.iter().find(|(owned, _)| *owned == name).map(|(_, owners)| *owners);
            let foreign = match owners {
                Some(owners) => !owners.contains(&home) || !source.path.starts_with("shared/"),
                None => name.starts_with("aws_sdk_") || name.starts_with("lambda_"),
            };
            if foreign {
                wrong.push(format!(
                    "{}: names `{name}`, which belongs to {:?}",
                    source.path,
                    owners.unwrap_or_default()
                ));
            }
        }
    }
    wrong
}

#[test]
fn a_crate_is_named_by_its_owner_only() {
    let mut sources = below("shared/src");
    sources.extend(below("functions/src"));
    // The bench measures the cache beside bare clients, so it names what nothing else may.
    sources.extend(below("tools").into_iter().filter(|source| !source.path.starts_with("tools/bench/")));
    assert_eq!(trespasses(&sources), [""; 0]);
}

#[test]
fn a_crate_that_is_named_by_another_module_is_seen() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let shared = [
        source("shared/src/cache/read.rs", "fn f() { aws_sdk_dynamodb::Client::new(); }"),
        source("shared/src/queue/mod.rs", "use aws_sdk_sqs::Client;"),
    ];
    assert_eq!(trespasses(&shared).len(), 1, "{:#?}", trespasses(&shared));
    let storefront = [source("functions/src/routes/users/get.rs", "use lambda_http::Body; use redis::Client;")];
    assert_eq!(trespasses(&storefront).len(), 2);
}
