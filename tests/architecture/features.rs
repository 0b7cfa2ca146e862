//! A crate outside of the workspace that uses a part of `shared` compiles that part and no more.

use crate::sources::{read, root};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The crates that a client of an AWS service is made of.
const SERVICE: &str = "aws-sdk-";

/// What a user of the cache writes.
const USER: &str = "\
//! Somebody else's program.
pub use shared::cache::{Cache, CacheKey, Policy};

/// A cache in memory.
pub fn cache() -> Cache {
    Cache::new(None, shared::clock::Clock::system(), shared::cache::Config::default())
}
";

/// A crate in a folder of its own, which is removed with it.
struct Stranger(PathBuf);

impl Stranger {
    /// One that uses these features of `shared`, and the versions of our Cargo.lock.
    fn using(features: &str) -> Self {
        // Tests run at the same time: each stranger has a folder of its own.
        static STRANGERS: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), STRANGERS.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(format!("uses-{features}-of-shared-{process}-{number}"));
        fs::create_dir_all(folder.join("src")).unwrap();
        // The profiles of the workspace, so that what it has compiled already is not compiled
        // again.
        let workspace = read("Cargo.toml");
        let profiles = workspace.find("\n[profile.").map_or("", |at| &workspace[at..]);
        let shared = root().join("shared");
        let manifest = format!(
            "[package]\nname = \"stranger\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             shared = {{ path = \"{}\", default-features = false, features = [{features:?}] }}\n{profiles}",
            shared.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), USER).unwrap();
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Self(folder)
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).arg("--offline").current_dir(&self.0);
        // What the cargo that runs this test says about this package. Build scripts look at it, and
        // would run again, here and in the next build of the workspace.
        let of_this_package =
            |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|start| name.starts_with(start));
        for (name, _) in env::vars()
            .filter(|(name, _)| of_this_package(name) || name == "CARGO_CRATE_NAME" || name == "CARGO_PRIMARY_PACKAGE")
        {
            cargo.env_remove(name);
        }
        cargo.env("CARGO_TARGET_DIR", root().join(target)).output().unwrap()
    }

    /// The crates that it depends on, with those of its dependencies.
    fn tree(&self) -> String {
        succeeded(&self.cargo(&["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"]))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The clients of AWS services in a tree, but for STS: `aws-config` brings that, for roles.
fn services(tree: &str) -> Vec<&str> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut services: Vec<_> = names.filter_map(|name| name.strip_prefix(SERVICE)).collect();
    services.sort_unstable();
    services.dedup();
    services.retain(|service| *service != "sts");
    services
}

#[test]
fn a_feature_brings_the_clients_of_its_own_services() {
    for (feature, wanted) in [
        ("cache", &[][..]),
        ("table", &["dynamodb"]),
        ("queue", &["dynamodb", "sqs"]),
        ("mail", &["dynamodb", "sesv2", "sqs"]),
        ("upload", &["s3"]),
        ("lambda", &["dynamodb", "sqs"]),
        ("cloudfront", &["cloudfront", "dynamodb", "sqs"]),
        ("default", &["dynamodb", "s3", "sesv2", "sqs"]),
    ] {
        let tree = Stranger::using(feature).tree();
        assert!(tree.contains("shared v"), "{feature}: {tree}");
        assert_eq!(services(&tree), wanted, "{feature}");
    }
}

#[test]
fn a_user_of_the_cache_alone_compiles_no_aws_and_no_lambda() {
    let stranger = Stranger::using("cache");
    let tree = stranger.tree();
    for part in ["aws-config", "aws-smithy-", "lambda_http", "lambda_runtime", "schemars", "img-parts"] {
        assert!(!tree.lines().any(|line| line.starts_with(part)), "{part}: {tree}");
    }
    succeeded(&stranger.cargo(&["check", "--profile", "local", "--quiet"]));
}
