//! Settings, which a function reads from environment variables once, at init.
//!
//! A function reads only the variables that its route uses, so a variable that only another route
//! needs may be missing. An error names the variable, so that a failed deploy says which line of the
//! template to correct.

use std::{collections::HashMap, env, fmt, str::FromStr, sync::Arc};

/// A variable that is missing, or whose value cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable}: {problem}")]
pub struct ConfigError {
    /// The variable's name.
    pub variable: String,
    /// What is wrong with it. Never holds the value: it may be a secret.
    pub problem: String,
}

impl ConfigError {
    /// An error about `variable`.
    pub fn new(variable: &str, problem: impl fmt::Display) -> Self {
        Self { variable: variable.to_owned(), problem: problem.to_string() }
    }
}

/// The source of settings: the process environment, or pairs that a test supplies.
#[derive(Clone)]
pub struct Vars(Source);

#[derive(Clone)]
enum Source {
    Process,
    Pairs(Arc<HashMap<String, String>>),
}

impl Vars {
    /// The environment of this process.
    pub fn from_env() -> Self {
        Self(Source::Process)
    }

    /// Exactly these variables, for tests. All tests of a process share its environment.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Source::Pairs(Arc::new(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())))
    }

    /// The value of `name`; `None` when it is unset or empty. CloudFormation cannot omit a variable,
    /// only leave it empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            Source::Process => env::var(name).ok(),
            Source::Pairs(pairs) => pairs.get(name).cloned(),
        };
        value.filter(|v| !v.is_empty())
    }

    /// The value of `name`, which must be set.
    pub fn required(&self, name: &str) -> Result<String, ConfigError> {
        self.optional(name).ok_or_else(|| ConfigError::new(name, "is not set"))
    }

    /// The value of `name`, parsed, or `default` when it is unset.
    pub fn parsed<T: FromStr>(&self, name: &str, default: T) -> Result<T, ConfigError>
    where
        T::Err: fmt::Display,
    {
        match self.optional(name) {
            None => Ok(default),
            Some(value) => value.parse().map_err(|e| ConfigError::new(name, e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let vars = Vars::from_pairs([("CACHE_URL", "")]);
        assert_eq!(vars.optional("CACHE_URL"), None);
        assert_eq!(vars.required("CACHE_URL").unwrap_err().to_string(), "environment variable CACHE_URL: is not set");
    }

    #[test]
    fn a_malformed_number_names_its_variable() {
        let vars = Vars::from_pairs([("PRODUCT_SHARDS", "many")]);
        assert_eq!(vars.parsed::<u16>("PRODUCT_SHARDS", 1).unwrap_err().variable, "PRODUCT_SHARDS");
        assert_eq!(vars.parsed::<u16>("USER_SHARDS", 4), Ok(4));
    }
}
