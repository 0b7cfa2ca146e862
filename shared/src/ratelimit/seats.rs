//! How many environments there are, learnt while L2 is there, for when it is not.
//!
//! When L2 is gone, environments cannot agree on anything any more. So they agree before: each takes a numbered seat, and knows how
//! many there are. From that, and from how long L2 has been gone, each computes its own share of every quota, so that the
//! shares add up ([`Seats::share`]).
//!
//! # The shares
//! Let `L` be the quota and `N` the seats.
//! * While the last window with L2 in it is not over, L2 may have admitted `L` already. The environments remember which of these were their
//!   own, and go on only up to their share of `max(L/2, N - L)`. An environment that has had more than its share admits nothing. So
//!   all together, with what L2 admitted, stay within `max(1.5 L, N)`.
//! * After that they share `max(L, N)`: each admits at least one.
//! * An environment that has no seat, because it started after L2 was gone or slept through its lease, takes 1/200 of `L`, at least
//!   one. A fleet can double without L2 and stays within `max(1.5 L, N)`, as long as the newcomers are no more than `L/2`, or
//!   all are more than `L`.
//!
//! What a share does not divide evenly goes to the seats that follow a hash of the client: other seats for each client.

use super::limit::Limit;
use crate::{
    context::Cx,
    valkey::{Reply, Script, Valkey},
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For how long a seat is kept, in milliseconds. Idle environments live for about as long.
const LEASE_MS: i64 = 600_000;
/// How often an environment asks: again after a second while the number changes, else after twice as long as before.
const OFTEN_MS: i64 = 1_000;
const SELDOM_MS: i64 = 32_000;
/// What one without a seat takes: its part of a half of the quota, as one of a hundred.
const NEWCOMER: u32 = 200;

/// Keeps a seat, or takes one that is free. KEYS seats with the ends of their leases, seats with who has them; ARGV who, seat or -1,
/// milliseconds.
/// A seat is a number without gaps below it; those at the top go when they are free. Nobody keeps a seat that another has: after a
/// flush they are taken anew. Answers seat and number of seats.
const SIT: &str = r"
local time, seat = redis.call('TIME'), tonumber(ARGV[2])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local count, has = redis.call('ZCARD', KEYS[1]), redis.call('HGET', KEYS[2], seat)
if seat < 0 or seat >= count or (has and has ~= ARGV[1]) then
  seat = tonumber(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)[1] or count)
end
redis.call('ZADD', KEYS[1], now + ARGV[3], seat)
redis.call('HSET', KEYS[2], seat, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
count = redis.call('ZCARD', KEYS[1])
while tonumber(redis.call('ZSCORE', KEYS[1], count - 1)) <= now do
  redis.call('ZREM', KEYS[1], count - 1)
  redis.call('HDEL', KEYS[2], count - 1)
  count = count - 1
end
return { seat, count }";

/// This environment's place among all of its function.
pub(super) struct Seats {
    keys: [String; 2],
    /// Tells this environment from all others.
    who: String,
    script: Script,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    seat: Option<Seat>,
    asked: i64,
    pause: i64,
    /// When L2 was first found gone, if it is.
    gone: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seat {
    number: u32,
    of: u32,
}

impl Seats {
    pub(super) fn new(route: &str) -> Self {
        let tag = format!("{{seats:{route}}}");
        let who = format!("{:016x}", getrandom::u64().unwrap_or_default());
        Self {
            keys: [format!("{tag}:ends"), format!("{tag}:who")],
            who,
            script: Script::new(SIT),
            state: Mutex::default(),
        }
    }

    /// Takes a seat or renews the lease, when it is time to: one round trip, beside the request's own.
    pub(super) async fn sit(&self, cx: &Cx, valkey: &Valkey) {
        let (now, known) = (cx.clock.now_ms(), *self.state());
        if (known.asked..known.asked.saturating_add(known.pause)).contains(&now) || valkey.is_open() {
            return;
        }
        let held = known.seat.filter(|_| known.holds(now)).map_or(-1, |seat| i64::from(seat.number));
        // Not twice for requests that come at once.
        self.state().pause = now - known.asked + OFTEN_MS;
        let (held, lease) = (held.to_string(), LEASE_MS.to_string());
        let args = [self.who.as_bytes(), held.as_bytes(), lease.as_bytes()];
        let [ends, who] = &self.keys;
        let Ok(Reply::List(numbers)) = valkey.eval(cx, &self.script, &[ends, who], &args).await else { return };
        let [Reply::Int(number), Reply::Int(of)] = numbers[..] else { return };
        let (Ok(number), Ok(of)) = (u32::try_from(number), u32::try_from(of)) else { return };
        let mut state = self.state();
        let steady = known.seat.is_some_and(|seat| seat.of == of);
        state.pause = if steady { known.pause.saturating_mul(2).clamp(OFTEN_MS, SELDOM_MS) } else { OFTEN_MS };
        (state.seat, state.asked) = (Some(Seat { number, of }), now);
    }

    /// L2 answered.
    pub(super) fn there(&self) {
        self.state().gone = None;
    }

    /// L2 did not answer.
    pub(super) fn gone(&self, now: i64) {
        self.state().gone.get_or_insert(now);
    }

    /// How much of a limit's quota this environment may admit on its own. `client` is any number that all environments have for the
    /// client.
    pub(super) fn share(&self, limit: &Limit, client: u64, now: i64) -> u16 {
        let state = *self.state();
        let quota = u32::from(limit.quota);
        let Some(seat) = state.seat.filter(|_| state.holds(now)) else {
            return u16::try_from((quota / NEWCOMER).max(1)).unwrap_or(u16::MAX);
        };
        let since = now - state.gone.unwrap_or(now);
        let overlaps = (0..limit.span_ms()).contains(&since);
        let all = if overlaps { (quota / 2).max(seat.of.saturating_sub(quota)) } else { quota.max(seat.of) };
        let place = (u64::from(seat.number) + client) % u64::from(seat.of.max(1));
        let (each, rest) = (all / seat.of.max(1), all % seat.of.max(1));
        u16::try_from(each + u32::from(place < u64::from(rest))).unwrap_or(u16::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn holds(&self, now: i64) -> bool {
        (self.asked..self.asked.saturating_add(LEASE_MS)).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn seated(number: u32, of: u32, gone: i64) -> Seats {
        let seats = Seats::new("route");
        *seats.state() = State { seat: Some(Seat { number, of }), asked: 0, pause: 0, gone: Some(gone) };
        seats
    }

    proptest! {
        #[test]
        fn shares_add_up(quota in 1_u16..1_000, of in 1_u32..1_500, client: u64) {
            let limit = Limit::per_minute(quota);
            let sum = |now| (0..of).map(|n| u32::from(seated(n, of, 1_000).share(&limit, client, now))).sum::<u32>();
            let (quota, most) = (u32::from(quota), (u32::from(quota) * 3 / 2).max(of));
            prop_assert!(quota + sum(1_000) <= most, "with what L2 admitted: {}", quota + sum(1_000));
            prop_assert_eq!(sum(1_000 + limit.span_ms()), quota.max(of));
        }

        #[test]
        fn a_fleet_that_doubles_without_l2_keeps_the_bound(quota in 1_u16..1_000, of in 1_u32..100) {
            let limit = Limit::per_minute(quota);
            let later = 1_000 + limit.span_ms();
            let seats = (0..of).map(|n| u32::from(seated(n, of, 1_000).share(&limit, 7, later))).sum::<u32>();
            let newcomers = of * u32::from(Seats::new("route").share(&limit, 7, later));
            let (quota, n) = (u32::from(quota), 2 * of);
            if of <= quota / 2 || of >= quota {
                prop_assert!(seats + newcomers <= (quota * 3 / 2).max(n), "{} and {}", seats, newcomers);
            }
        }
    }

    #[test]
    fn who_slept_through_its_lease_has_no_seat() {
        let limit = Limit::new(100, Duration::from_secs(1));
        assert_eq!(seated(0, 1, 0).share(&limit, 0, LEASE_MS - 1), 100);
        assert_eq!(seated(0, 1, 0).share(&limit, 0, LEASE_MS), 1);
    }
}
