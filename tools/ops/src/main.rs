//! The program `ops`; the library has the commands.

use clap::Parser as _;
use ops::{Cli, Failure, report};
use std::{
    io::{self, ErrorKind, Write as _},
    process::ExitCode,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(cli.run()));
    match done.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // When stderr is closed, the exit code is all that is left to report with.
            let _ = writeln!(io::stderr(), "ops: {}", report::in_words(&error));
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        // The reader has seen enough, as in `ops dlq | head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}
