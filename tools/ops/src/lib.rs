//! `ops`: what an operator does to a stack from a terminal. Nothing here is deployed.
//!
//! The manual is `ops --help`. A command is one file: a type (`RedriveArgs`) whose documentation is
//! its page of the manual, and the work as a function that tests call. This file lists the
//! commands, and nothing else does.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test that cannot go on has failed"))]

pub mod admin;
mod arguments;
pub mod dlq;
#[cfg(test)]
mod manual;
mod progress_bar;
mod queues;
pub mod redrive;
pub mod reindex;
pub mod replay;
pub mod report;
pub mod seed;
mod status_line;

use clap::{Parser, Subcommand};
use shared::app::App;
use std::error::Error;

/// Why a command ended early, as a sentence for its user.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Operate a stack: sample data, administrators, dead letters, events.
///
/// ops finds a stack by environment variables with the names of the stack's outputs: the output
/// UsersTable is the variable USERS_TABLE. An error names the variable that is missing. Credentials
/// and the region come from where all AWS programs read them; AWS_ENDPOINT_URL leads to a local
/// cloud. `make ops ARGS='dlq'` sets all of these for the local cloud.
///
/// Results are printed on stdout, progress and errors on stderr. The exit code is 0 after success,
/// 1 after a failure, and 2 when the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "ops", verbatim_doc_comment, after_help = "Each command has its own manual: ops redrive --help")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Admin(admin::AdminArgs),
    Dlq(dlq::DlqArgs),
    Redrive(redrive::RedriveArgs),
    Reindex(reindex::ReindexArgs),
    Replay(replay::ReplayArgs),
    Seed(seed::SeedArgs),
}

impl Cli {
    /// Runs the command. Returns what it reports.
    pub async fn run(self) -> Result<String, Failure> {
        let app = App::for_tools().await?;
        match self.command {
            Command::Admin(args) => args.run(&app).await,
            Command::Dlq(args) => args.run(&app).await,
            Command::Redrive(args) => args.run(&app).await,
            Command::Reindex(args) => args.run(&app).await,
            Command::Replay(args) => args.run(&app).await,
            Command::Seed(args) => args.run(&app).await,
        }
    }
}
