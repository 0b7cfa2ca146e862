//! Three ways to limit a client. Each is one script.

use redis::{Script, aio::MultiplexedConnection};
use shared::ratelimit::WINDOW;

/// The Generic Cell Rate Algorithm, which stores one time for each client. Without bursts it would
/// refuse the second of two simultaneous requests. With a burst of the whole quota, as here and in
/// the usual libraries, it admits up to twice the quota in a window. `ARGV`: microseconds between
/// two requests, quota, cost.
const GCRA: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local emission, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local new = tat + emission * cost
local allow_at = new - emission * burst
if now < allow_at then
  return { math.floor((now - tat + emission * burst) / emission), math.ceil((allow_at - now) / 1000), math.ceil((tat - now) / 1000) }
end
redis.call('SET', KEYS[1], string.format('%.0f', new), 'PX', math.ceil((new - now) / 1000))
return { math.floor((now - allow_at) / emission), 0, math.ceil((new - now) / 1000) }";

/// The exact log: a sorted set of all requests that were admitted. `ARGV`: quota, microseconds of
/// the window, a unique text.
const LOG: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= quota then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return { 0, math.ceil((first[2] + window - now) / 1000), math.ceil(window / 1000) }
end
redis.call('ZADD', KEYS[1], now, string.format('%.0f', now) .. ':' .. ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return { quota - count - 1, 0, math.ceil(window / 1000) }";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limiter {
    Tuesday,
    Gcra,
    Log,
}

impl Limiter {
    pub(crate) const ALL: [Self; 3] = [Self::Tuesday, Self::Gcra, Self::Log];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tuesday => "Tuesday, 24 parts",
            Self::Gcra => "GCRA",
            Self::Log => "exact log (sorted set)",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Tuesday => WINDOW,
            Self::Gcra => GCRA,
            Self::Log => LOG,
        }
    }

    pub(crate) fn script(self) -> Script {
        Script::new(self.text())
    }

    /// The script with the time as its last two arguments.
    pub(crate) fn with_time_from_arguments(self) -> Script {
        Script::new(&self.text().replace("redis.call('TIME')", "{ ARGV[#ARGV - 1], ARGV[#ARGV] }"))
    }

    /// Makes a request. Returns whether it is admitted. `at` is the time in microseconds, for a
    /// script that takes it from its arguments.
    pub(crate) async fn admits(
        self,
        script: &Script,
        connection: &mut MultiplexedConnection,
        key: &str,
        (quota, window_us): (i64, i64),
        (call, at): (usize, Option<i64>),
    ) -> bool {
        let mut invocation = script.key(key);
        match self {
            Self::Tuesday => invocation.arg(1).arg(quota).arg((window_us + 22) / 23).arg(0),
            Self::Gcra => invocation.arg(window_us / quota).arg(quota).arg(1),
            Self::Log => invocation.arg(quota).arg(window_us).arg(call),
        };
        if let Some(at) = at {
            invocation.arg(at / 1_000_000).arg(at % 1_000_000);
        }
        let answer: Vec<i64> = invocation.invoke_async(connection).await.expect("an answer");
        answer[1] == 0
    }
}
