//! What the functions are made of: settings, the AWS configuration, and the parts that are made from them on demand.
//!
//! There is no logic here. A route's state takes what it uses; what nobody takes is not made, and not linked.

use crate::{
    cache::{self, Cache},
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    edge::Purger,
    https,
    idempotency::Idempotency,
    ratelimit::Store,
    session::{Grants, Sessions},
    sign::Signer,
    signing_keys::{self, SigningKeys},
    table::{self, Counters, Cursors, Shards, Table, Tally},
    token::Tokens,
    valkey::Valkey,
};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, environment::credentials::EnvironmentVariableCredentialsProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The variable that names the table of sessions, epochs and grants.
const SESSIONS: &str = "SESSIONS_TABLE";
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
    /// From the environment of a Lambda function. Credentials are the environment's own, so that no provider chain
    /// is linked or tried. `AWS_ENDPOINT_URL` is the only switch that the local cloud needs; the variables for one
    /// service (`AWS_ENDPOINT_URL_DYNAMODB`) go before it.
    pub fn from_env() -> Result<Self, ConfigError> {
        let vars = Vars::from_env();
        let mut sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(vars.required("AWS_REGION")?))
            .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
            .http_client(https::client(Clock::system()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(25)))
            .timeout_config(timeouts())
            .service_config(ServiceEndpoints(vars.clone()));
        sdk.set_endpoint_url(vars.optional("AWS_ENDPOINT_URL"));
        Ok(Self::new(vars, Clock::system(), sdk.build()))
    }

    /// From the environment of a person at a terminal, who has patience: profiles and the rest of
    /// the default chain.
    pub async fn for_tools() -> Result<Self, ConfigError> {
        let load = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(https::client(Clock::system()));
        let sdk = load.load().await;
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

    /// The last step of init, when an environment has a whole vCPU and no request waits: connects to
    /// L2 and tries to read the signing key, which opens the connection to DynamoDB, as far as the
    /// function has parts that use them. Init fails for neither, and waits for neither long.
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

    /// Where a route's limits are counted: on L2, and in a table without it if one is `durable`.
    pub fn limit_store(&self, durable: bool) -> Result<Store, ConfigError> {
        let table = || Ok(Tally::new(self.tables(), self.vars.required("LIMITS_TABLE")?));
        Ok(Store { shared: self.valkey()?, table: durable.then(table).transpose()? })
    }

    /// The table whose name `variable` holds, with the shards that its listings were laid out for.
    pub fn table<I: table::Item>(&self, variable: &str, shards: Shards) -> Result<Table<I>, ConfigError> {
        Ok(Table::new(self.tables(), self.vars.required(variable)?, shards))
    }

    /// The number of shards that `variable` holds; one when it is unset.
    pub fn shards(&self, variable: &str) -> Result<Shards, ConfigError> {
        self.vars.parsed(variable, Shards::ONE)
    }

    /// The signer, which reads its key on first use: one for all who use it.
    pub fn signer(&self) -> Result<Signer, ConfigError> {
        if let Some(signer) = self.signer.get() {
            return Ok(signer.clone());
        }
        let table = self.vars.required(signing_keys::TABLE)?;
        Ok(self.signer.get_or_init(|| Signer::reading(SigningKeys::new(self.tables(), table))).clone())
    }
}

/// The endpoint of one service: its identifier in capitals, behind `AWS_ENDPOINT_URL_` ("Service-specific
/// endpoints", AWS SDKs and Tools Reference Guide). Each client asks for its own when it is made.
struct ServiceEndpoints(Vars);

impl fmt::Debug for ServiceEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceEndpoints")
    }
}

impl LoadServiceConfig for ServiceEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        (key.env() == "AWS_ENDPOINT_URL").then(|| self.0.optional(&format!("AWS_ENDPOINT_URL_{service}")))?
    }
}

/// Of the SDKs that set no limits of their own: S3, whose calls a request waits for, and what
/// workers ask. A call that hangs is sent once more. There is no breaker here: a picture is rarely
/// confirmed, and a worker's queue waits by itself.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(Duration::from_secs(4))
        .build()
}

/// A part of a route's state: made from the app at init, or an error that names the setting that it lacks.
pub trait FromApp: Sized + Send + Sync + 'static {
    /// Makes it.
    fn from_app(app: &App) -> impl Future<Output = Result<Self, ConfigError>> + Send;
}

impl FromApp for () {
    async fn from_app(_: &App) -> Result<Self, ConfigError> {
        Ok(())
    }
}

impl<A: FromApp, B: FromApp> FromApp for (A, B) {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok((A::from_app(app).await?, B::from_app(app).await?))
    }
}

impl<A: FromApp, B: FromApp, C: FromApp> FromApp for (A, B, C) {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok((A::from_app(app).await?, B::from_app(app).await?, C::from_app(app).await?))
    }
}

impl FromApp for Cursors {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Cursors::new(app.signer()?))
    }
}

impl FromApp for Tokens {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Tokens::new(app.signer()?))
    }
}

impl FromApp for Arc<Cache> {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        if let Some(cache) = app.cache.get() {
            return Ok(Self::clone(cache));
        }
        let cache = Cache::new(app.valkey()?, app.clock.clone(), cache::Config::from_vars(&app.vars)?);
        Ok(Self::clone(app.cache.get_or_init(|| Self::new(cache))))
    }
}

impl FromApp for Counters {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Counters::new(app.tables(), app.vars.required("COUNTERS_TABLE")?, app.shards("COUNTER_SHARDS")?))
    }
}

impl FromApp for Idempotency {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Idempotency::from_vars(app.tables(), &app.vars)
    }
}

#[cfg(feature = "mail")]
impl FromApp for crate::mail::Mailer {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Self::from_vars(&app.sdk, &app.vars)
    }
}

impl FromApp for Purger {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Purger::from_vars(&app.sdk, &app.vars)
    }
}

impl FromApp for Sessions {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Sessions::new(app.tables(), &app.vars.required(SESSIONS)?, app.valkey()?, app.signer()?))
    }
}

impl FromApp for Grants {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        Ok(Grants::new(app.tables(), &app.vars.required(SESSIONS)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_s_own_variable_leads_that_service_and_no_other() {
        let endpoints = ServiceEndpoints(Vars::from_pairs([
            ("AWS_ENDPOINT_URL", "http://all"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://tables"),
            ("AWS_ENDPOINT_URL_SQS", ""),
        ]));
        let of = |service| {
            let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
            endpoints.load_config(key.build().unwrap())
        };
        assert_eq!(of("DynamoDB").as_deref(), Some("http://tables"));
        // `None` leaves the client with AWS_ENDPOINT_URL; an empty variable is an unset one.
        assert_eq!((of("SQS"), of("SESv2")), (None, None));
    }
}
