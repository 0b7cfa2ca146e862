//! The Lambda function `sessions-get`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::http::serve::<sessions::Current>()
}
