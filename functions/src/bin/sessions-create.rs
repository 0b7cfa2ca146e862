//! The Lambda function `sessions-create`.

use functions::routes::sessions;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<sessions::CreateSession>()
}
