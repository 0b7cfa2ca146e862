//! The Lambda function `users-create`.

use functions::routes::users;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<users::CreateUser>()
}
