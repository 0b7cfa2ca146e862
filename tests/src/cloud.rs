//! The stack under test.
//!
//! With `BASE_URL` set it runs already, here or on AWS, and the environment says the rest:
//! `API_URL` (the gateway, past the CDN; optional), `ORIGIN_SECRET` (what it asks for there),
//! `AWS_ENDPOINT_URL` (unset on AWS), and the stack's outputs by their names in capitals:
//! `USERS_TABLE`, `PRODUCTS_TABLE`, `ORDERS_TABLE`, `SESSIONS_TABLE`, `IDEMPOTENCY_TABLE`,
//! `EMAIL_QUEUE_URL`, `EMAIL_DEAD_LETTERS_URL`, `FORGET_QUEUE_URL`, `FORGET_DEAD_LETTERS_URL`. All
//! visitors of the tests come from one address: deploy that stack with
//! `Limits='*:x1000;me-update:x1'`.
//!
//! Without `BASE_URL` a local cloud is started, once a process, in a folder and on ports of its
//! own. It ends when this process does, however that happens.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use serde_json::Value;
use std::{
    collections::HashMap,
    env,
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

static CLOUD: OnceLock<Cloud> = OnceLock::new();

/// Where the stack answers, and what it is made of.
#[derive(Debug)]
pub struct Cloud {
    /// The CDN: what people use.
    pub base_url: String,
    /// The API behind the CDN, when it can be reached.
    pub api_url: Option<String>,
    /// What the API asks of whoever calls it past the CDN, when it is known.
    pub origin_secret: Option<String>,
    /// The emulator; `None` on AWS.
    pub endpoint: Option<String>,
    outputs: HashMap<String, String>,
}

impl Cloud {
    /// The stack. The first caller waits until it serves.
    pub fn get() -> &'static Self {
        CLOUD.get_or_init(|| match variable("BASE_URL") {
            Some(base_url) => Self::from_env(&base_url),
            None => Self::start(".local/tests", &["--free-ports".to_owned()]),
        })
    }

    /// A local cloud in this folder, with these options of `cloud.py up`: the one that this process
    /// then has.
    pub fn start_with(state: &str, options: &[String]) -> &'static Self {
        assert!(CLOUD.set(Self::start(state, options)).is_ok(), "this process has a cloud already");
        Self::get()
    }

    /// An output of the stack, by its name in capitals.
    pub fn output(&self, name: &str) -> &str {
        let value = self.outputs.get(name);
        value.unwrap_or_else(|| panic!("{name} is not set: with BASE_URL, the environment names the stack's outputs"))
    }

    fn from_env(base_url: &str) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self {
            base_url,
            api_url: variable("API_URL"),
            origin_secret: variable("ORIGIN_SECRET"),
            endpoint: variable("AWS_ENDPOINT_URL"),
            outputs: env::vars().collect(),
        }
    }

    fn start(state: &str, options: &[String]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let up = Command::new("python3")
            .current_dir(root)
            .args(["localstack/cloud.py", "up", "--state", state, "--json"])
            .args(["--while-pid", &std::process::id().to_string()])
            .args(options)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .unwrap_or_else(|e| panic!("python3 cannot be started: {e}"));
        assert!(up.status.success(), "the local cloud did not start ({}); it says why above", up.status);
        Self::described(&serde_json::from_slice(&up.stdout).unwrap())
    }

    fn described(cloud: &Value) -> Self {
        let text = |name: &str| cloud[name].as_str().unwrap_or_else(|| panic!("no {name} in {cloud}")).to_owned();
        let outputs = cloud["outputs"].as_object().unwrap().iter();
        Self {
            base_url: text("base_url"),
            api_url: Some(text("api_url")),
            origin_secret: Some(text("origin_secret")),
            endpoint: Some(text("aws_endpoint_url")),
            outputs: outputs.map(|(name, value)| (capitals(name), value.as_str().unwrap().to_owned())).collect(),
        }
    }
}

/// A variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `EmailQueueUrl` as `EMAIL_QUEUE_URL`.
pub(crate) fn capitals(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.chars().enumerate() {
        if at > 0 && letter.is_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_has_the_name_of_the_variable_that_functions_read() {
        assert_eq!(capitals("UsersTable"), "USERS_TABLE");
        assert_eq!(capitals("EmailDeadLettersUrl"), "EMAIL_DEAD_LETTERS_URL");
    }
}
