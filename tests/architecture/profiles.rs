//! A release survives a panic: a worker reports one message and goes on with the other nine.

use crate::sources::read;

/// The settings of `[profile.<name>]`.
fn profile(name: &str) -> String {
    let manifest = read("Cargo.toml");
    let after = manifest.split(&format!("\n[profile.{name}]\n")).nth(1).unwrap_or_else(|| panic!("no profile {name}"));
    after.split("\n[").next().unwrap_or_default().to_owned()
}

#[test]
fn a_release_unwinds() {
    // cargo-lambda sets `abort` where nothing is said.
    assert!(profile("release").lines().any(|line| line.trim() == "panic = \"unwind\""), "{}", profile("release"));
    for inherits in ["local", "measure"] {
        assert!(!profile(inherits).contains("panic"), "{inherits} does what the release does");
    }
}
