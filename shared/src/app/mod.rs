//! What the functions are made of: settings, the AWS configuration, and the parts that are made
//! from them on demand.
//!
//! There is no logic here. A route's state takes what it uses; what nobody takes is not made, and
//! not linked.
//!
//! # Layout
//! * `sdk`: the configuration of the AWS SDKs.
//! * `parts`: [`FromApp`], and the parts that this crate has.

mod parts;
mod sdk;

pub use parts::FromApp;

use crate::{
    cache::{self, Cache},
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    env::LIMITS_TABLE,
    ratelimit::Store,
    sign::Signer,
    signing_keys::SigningKeys,
    table::{self, AtomicCounters, Table},
    valkey::Valkey,
};
use aws_config::SdkConfig;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long init waits for the signing key, which it can do without.
const WARM_LIMIT: Duration = Duration::from_millis(500);

/// How long a tool waits for one call to a table.
const PATIENCE: Duration = Duration::from_secs(30);

/// Made once in an environment's life, at init.
pub struct App {
    vars: Vars,
    clock: Clock,
    sdk: SdkConfig,
    tables: OnceLock<table::Client>,
    valkey: OnceLock<Option<Valkey>>,
    cache: OnceLock<Arc<Cache>>,
    signer: OnceLock<Signer>,
}

impl App {
    /// From the environment of a Lambda function.
    pub fn from_env() -> Result<Self, ConfigError> {
        let vars = Vars::from_env();
        let sdk = sdk::of_function(&vars)?;
        Ok(Self::new(vars, Clock::system(), sdk))
    }

    /// From the environment of a person at a terminal, who can wait longer than a request.
    pub async fn for_tools() -> Result<Self, ConfigError> {
        let sdk = sdk::of_person().await;
        let tables = OnceLock::from(table::Client::new(&sdk).patient(PATIENCE));
        Ok(Self { tables, ..Self::new(Vars::from_env(), Clock::system(), sdk) })
    }

    /// From parts: for tools and tests.
    pub fn new(vars: Vars, clock: Clock, sdk: SdkConfig) -> Self {
        Self {
            vars,
            clock,
            sdk,
            tables: OnceLock::new(),
            valkey: OnceLock::new(),
            cache: OnceLock::new(),
            signer: OnceLock::new(),
        }
    }

    /// With this signer in place of the one whose keys the table holds.
    #[must_use]
    pub fn with_signer(self, signer: Signer) -> Self {
        Self { signer: OnceLock::from(signer), ..self }
    }

    /// With this L2 in place of the one that the settings name.
    #[must_use]
    pub fn with_valkey(self, valkey: Valkey) -> Self {
        Self { valkey: OnceLock::from(Some(valkey)), ..self }
    }

    /// The settings.
    pub fn vars(&self) -> &Vars {
        &self.vars
    }

    /// The wall clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The AWS configuration, for what makes its own client.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The client of all tables.
    pub fn tables(&self) -> &table::Client {
        self.tables.get_or_init(|| table::Client::new(&self.sdk))
    }

    /// L2, if there is one: one connection and one breaker for all who use it.
    pub fn valkey(&self) -> Result<Option<Valkey>, ConfigError> {
        if let Some(valkey) = self.valkey.get() {
            return Ok(valkey.clone());
        }
        let valkey = Valkey::from_vars(&self.vars)?;
        Ok(self.valkey.get_or_init(|| valkey).clone())
    }

    /// The last step of init, when an environment has a whole vCPU and no request waits: connects
    /// to L2 and tries to read the signing key, which opens the connection to DynamoDB, as far as
    /// the function has parts that use them. Init fails for neither, and waits for neither long.
    pub async fn warm_up(&self) {
        let connect = async {
            if let Some(Some(valkey)) = self.valkey.get() {
                valkey.warm_up(&self.clock).await;
            }
        };
        let read_key = async {
            if let Some(signer) = self.signer.get() {
                signer.warm(&Cx::new(self.clock.clone(), "init", WARM_LIMIT)).await;
            }
        };
        tokio::join!(connect, read_key);
    }

    /// Where a route's limits are counted: in L2, and in a table without it if one is `durable`.
    pub fn limit_store(&self, durable: bool) -> Result<Store, ConfigError> {
        let table = || Ok(AtomicCounters::new(self.tables(), self.vars.required(LIMITS_TABLE)?));
        Ok(Store { shared: self.valkey()?, table: durable.then(table).transpose()? })
    }

    /// The table that items of this type lie in, with the shards that its listings have.
    pub fn table<I: table::Item>(&self) -> Result<Table<I>, ConfigError> {
        Ok(Table::new(self.tables(), I::TABLE.name(&self.vars)?, I::TABLE.shards(&self.vars)?))
    }

    /// The cache: one for all who use it.
    pub fn cache(&self) -> Result<Arc<Cache>, ConfigError> {
        if let Some(cache) = self.cache.get() {
            return Ok(Arc::clone(cache));
        }
        let cache = Cache::new(self.valkey()?, self.clock.clone(), cache::Config::from_vars(&self.vars)?);
        Ok(Arc::clone(self.cache.get_or_init(|| Arc::new(cache))))
    }

    /// The signer, which reads its key on first use: one for all who use it.
    pub fn signer(&self) -> Result<Signer, ConfigError> {
        if let Some(signer) = self.signer.get() {
            return Ok(signer.clone());
        }
        let keys = SigningKeys::from_vars(self.tables(), &self.vars)?;
        Ok(self.signer.get_or_init(|| Signer::reading(keys)).clone())
    }
}
