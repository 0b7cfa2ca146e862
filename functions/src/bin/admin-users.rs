//! The Lambda function `admin-users`.

use functions::routes::admin;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<admin::ListUsers>()
}
