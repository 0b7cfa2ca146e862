//! Checks the manual: every command and argument is explained, and every example is a command.

use crate::Cli;
use clap::{Arg, Command, CommandFactory as _, Parser as _};

fn commands() -> Vec<Command> {
    let mut ops = Cli::command();
    ops.build();
    ops.get_subcommands().filter(|command| command.get_name() != "help").cloned().collect()
}

#[test]
fn clap_accepts_the_definition_of_the_command_line() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_every_argument_is_explained() {
    for command in commands() {
        let name = command.get_name();
        assert!(command.get_long_about().is_some(), "{name} has no second paragraph");
        let silent = |arg: &&Arg| arg.get_help().is_none();
        assert_eq!(command.get_arguments().filter(silent).count(), 0, "an argument of {name} is not explained");
    }
}

#[test]
fn the_manual_fits_a_terminal_of_100_columns() {
    for mut command in commands().into_iter().chain([Cli::command()]) {
        let manual = command.render_long_help().to_string();
        let long: Vec<_> = manual.lines().filter(|line| line.chars().count() > 100).collect();
        assert_eq!(long, [""; 0], "{}", command.get_name());
    }
}

#[test]
fn every_example_can_be_run_as_it_stands() {
    for command in commands() {
        let manual = command.get_after_help().unwrap().to_string();
        let examples: Vec<_> = manual.lines().filter(|line| line.starts_with("  ops ")).collect();
        assert!(!examples.is_empty(), "{} has no example", command.get_name());
        for example in examples {
            let words = example.split_whitespace();
            assert!(Cli::try_parse_from(words).is_ok(), "{example}");
        }
    }
}

#[test]
fn a_value_that_is_wrong_is_refused_in_plain_words() {
    let refused = [
        ("ops redrive email --rate fast", "it must be a whole number, 1 or more"),
        ("ops redrive email --rate 0", "it must be a whole number, 1 or more"),
        ("ops seed --users many", "it must be a whole number, 0 or more"),
        ("ops replay yesterday", "it must be a time such as 2026-11-24T10:00:00Z"),
        ("ops admin grant ada", "must be an e-mail address"),
    ];
    for (line, words) in refused {
        let error = Cli::try_parse_from(line.split_whitespace()).unwrap_err().to_string();
        assert!(error.contains(words), "{line}: {error}");
    }
}
