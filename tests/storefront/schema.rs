//! Thousands of requests that are made from `docs/openapi.json`, right ones and wrong ones: no 5xx, no status that the document
//! does not name, and every answer has the shape that it promises. `API_CASES` says how many at least.

use std::{env, fs, path::Path, process::Command};
use tests::{client::Visitor, cloud::Cloud};

/// Cases for each operation, beside those that try every bound once.
const SHORT: u32 = 5;

#[tokio::test]
async fn every_answer_is_in_the_document() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (admin, cloud) = (Visitor::new_admin().await, Cloud::get());
    let wanted: u32 = env::var("API_CASES").map_or(0, |cases| cases.parse().unwrap());
    let report = root.join(".local/tests/schema.json");
    let program = root.join(".local/api/bin/schemathesis");
    assert!(program.exists(), "{} is missing: python3 localstack/cloud.py setup", program.display());
    let each = SHORT.max(wanted / 15);
    let mut command = Command::new(&program);
    command.current_dir(root.join(".local/tests")).args(["run"]).arg(root.join("docs/openapi.json"));
    command.args(["--url", &cloud.base_url, "--max-examples", &each.to_string(), "--phases", "coverage,fuzzing"]);
    command.args(["--checks", CHECKS, "--continue-on-failure", "--no-color", "--generation-database", "none"]);
    command.args(["--suppress-health-check", "all", "--request-timeout", "40", "--report", "json"]);
    command.arg("--report-json-path").arg(&report);
    command.env("SCHEMATHESIS_HOOKS", root.join("tests/api/hooks.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("API_BASE_URL", &cloud.base_url).env("API_ADMIN_TOKEN", admin.visitor.token()).env("NO_PROXY", "127.0.0.1");
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    println!("{said}");
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    println!("{report:.2000}");
}

/// Undocumented methods are the gateway's affair: the fallback's own tests have them.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,ignored_auth";
