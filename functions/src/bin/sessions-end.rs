//! The Lambda function `sessions-end`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<sessions::EndSession>()
}
