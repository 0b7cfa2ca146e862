//! An answer of the API, and what every answer must look like.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub(super) call: String,
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Reply {
    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("not text"))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn ok(&self, case: &str, status: u16) -> Value {
        assert_eq!(self.status, status, "{case}: {} answered {}", self.call, self.body);
        self.json(case)
    }

    /// A refusal: problem+json with its four members, stored nowhere, that names the field. `""` is
    /// the body as a whole.
    #[track_caller]
    pub fn problem(&self, case: &str, status: u16, field: Option<&str>) {
        let context = format!("{case}: {} answered {} {}", self.call, self.status, self.body);
        assert_eq!(self.status, status, "{context}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{context}");
        assert_eq!(self.header("cache-control"), "private, no-store", "{context}");
        let problem = self.json(case);
        assert_eq!(problem["status"], status, "{context}");
        for member in ["type", "title"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "no {member}. {context}");
        }
        if let Some(field) = field {
            let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
            let named =
                errors.iter().any(|e| e["field"] == field && e["message"].as_str().is_some_and(|m| !m.is_empty()));
            assert!(named, "{field:?} is not named. {context}");
        }
    }

    #[track_caller]
    fn json(&self, case: &str) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("{case}: {} answered {:?}: {e}", self.call, self.body))
    }
}
