//! The Lambda function `sessions-end`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::http::serve::<sessions::End>()
}
