//! The Lambda function `me-export`.

use functions::routes::me;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<me::ExportMe>()
}
