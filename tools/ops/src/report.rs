//! How a person reads a failure.

use crate::Failure;

/// The errors of an AWS SDK end with a debug view in parentheses, which begins with one of these.
/// It is for logs; the text before it says the same in words.
const DEBUG_VIEWS: [&str; 5] =
    [" (ConstructionFailure(", " (DispatchFailure(", " (ResponseError(", " (ServiceError(", " (TimeoutError("];

/// The failure without the debug view.
pub fn in_words(failure: &Failure) -> String {
    let text = failure.to_string();
    let end = DEBUG_VIEWS.iter().filter_map(|view| text.find(view)).min();
    text[..end.unwrap_or(text.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_aws_is_shown_without_its_debug_view() {
        let failure = Failure::from(
            "SQS: dispatch failure: connection refused (os error 111) (DispatchFailure(DispatchFailure { source: .. }))",
        );
        assert_eq!(in_words(&failure), "SQS: dispatch failure: connection refused (os error 111)");
        assert_eq!(in_words(&Failure::from("ada (the user) has no account")), "ada (the user) has no account");
    }
}
