//! The Lambda function `catalog-search`.

use functions::routes::catalog;
use std::process::ExitCode;

fn main() -> ExitCode {
    shared::lambda::serve::<catalog::SearchProducts>()
}
