//! The Lambda function `users-get`.

use functions::routes::users;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<users::GetUser>()
}
