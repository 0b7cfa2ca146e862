//! What the program knows of a table before it opens it.

use super::Shards;
use crate::{
    config::{ConfigError, Vars},
    env::Var,
};

/// Where a table's name and the number of its shards are found. It stands once, at the item that
/// the table is for; other items of the same table refer to it. So nobody can open one table with
/// two numbers of shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    name: &'static Var,
    shards: Option<&'static Var>,
}

impl TableSpec {
    /// The table whose name `name` holds. Its listings, if it has some, have one shard.
    pub const fn new(name: &'static Var) -> Self {
        Self { name, shards: None }
    }

    /// The same table, whose listings or counters have as many shards as `shards` holds.
    #[must_use]
    pub const fn sharded_by(self, shards: &'static Var) -> Self {
        Self { shards: Some(shards), ..self }
    }

    /// The table's name.
    pub fn name(&self, vars: &Vars) -> Result<String, ConfigError> {
        vars.required(self.name)
    }

    /// How many shards its listings or counters have.
    pub fn shards(&self, vars: &Vars) -> Result<Shards, ConfigError> {
        self.shards.map_or(Ok(Shards::ONE), |variable| vars.parsed(variable))
    }
}
