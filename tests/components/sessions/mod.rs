//! Sessions behind L2: what a person may rely on when parts of it are gone, and when two things happen at once.

mod ending;
mod outages;

use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::Vars,
    context::Cx,
    session::{Session, Sessions, Subject, Token},
};
use std::{sync::Arc, time::Duration};
use tests::{
    dynamo::Tables,
    meddler::{Call, Meddler, Rule},
    redis::Redis,
};
use uuid::Uuid;

const START: i64 = 1_800_000_000_000;

/// One table and one L2, and whoever uses them.
struct World {
    tables: Tables,
    redis: Redis,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        Self { tables: Tables::new(), redis: Redis::start(), clock: Clock::manual(START) }
    }

    /// An environment of any function.
    async fn environment(&self) -> Sessions {
        self.environment_behind(&self.redis.url(), |_| Rule::Pass).await
    }

    /// One with another way to L2, and a network to the table that does what `rule` says.
    async fn environment_behind(&self, redis: &str, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Sessions {
        let sdk = self.tables.sdk();
        let network = sdk.http_client().unwrap();
        let sdk = sdk.into_builder().http_client(Meddler::new(network, Arc::new(rule))).build();
        let vars = [("SESSIONS_TABLE", self.tables.name("Sessions")), ("CACHE_URL", redis.to_owned())];
        let app = App::new(Vars::from_pairs(vars), self.clock.clone(), sdk);
        Sessions::from_app(&app).await.unwrap()
    }

    fn cx(&self) -> Cx {
        Cx::new(self.clock.clone(), "test", Duration::from_secs(10))
    }

    async fn is_in(&self, environment: &Sessions, token: &Token) -> bool {
        environment.find(&self.cx(), token).await.unwrap().is_some()
    }

    async fn sign_in(&self, environment: &Sessions) -> (Token, Session) {
        environment.start(&self.cx(), Subject(Uuid::new_v4())).await.unwrap()
    }
}
