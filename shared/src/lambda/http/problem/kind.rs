//! Kinds of problems.

use http::StatusCode;

/// A kind of problem: a constant beside the code that refuses.
///
/// ```
/// # use shared::lambda::{Problem, ProblemKind};
/// # use http::StatusCode;
/// const ROOM_TAKEN: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "room-taken", "The room is taken");
///
/// let problem = Problem::of(&ROOM_TAKEN).about("from", "is within another booking");
/// assert_eq!((problem.status(), problem.slug()), (StatusCode::CONFLICT, "room-taken"));
/// ```
///
/// A route names it in [`Route::PROBLEMS`](crate::lambda::Route::PROBLEMS), for the API document:
/// `&[ROOM_TAKEN.when("Another booking has the room at that time.")]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemKind {
    pub(super) status: StatusCode,
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
}

impl ProblemKind {
    /// A kind with this status, the last segment of its `type` and a title for people.
    ///
    /// # Panics
    /// When the status is not 4xx or 5xx, or the slug has other characters than `a-z`, `0-9` and
    /// `-`. A constant that is wrong does not compile.
    pub const fn new(status: StatusCode, slug: &'static str, title: &'static str) -> Self {
        let code = status.as_u16();
        assert!(code >= 400 && code <= 599, "the status of a problem is 4xx or 5xx");
        let (bytes, mut n) = (slug.as_bytes(), 0);
        assert!(!bytes.is_empty(), "a problem has a slug");
        while n < bytes.len() {
            let fits = bytes[n].is_ascii_lowercase() || bytes[n].is_ascii_digit() || bytes[n] == b'-';
            assert!(fits, "a slug is made of a-z, 0-9 and -");
            n += 1;
        }
        Self { status, slug, title }
    }

    /// An entry of [`Route::PROBLEMS`](crate::lambda::Route::PROBLEMS): when a route answers so.
    #[must_use]
    pub const fn when(&self, text: &'static str) -> (StatusCode, &'static str) {
        (self.status, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::Problem;
    use serde_json::{Value, json};

    const FULL: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "hall-full", "The hall is full");

    #[test]
    fn a_domain_makes_problems_of_its_own() {
        let response = Problem::of(&FULL).about("row", "has no free seat").into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["cache-control"], "private, no-store");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let errors = json!([{"field": "row", "message": "has no free seat"}]);
        let wanted =
            json!({"type": "/problems/hall-full", "title": "The hall is full", "status": 409, "errors": errors});
        assert_eq!(body, wanted);
        assert_eq!(FULL.when("No seat is free."), (StatusCode::CONFLICT, "No seat is free."));
    }

    #[test]
    fn a_problem_is_an_error_and_its_slug_a_segment() {
        let made = |status, slug| std::panic::catch_unwind(|| ProblemKind::new(status, slug, "x")).is_ok();
        assert!(made(StatusCode::BAD_REQUEST, "a-1") && made(StatusCode::BAD_GATEWAY, "b"));
        assert!(!made(StatusCode::OK, "a") && !made(StatusCode::FOUND, "a"));
        for slug in ["", "A", "a b", "a/b", "\u{e9}"] {
            assert!(!made(StatusCode::CONFLICT, slug), "{slug:?}");
        }
    }
}
