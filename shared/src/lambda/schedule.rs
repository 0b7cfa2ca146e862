//! The entrance for schedules: EventBridge Scheduler invokes the function at a time.
//!
//! A schedule's target is the function, and its input is this text. Scheduler puts the time for
//! which the invocation was planned into it ("Adding context attributes in Amazon EventBridge
//! Scheduler", EventBridge Scheduler User Guide):
//!
//! ```json
//! {"at": "<aws.scheduler.scheduled-time>", "payload": {"days": 30}}
//! ```
//!
//! # Promises
//! * A run happens at least once. Scheduler itself delivers at least once ("What is Amazon
//!   EventBridge Scheduler?"), and Lambda invokes the function twice more when it fails ("How
//!   Lambda handles errors and retries with asynchronous invocation", AWS Lambda Developer Guide).
//!   After that Lambda sends the event to the function's on-failure destination, if it has one.
//! * All deliveries of one run have the same time, and so the same [`Delivery::id`]:
//!   [`Idempotency`](crate::idempotency::Idempotency) does the work once.
//! * A panic, a run that takes too long and an event that cannot be read fail the invocation and
//!   not the process.
//! * One line a run: which, how late, how it went.
//!
//! A handler that blocks the thread is not interrupted: there is one thread, and it is the
//! handler's.

use super::{
    consumer::{WorkOutcome, guarded},
    object::Object,
    runtime::{Raw, Timeout, run},
};
use crate::{
    app::{App, FromApp},
    clock::Clock,
    config::ConfigError,
    context::Cx,
    queue::{Delivery, Failed},
    telemetry::fields,
};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{
    future::Future,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

/// Kept back from the deadline, to write the line and to answer.
const RESERVE: Duration = Duration::from_secs(1);

/// Does one kind of work at the times of its schedules.
pub trait Scheduled: 'static {
    /// The function's name, and the scope of its idempotency keys.
    const NAME: &'static str;
    /// What the work needs, made once at init.
    type State: FromApp;
    /// What the schedule says beside the time; `()` when it says nothing.
    type Payload: DeserializeOwned + Send;

    /// Does the work. `delivery.occurred_at` is the time for which it was planned. It may be called
    /// again for the same time, at the same moment even.
    fn handle(
        state: &Self::State,
        cx: &Cx,
        delivery: &Delivery,
        payload: Self::Payload,
    ) -> impl Future<Output = Result<(), Failed>> + Send;
}

/// The input of a schedule.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleInput<'a> {
    at: Timestamp,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Why a run failed: Lambda writes it into its log and invokes the function again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the run failed: {0}")]
pub struct RunFailed(String);

/// Scheduled work with what it needs, ready to run.
pub struct ScheduleRunner<S: Scheduled> {
    state: S::State,
    clock: Clock,
}

impl<S: Scheduled> ScheduleRunner<S> {
    /// From the app.
    pub async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let state = S::State::from_app(app).await?;
        app.warm_up().await;
        Ok(Self::new(state, app.clock().clone()))
    }

    /// From parts: for tests and tools.
    pub fn new(state: S::State, clock: Clock) -> Self {
        Self { state, clock }
    }

    /// What the work needs.
    pub fn state(&self) -> &S::State {
        &self.state
    }

    /// Does the work of one event, and returns before `left` is over, whatever the work does.
    pub async fn run(&self, request_id: &str, left: Duration, event: &str) -> Result<(), RunFailed> {
        let start = Instant::now();
        let time = left.saturating_sub(RESERVE.min(left / 4));
        let cx = Cx::new(self.clock.clone(), request_id, time);
        cx.event.set(fields::WORKER, S::NAME);
        cx.event.set(fields::REQUEST_ID, request_id);
        let work = async {
            let (delivery, payload) = self.read(&cx, event)?;
            S::handle(&self.state, &cx, &delivery, payload).await.map_err(WorkOutcome::from)
        };
        let outcome = match guarded(start + time, work).await {
            Ok(Ok(())) => WorkOutcome::Done,
            Ok(Err(outcome)) | Err(outcome) => outcome,
        };
        cx.event.time(fields::TOTAL, start.elapsed());
        outcome.describe(&cx.event);
        cx.emit();
        match outcome {
            WorkOutcome::Done => Ok(()),
            WorkOutcome::Poison(why) | WorkOutcome::Permanent(why) | WorkOutcome::Retry(why) => Err(RunFailed(why)),
            WorkOutcome::Busy(until) => Err(RunFailed(format!("another invocation does the work until {until}"))),
            WorkOutcome::Panicked(why) => Err(RunFailed(format!("it panicked: {why}"))),
            WorkOutcome::TimedOut | WorkOutcome::NotStarted => Err(RunFailed("it took too long".to_owned())),
        }
    }

    fn read(&self, cx: &Cx, event: &str) -> Result<(Delivery, S::Payload), WorkOutcome> {
        let poison = |what: &str| WorkOutcome::Poison(format!("the event is not a schedule's: {what}"));
        let input = serde_json::from_str::<Object<ScheduleInput<'_>>>(event);
        let Object(input) = input.map_err(|_| poison("it has no time"))?;
        let payload = input.payload.map_or("null", RawValue::get);
        let id = input.at.to_string();
        cx.event.set(fields::ID, id.clone());
        cx.event.set(fields::AGE_MS, self.clock.now_ms().saturating_sub(input.at.as_millisecond()));
        let delivery = Delivery { occurred_at: input.at, ..Delivery::first(S::NAME, id, payload.as_bytes()) };
        let payload = serde_json::from_str(payload).map_err(|_| poison("its payload has another form"))?;
        Ok((delivery, payload))
    }
}

/// Runs the work `S` as a Lambda function: init, then one run after another. The whole of a
/// binary's `main`.
pub fn schedule<S: Scheduled>() -> ExitCode {
    run(S::NAME, async {
        let app = App::from_env()?;
        let timeout = Timeout::from_vars(app.vars())?;
        let runner = Arc::new(ScheduleRunner::<S>::from_app(&app).await?);
        let handler = service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Raw>| {
            let runner = Arc::clone(&runner);
            async move {
                let left = timeout.left(&context);
                Ok::<_, Error>(runner.run(&context.request_id, left, payload.get()).await?)
            }
        });
        lambda_runtime::run(handler).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Deserialize)]
    struct Cleanup {
        days: u8,
    }

    /// Notes what it was called with.
    struct Sweep;

    impl FromApp for Mutex<Vec<String>> {
        async fn from_app(_: &App) -> Result<Self, ConfigError> {
            Ok(Self::default())
        }
    }

    impl Scheduled for Sweep {
        const NAME: &'static str = "sweep";
        type State = Mutex<Vec<String>>;
        type Payload = Option<Cleanup>;

        async fn handle(
            calls: &Self::State,
            _: &Cx,
            delivery: &Delivery,
            payload: Option<Cleanup>,
        ) -> Result<(), Failed> {
            let days = payload.map(|cleanup| cleanup.days);
            calls.lock().unwrap().push(format!("{} {} {days:?}", delivery.record_key(), delivery.occurred_at));
            match days {
                Some(1) => panic!("one day"),
                Some(2) => Err(Failed::retry("two days")),
                Some(3) => Err(Failed::permanent("three days")),
                Some(4) => std::future::pending().await,
                _ => Ok(()),
            }
        }
    }

    fn runner() -> ScheduleRunner<Sweep> {
        ScheduleRunner::new(Mutex::default(), Clock::system())
    }

    async fn run(runner: &ScheduleRunner<Sweep>, event: &str) -> Result<(), String> {
        let done = runner.run("request", Duration::from_secs(8), event).await;
        done.map_err(|failed| failed.to_string())
    }

    #[tokio::test]
    async fn a_run_is_given_its_time_and_payload_and_a_repetition_has_the_same_key() {
        let runner = runner();
        for event in [
            r#"{"at": "2026-11-28T03:00:00Z", "payload": {"days": 30}}"#,
            r#"{"at": "2026-11-28T03:00:00Z", "payload": {"days": 30}}"#,
            r#"{"at": "2026-11-29T03:00:00Z"}"#,
        ] {
            run(&runner, event).await.unwrap();
        }
        let first = "sweep#2026-11-28T03:00:00Z 2026-11-28T03:00:00Z Some(30)";
        let last = "sweep#2026-11-29T03:00:00Z 2026-11-29T03:00:00Z None";
        assert_eq!(*runner.state().lock().unwrap(), [first, first, last]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_fails_panics_or_hangs_fails_its_invocation_and_the_next_one_works() {
        let runner = runner();
        for (days, why) in [(1, "it panicked: one day"), (2, "two days"), (3, "three days"), (4, "it took too long")] {
            let event = format!(r#"{{"at": "2026-11-28T03:00:00Z", "payload": {{"days": {days}}}}}"#);
            assert_eq!(run(&runner, &event).await, Err(format!("the run failed: {why}")));
            assert_eq!(run(&runner, r#"{"at": "2026-11-28T03:00:00Z"}"#).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn what_is_no_event_of_a_schedule_never_reaches_the_work() {
        let runner = runner();
        for event in [
            "null",
            "7",
            "[]",
            "{}",
            r#"{"payload": {"days": 30}}"#,
            r#"{"at": "<aws.scheduler.scheduled-time>"}"#,
            r#"{"at": "2026-11-28T03:00:00Z", "payload": {"days": 300}}"#,
            r#"{"at": "2026-11-28T03:00:00Z", "detail": {}}"#,
        ] {
            let failed = run(&runner, event).await.unwrap_err();
            assert!(failed.contains("the event is not a schedule's"), "{event}: {failed}");
        }
        assert!(runner.state().lock().unwrap().is_empty());
    }
}
