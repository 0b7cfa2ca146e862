//! The Lambda function `relay-users`.

use functions::workers::RelayUsers;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::relay::<RelayUsers>()
}
