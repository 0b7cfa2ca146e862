//! Code, binaries and template say the same. A route that only one of them knows is a 404 on AWS,
//! or a function that nobody can reach.

use crate::{
    sources::{below, read},
    template::{Event, functions, routes, seconds, throttled, usual_timeout},
};
use functions::routes::{Fallback, all};
use reqwest::Method;
use shared::{
    lambda::{Route as _, Spec},
    ratelimit::{By, Limit},
    telemetry::fields,
};
use std::collections::BTreeSet;

/// `users-get` as `UsersGet`.
fn logical_id(name: &str) -> String {
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    name.split('-').map(capital).collect()
}

#[test]
fn the_api_sends_every_route_to_its_function_and_nothing_else() {
    let once: BTreeSet<_> = all().iter().map(|spec| (spec.name, spec.method.clone(), spec.path)).collect();
    assert_eq!(once.len(), all().len(), "a route is listed twice");
    let methods = |spec: Spec| {
        let named = |method: Method| (spec.name.to_owned(), method.to_string(), spec.path.to_owned());
        spec.methods().into_iter().map(named).collect::<Vec<_>>()
    };
    let code: BTreeSet<_> = all().into_iter().flat_map(methods).collect();
    assert_eq!(routes(), code, "left: template.yaml, right: routes::all(), with a HEAD for every GET");
}

/// A function takes its clock's word only as far as its timeout goes.
#[test]
fn a_function_is_told_its_timeout() {
    let (timeout, told) = usual_timeout();
    assert_eq!(timeout, told, "the functions that name none");
    for function in functions() {
        let told = seconds(&function.text, "FUNCTION_TIMEOUT").unwrap_or(told);
        assert_eq!(function.timeout, told, "{}", function.name);
    }
}

#[test]
fn what_no_route_takes_goes_to_the_fallback() {
    let functions = functions();
    let default: Vec<_> = functions.iter().filter(|f| f.events == [Event::Default]).map(|f| f.name.as_str()).collect();
    assert_eq!(default, [Fallback::SPEC.name]);
}

#[test]
fn a_function_is_named_alike_everywhere() {
    for function in functions() {
        assert_eq!(function.id, logical_id(&function.name));
        let folder = format!("target/lambda/{}/", function.name);
        assert!(function.code.starts_with(&folder), "{} is deployed from {}", function.name, function.code);
    }
}

#[test]
fn every_binary_is_deployed_and_every_function_is_built() {
    let deployed: BTreeSet<_> = functions().into_iter().map(|function| function.name).collect();
    // Cargo makes a binary of each file here; a section of the manifest would rename it.
    assert!(!read("functions/Cargo.toml").contains("[[bin]]"), "functions/Cargo.toml names a binary");
    let files = below("functions/src/bin").into_iter().map(|file| file.module()[1].clone());
    assert_eq!(files.collect::<BTreeSet<_>>(), deployed, "left: functions/src/bin, right: template.yaml");
}

/// A flood of one route must not take the others along, whoever it is from.
#[test]
fn every_route_with_limits_has_a_throttle_of_its_own() {
    let limited = all().into_iter().filter(|spec| !spec.limits.is_empty());
    let routes: BTreeSet<_> = limited.map(|spec| format!("{} {}", spec.method, spec.path)).collect();
    // A HEAD has the throttle of all routes, unless its GET is too dear for that.
    let throttled = throttled().into_iter().filter(|route| !route.starts_with("HEAD ")).collect::<BTreeSet<_>>();
    assert_eq!(throttled, routes, "left: template.yaml, right: routes::all()");
}

#[test]
fn a_function_has_what_its_limits_are_counted_with() {
    for function in functions() {
        let Some(spec) = all().into_iter().find(|spec| spec.name == function.name) else { continue };
        let has = |name: &str| function.text.contains(&format!("          {name}: "));
        assert!(spec.limits.is_empty() || has("CACHE_URL"), "{} counts on L2", function.name);
        let durable = spec.limits.iter().any(Limit::is_durable);
        assert_eq!(durable, has("LIMITS_TABLE"), "{} counts in a table", function.name);
        assert_eq!(durable, function.text.contains("!GetAtt Data.Outputs.LimitsArn"), "{}: its policy", function.name);
    }
}

/// Whoever reads these keys can set anybody's password.
#[test]
fn the_signing_keys_are_read_by_the_functions_that_use_them_and_by_nobody_else() {
    for function in functions() {
        let named = function.text.contains("          SIGNING_KEYS_TABLE: ");
        let granted = function.text.contains("!Ref ReadSigningKeys");
        assert_eq!(named, granted, "{}: its variable, its policy", function.name);
    }
    let template = read("template.yaml");
    let policy = template.split("\n  ReadSigningKeys:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(policy.contains("Action: dynamodb:GetItem\n"), "{policy}");
    assert!(policy.contains("Resource: !GetAtt Data.Outputs.SigningKeysArn"), "{policy}");
    assert_eq!(template.matches("SigningKeysArn").count(), 1, "another role is granted something");
    let readers = below("tools")
        .into_iter()
        .chain(below("functions/src"))
        .filter(|source| ["signing_keys", "SigningKeys", "SIGNING_KEYS"].iter().any(|name| source.text.contains(name)));
    assert_eq!(readers.map(|source| source.path).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_alarm_on_mail_reads_the_field_that_is_written() {
    let pattern = format!("FilterPattern: \"{{ $.{} > 0 }}\"", fields::MAIL_REFUSED.field().name);
    assert!(read("infra/alarms.yaml").contains(&pattern), "{pattern}");
}

#[test]
fn only_what_touches_nothing_has_no_limits_and_no_two_count_the_same() {
    for spec in all() {
        assert_eq!(spec.limits.is_empty(), spec.name == "health", "{}", spec.name);
        let kinds: BTreeSet<_> = spec.limits.iter().map(Limit::name).collect();
        assert_eq!(kinds.len(), spec.limits.len(), "{}: two limits share a count", spec.name);
    }
}

/// A read's limit costs no round trip of its own; a write's is exact.
#[test]
fn the_limits_of_reads_are_counted_in_batches_and_no_others() {
    for spec in all() {
        for limit in spec.limits {
            assert_eq!(limit.is_batched(), spec.method == "GET", "{}", spec.name);
            assert!(!(limit.is_batched() && limit.is_durable()), "{}: a table counts no batches", spec.name);
        }
    }
}

/// What guards a password, or sends a mail to an address that somebody names.
const GUARDED: [&str; 5] = ["users-create", "sessions-create", "me-verification", "resets-create", "passwords-create"];

#[test]
fn what_guards_a_password_or_sends_a_mail_is_counted_without_l2_too_and_nothing_else() {
    for spec in all() {
        let guarded = GUARDED.contains(&spec.name);
        assert!(spec.limits.iter().all(|limit| limit.is_durable() == guarded), "{}", spec.name);
    }
}

/// A client alone must not be able to try passwords, or take addresses, all day.
#[test]
fn a_client_alone_tries_few_passwords() {
    for spec in all().into_iter().filter(|spec| ["users-create", "sessions-create"].contains(&spec.name)) {
        assert!(
            spec.limits.iter().any(|limit| limit.counts_by() == By::Client && limit.quota() <= 20),
            "{}",
            spec.name
        );
    }
}

#[test]
fn only_the_public_paths_may_be_kept_by_the_cdn() {
    for spec in all() {
        let public = spec.method == "GET"
            && (["/api/products", "/api/search"].contains(&spec.path)
                || ["/api/users/", "/api/products/"].iter().any(|family| spec.path.starts_with(family)));
        assert_eq!(spec.shared.is_some(), public, "{}: privacy rests on paths", spec.name);
    }
}
