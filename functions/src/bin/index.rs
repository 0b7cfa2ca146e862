//! The Lambda function `index`.

use functions::workers::Index;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::consumer::batch_worker::<Index>()
}
