//! schemathesis makes requests from `docs/openapi.json`, valid and invalid ones. No answer is a 5xx
//! or a status that the document does not name, and every answer has the documented shape.
//! `API_CASES` is the least number of requests.

use serde_json::{Value, json};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tests::{client::Visitor, cloud::Cloud};

/// Cases for each operation, beside those that try every bound once.
const EACH: u64 = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Asks as nobody, as a person and as an administrator, as the document demands it; see
/// `tests/api/hooks.py`.
fn ask(each: u64, admin: &str, report: &Path) -> Output {
    let (program, base) = (root().join(".local/api/bin/schemathesis"), &Cloud::get().base_url);
    assert!(program.exists(), "{} is missing: python3 localstack/cloud.py setup", program.display());
    let folder = report.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder).arg("--config-file").arg(root().join("tests/api/schemathesis.toml"));
    command.arg("run").arg(root().join("docs/openapi.json")).args(["--url", base]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &each.to_string()]);
    command.args(["--continue-on-failure", "--suppress-health-check", "all", "--request-timeout", "40", "--no-color"]);
    command.args(["--generation-database", "none", "--report", "json", "--report-json-path"]).arg(report);
    command.env("SCHEMATHESIS_HOOKS", root().join("tests/api/hooks.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("API_BASE_URL", base).env("API_ADMIN_TOKEN", admin).env("NO_PROXY", "127.0.0.1");
    command.output().unwrap()
}

/// Operations with a session that need nothing but the session, and let nobody in.
fn unreached(document: &Value, report: &Value) -> Vec<String> {
    let mut unreached = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let phases = report["valid_rates"][&name].as_object().into_iter().flatten();
            let accepted: u64 = phases.filter_map(|(_, counts)| counts["accepted"].as_u64()).sum();
            let alone = operation["requestBody"].is_null() && !path.contains('{');
            if alone && operation["security"] != json!([]) && accepted == 0 {
                unreached.push(name);
            }
        }
    }
    unreached
}

#[tokio::test]
async fn every_answer_is_in_the_document() {
    let admin = Visitor::new_admin().await.visitor.token().to_owned();
    let wanted: u64 = env::var("API_CASES").map_or(0, |cases| cases.parse().unwrap());
    let document = read(&root().join("docs/openapi.json"));
    let operations: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    let each = EACH.max(wanted * 2 / operations as u64);
    let report = root().join(format!(".local/tests/schema-{}.json", std::process::id()));
    let file = report.clone();
    let done = tokio::task::spawn_blocking(move || ask(each, &admin, &file)).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let report = read(&report);
    let cases = report["test_cases"]["generated"].as_u64().unwrap();
    println!("{cases} cases");
    assert!(cases >= wanted.max(EACH * operations as u64), "{cases} cases, {wanted} are wanted:\n{said}");
    assert_eq!(unreached(&document, &report), [""; 0], "sessions let nobody in:\n{said}");
}
