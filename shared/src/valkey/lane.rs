//! The lane to one endpoint: its connection, its breaker, and the connection attempt under way (the
//! dial).
//!
//! A primary and its readers have a lane each, so neither waits for the other or closes the other's
//! breaker.
//!
//! A dial is a task of its own. Calls may wait for it or not. Lambda may freeze the environment in
//! the middle of one. After the freeze there is either a connection, or a dial that is too old and
//! is replaced.

use super::{Link, target::Target};
use crate::{
    clock::Clock,
    resilience::{Breaker, Pass},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::watch,
    task::AbortHandle,
    time::{Instant, timeout, timeout_at},
};

/// A connection that was idle for this long is checked by a `PING` before it is used. The pauses
/// between live requests are shorter, and load balancers drop a silent connection after minutes.
const IDLE_MS: i64 = 10_000;

pub(super) struct Lane {
    target: Target,
    /// The most time that a call may take, and thus a handshake.
    limit: Duration,
    pub(super) breaker: Breaker,
    state: Mutex<LaneState>,
}

#[derive(Default)]
struct LaneState {
    live: Option<Live>,
    dial: Option<Dial>,
    /// A number that identifies dials and the connections that they made.
    serial: u64,
}

struct Live {
    link: Link,
    serial: u64,
    used_ms: i64,
    /// The breaker's probe, for the first call: a dial that succeeded does not prove that commands
    /// are answered.
    trial: Option<Pass>,
}

struct Dial {
    serial: u64,
    since_ms: i64,
    limit: Duration,
    /// Whether calls that can do without may wait for it: only when nothing indicates that the
    /// server is failing.
    hopeful: bool,
    over: watch::Receiver<()>,
    task: AbortHandle,
}

/// A connection, for one call.
pub(super) struct Connection {
    pub(super) link: Link,
    serial: u64,
    pass: Pass,
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallOutcome {
    /// The server answered.
    Answered,
    /// The server did not answer, or the answer was not valid.
    Failed,
    /// Unknown: the call had too little time.
    Unknown,
}

enum Look {
    Connection(Connection),
    /// A connection that was idle for long.
    Idle(Connection),
    Wait(watch::Receiver<()>),
    Nothing,
}

impl Lane {
    pub(super) fn new(target: Target, limit: Duration, window: Duration) -> Self {
        // One failure is enough, because its connection is dropped. The first window is short: one
        // late answer of a healthy server costs hardly more than the new connection.
        let breaker = Breaker::new(1, window / 16, window);
        Self { target, limit, breaker, state: Mutex::default() }
    }

    /// Connects if there is no connection, and waits for it.
    pub(super) async fn warm_up(self: &Arc<Self>, clock: &Clock, limit: Duration) {
        let dial = {
            let mut state = self.state();
            if state.live.is_some() {
                return;
            }
            let pass = self.breaker.insist();
            self.dial(&mut state, clock, limit, pass, true)
        };
        finished(dial).await;
    }

    /// A connection for one call, if there is one by `deadline`. The call waits for a dial if
    /// nothing indicates that the server is failing, or if it `must` reach the server. Otherwise it
    /// starts a dial, if one is due, and does not wait.
    pub(super) async fn take(self: &Arc<Self>, clock: &Clock, must: bool, deadline: Instant) -> Option<Connection> {
        let mut may_dial = true;
        loop {
            match self.look(clock, must, &mut may_dial) {
                Look::Connection(ready) => return Some(ready),
                Look::Idle(mut ready) => {
                    let soon = deadline.min(Instant::now() + self.limit / 4);
                    if matches!(timeout_at(soon, ready.link.ping()).await, Ok(Ok(()))) {
                        self.used(ready.serial, clock.now_ms());
                        return Some(ready);
                    }
                    // That tells nothing about the server: the connection may have ended during a
                    // freeze.
                    self.drop_link(ready.serial);
                }
                Look::Wait(dial) => timeout_at(deadline, finished(dial)).await.ok()?,
                Look::Nothing => return None,
            }
        }
    }

    fn look(self: &Arc<Self>, clock: &Clock, must: bool, may_dial: &mut bool) -> Look {
        let (mut state, now_ms, now) = (self.state(), clock.now_ms(), Instant::now().into_std());
        let insist = || must.then(|| self.breaker.insist());
        if let Some(live) = &mut state.live {
            let pass = live.trial.take().or_else(|| self.breaker.admit(now)).or_else(insist);
            let Some(pass) = pass else { return Look::Nothing };
            let ready = Connection { link: live.link.clone(), serial: live.serial, pass };
            if !(0..IDLE_MS).contains(&(now_ms - live.used_ms)) {
                return Look::Idle(ready);
            }
            live.used_ms = now_ms;
            return Look::Connection(ready);
        }
        if let Some(dial) = &state.dial
            && dial.is_under_way(now_ms)
        {
            return if must || dial.hopeful { Look::Wait(dial.over.clone()) } else { Look::Nothing };
        }
        if !std::mem::take(may_dial) {
            return Look::Nothing;
        }
        let admitted = self.breaker.admit(now);
        let hopeful = admitted.as_ref().is_some_and(|pass| !pass.is_probe());
        let Some(pass) = admitted.or_else(insist) else { return Look::Nothing };
        let dial = self.dial(&mut state, clock, self.limit, pass, hopeful);
        if must || hopeful { Look::Wait(dial) } else { Look::Nothing }
    }

    /// Starts a dial, in place of one that was under way.
    fn dial(
        self: &Arc<Self>,
        state: &mut LaneState,
        clock: &Clock,
        limit: Duration,
        pass: Pass,
        hopeful: bool,
    ) -> watch::Receiver<()> {
        if let Some(dead) = state.dial.take() {
            dead.task.abort();
        }
        state.serial += 1;
        let (serial, lane, time) = (state.serial, Arc::clone(self), clock.clone());
        let (ends, over) = watch::channel(());
        let task = tokio::spawn(async move {
            let link = timeout(limit, Link::dial(&lane.target)).await;
            lane.dialled(serial, link.ok().and_then(Result::ok), pass, &time);
            drop(ends);
        });
        let (since_ms, task) = (clock.now_ms(), task.abort_handle());
        state.dial = Some(Dial { serial, since_ms, limit, hopeful, over: over.clone(), task });
        over
    }

    fn dialled(&self, serial: u64, link: Option<Link>, pass: Pass, clock: &Clock) {
        let mut state = self.state();
        if state.dial.as_ref().is_none_or(|dial| dial.serial != serial) {
            return;
        }
        state.dial = None;
        match link {
            Some(link) => {
                let trial = pass.is_probe().then_some(pass);
                state.live = Some(Live { link, serial, used_ms: clock.now_ms(), trial });
            }
            None => self.breaker.failed(pass, Instant::now().into_std()),
        }
    }

    /// The end of a call. Only the current connection says anything about the server's current
    /// state.
    pub(super) fn ended(&self, ready: &Connection, outcome: CallOutcome) {
        let mut state = self.state();
        if state.live.as_ref().is_none_or(|live| live.serial != ready.serial) {
            return;
        }
        if outcome == CallOutcome::Answered {
            return self.breaker.succeeded(ready.pass);
        }
        state.live = None;
        if outcome == CallOutcome::Failed {
            self.breaker.failed(ready.pass, Instant::now().into_std());
        }
    }

    fn used(&self, serial: u64, now_ms: i64) {
        if let Some(live) = self.state().live.as_mut().filter(|live| live.serial == serial) {
            live.used_ms = now_ms;
        }
    }

    fn drop_link(&self, serial: u64) {
        let mut state = self.state();
        if state.live.as_ref().is_some_and(|live| live.serial == serial) {
            state.live = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Dial {
    /// Not if a freeze was so long that it is dead, and not if its runtime has ended.
    fn is_under_way(&self, now_ms: i64) -> bool {
        let limit = i64::try_from(self.limit.as_millis()).unwrap_or(i64::MAX);
        (0..=limit).contains(&(now_ms - self.since_ms)) && self.over.has_changed().is_ok()
    }
}

/// Nothing is ever sent: the channel closes when the dial ends, in whatever way.
async fn finished(mut dial: watch::Receiver<()>) {
    while dial.changed().await.is_ok() {}
}
