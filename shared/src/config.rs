//! Settings, which a function reads from environment variables once, at init.
//!
//! A function reads only the variables that its route uses, so a variable that only another route
//! needs may be missing. An error names the variable, so that a failed deploy says which line of
//! the template to correct.

use crate::env::Var;
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
    pub fn new(variable: &Var, problem: impl fmt::Display) -> Self {
        Self { variable: variable.name.to_owned(), problem: problem.to_string() }
    }
}

/// The source of settings: the process environment, or pairs that a test supplies.
#[derive(Clone)]
pub struct Vars(VarSource);

#[derive(Clone)]
enum VarSource {
    Process,
    Pairs(Arc<HashMap<String, String>>),
}

impl Vars {
    /// The environment of this process.
    pub fn from_env() -> Self {
        Self(VarSource::Process)
    }

    /// Exactly these variables, for tests. All tests of a process share its environment.
    pub fn from_pairs<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(VarSource::Pairs(Arc::new(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())))
    }

    /// The value of the variable that is called `name`; `None` when it is unset or empty.
    /// CloudFormation cannot omit a variable, only leave it empty.
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            VarSource::Process => env::var(name).ok(),
            VarSource::Pairs(pairs) => pairs.get(name).cloned(),
        };
        value.filter(|v| !v.is_empty())
    }

    /// The value of `variable`, or else its default, if it has one.
    pub fn optional(&self, variable: &Var) -> Option<String> {
        self.get(variable.name).or_else(|| variable.default().map(str::to_owned))
    }

    /// The value of `variable`, which must be set or have a default.
    pub fn required(&self, variable: &Var) -> Result<String, ConfigError> {
        self.optional(variable).ok_or_else(|| ConfigError::new(variable, "is not set"))
    }

    /// The value of `variable`, parsed.
    pub fn parsed<T: FromStr>(&self, variable: &Var) -> Result<T, ConfigError>
    where
        T::Err: fmt::Display,
    {
        self.required(variable)?.parse().map_err(|e| ConfigError::new(variable, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{CACHE_URL, COUNTER_SHARDS};

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let vars = Vars::from_pairs([(CACHE_URL.name, ""), (COUNTER_SHARDS.name, "")]);
        assert_eq!(vars.optional(CACHE_URL), None);
        assert_eq!(vars.required(CACHE_URL).unwrap_err().to_string(), "environment variable CACHE_URL: is not set");
        assert_eq!(vars.parsed::<u16>(COUNTER_SHARDS), Ok(1), "its default");
    }

    #[test]
    fn a_malformed_number_names_its_variable() {
        let vars = Vars::from_pairs([(COUNTER_SHARDS.name, "many")]);
        assert_eq!(vars.parsed::<u16>(COUNTER_SHARDS).unwrap_err().variable, "COUNTER_SHARDS");
    }
}
