//! The Lambda function `catalog-list`.

use functions::routes::catalog;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<catalog::ListProducts>()
}
