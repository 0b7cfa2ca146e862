//! The Lambda function `catalog-get`.

use functions::routes::catalog;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<catalog::GetProduct>()
}
