//! Sessions behind L2, when parts of it are slow, gone or wrong, and when two things happen at
//! once.

mod ending;
mod everywhere;
mod outages;
mod slow;
mod tokens;

use shared::telemetry::fields;
use shared::{
    app::{App, FromApp as _},
    clock::Clock,
    config::Vars,
    context::Cx,
    session::{Session, Sessions, Subject, Token},
    sign::Signer,
    table::{Item as _, Shards, Table},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests::line::ReadLine as _;
use tests::{
    dynamo::Tables,
    fault_injector::{Call, FaultInjector, Rule},
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

    /// One that reaches no L2.
    async fn deaf(&self) -> Sessions {
        self.environment_behind("redis://127.0.0.1:1", |_| Rule::Pass).await
    }

    /// One with another way to L2, and a network to the table that does what `rule` says.
    async fn environment_behind(&self, redis: &str, rule: impl Fn(&Call) -> Rule + Send + Sync + 'static) -> Sessions {
        self.environment_with(Signer::new(&[7; 32]), redis, rule).await
    }

    async fn environment_with(
        &self,
        signer: Signer,
        redis: &str,
        rule: impl Fn(&Call) -> Rule + Send + Sync + 'static,
    ) -> Sessions {
        let sdk = self.tables.sdk();
        let network = sdk.http_client().unwrap();
        let sdk = sdk.into_builder().http_client(FaultInjector::new(network, Arc::new(rule))).build();
        let vars = [("SESSIONS_TABLE", self.tables.name("Sessions")), ("CACHE_URL", redis.to_owned())];
        let app = App::new(Vars::from_pairs(vars), self.clock.clone(), sdk).with_signer(signer);
        Sessions::from_app(&app).await.unwrap()
    }

    /// An environment that counts what it asks of the table.
    async fn counting(&self) -> (Sessions, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let rule = move |_: &Call| {
            counted.fetch_add(1, Ordering::SeqCst);
            Rule::Pass
        };
        (self.environment_behind(&self.redis.url(), rule).await, calls)
    }

    fn cx(&self) -> Cx {
        Cx::new(self.clock.clone(), "test", Duration::from_secs(10))
    }

    async fn is_in(&self, environment: &Sessions, token: &Token) -> bool {
        environment.find(&self.cx(), token).await.unwrap().is_some()
    }

    /// Whether L2 holds the session as one that is live.
    fn l2_holds(&self, session: &Session) -> bool {
        let tag = format!("{{sessions:{}}}", session.subject);
        let row = self.redis.command(&["GET", &format!("{tag}:{}:v1", session.digest)]);
        let epoch = self.redis.command(&["GET", &format!("{tag}:epoch:v1")]);
        row.contains(&session.digest) && epoch.contains(&format!("{:016x}", session.epoch.0))
    }

    /// Whether an environment finds the session once L2 answers it in time, which a busy machine
    /// may keep L2 from; and whether it believed L2 without the table.
    async fn finds(&self, environment: &Sessions, token: &Token) -> (bool, bool) {
        for _ in 0..50 {
            let cx = self.cx();
            let found = environment.find(&cx, token).await;
            if cx.counted(fields::VALKEY_ERRORS) + cx.counted(fields::VALKEY_REFUSED) == 0 {
                return (found.unwrap().is_some(), cx.counted(fields::SESSION_STALE) > 0);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("L2 does not answer");
    }

    async fn sign_in(&self, environment: &Sessions) -> (Token, Session) {
        self.sign_in_as(environment, Subject(Uuid::new_v4())).await
    }

    async fn sign_in_as(&self, environment: &Sessions, subject: Subject) -> (Token, Session) {
        environment.start(&self.cx(), subject, Vec::new()).await.unwrap()
    }

    /// Signs out: here, or everywhere.
    async fn end(&self, environment: &Sessions, cx: &Cx, session: &Session, everywhere: bool) {
        let done = if everywhere {
            environment.end_all(cx, session.subject).await
        } else {
            environment.end(cx, session).await
        };
        done.unwrap();
    }

    /// How many rows of sessions the table holds for a person.
    async fn rows(&self, of: &Session) -> usize {
        let table = self.rows_table();
        let all = shared::table::PartitionQuery::of(of.key().pk)
            .prefix("session#")
            .consistency(shared::table::Consistency::Strong);
        table.query(&self.cx(), &all, 200, None).await.unwrap().items.len()
    }

    fn rows_table(&self) -> Table<Session> {
        Table::new(&self.tables.client(), self.tables.name("Sessions"), Shards::ONE)
    }

    /// Lets time pass on L2's clock, which no test can set: all that it holds of sessions ends so
    /// much sooner.
    fn age_l2(&self, by: Duration) {
        let script = "for _, key in ipairs(redis.call('KEYS', '{sessions:*')) do
            redis.call('PEXPIRE', key, redis.call('PTTL', key) - ARGV[1]) end";
        self.redis.command(&["EVAL", script, "0", &by.as_millis().to_string()]);
    }
}
