//! The shared layer: four scripts, as thin as they can be, because a server runs one at a time for the whole fleet.
//!
//! What must happen as one step is in a script, and nothing else: no clock, no decoding, no retry. A lease is a key of its own
//! with a random token and an end that the server keeps. State that the server lost refuses: a fill without its lease is not
//! admitted, a write into an empty slot is not trusted for long.

use super::{
    entry::{Entry, HEADER, UNPROVEN, ms},
    generation::FIRST,
    key::Name,
};
use crate::{
    context::Cx,
    valkey::{Reply, Script, Valkey, ValkeyError},
};
use serde::Serialize;
use std::time::Duration;

/// Takes the lease unless the entry is no longer the one that was seen; then answers with the entry that is there now. So a
/// reader that was overtaken by a fill does not load again.
/// KEYS entry, lease; ARGV header seen, token, milliseconds.
const TAKE: &str = "
local now = redis.call('GET', KEYS[1]) or ''
if string.sub(now, 1, #ARGV[1]) ~= ARGV[1] or (ARGV[1] == '' and now ~= '') then return now end
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return 1 end
return 0";

/// Admits a loaded entry while its lease is held.
/// KEYS entry, lease; ARGV token, entry, milliseconds.
const FILL: &str = "
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1";

/// Writes through: replaces an older version only, takes leases away, deletes what derives from the entry. Into a slot
/// that is empty, or says that there is nothing, goes the entry with the short times.
/// KEYS entry, deleted..; ARGV header, header with short times, payload, milliseconds.
const PUT: &str = "
redis.call('DEL', unpack(KEYS, 2))
local old = redis.call('GETRANGE', KEYS[1], 0, 15)
if old >= string.sub(ARGV[1], 1, 16) then return 0 end
local header = ARGV[1]
if old == '' or old == '0000000000000000' then header = ARGV[2] end
redis.call('SET', KEYS[1], header .. ARGV[3], 'PX', ARGV[4])
return 1";

/// Takes leases away, deletes what derives from the entry, and the entry itself if it is older than a version.
/// KEYS entry, deleted..; ARGV version.
const OUTDATE: &str = "
redis.call('DEL', unpack(KEYS, 2))
if redis.call('GETRANGE', KEYS[1], 0, 15) >= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// The server, with the scripts.
pub(super) struct Shared {
    pub(super) valkey: Valkey,
    take: Script,
    fill: Script,
    put: Script,
    outdate: Script,
    pub(super) first: Script,
}

/// What became of a wish for the lease.
pub(super) enum Taken {
    Won,
    Held,
    /// The entry is another than the one seen; these are its bytes, none when it is gone.
    Changed(Vec<u8>),
}

impl Shared {
    pub(super) fn new(valkey: Valkey) -> Self {
        Self {
            valkey,
            take: Script::new(TAKE),
            fill: Script::new(FILL),
            put: Script::new(PUT),
            outdate: Script::new(OUTDATE),
            first: Script::new(FIRST),
        }
    }

    pub(super) async fn take(
        &self,
        cx: &Cx,
        name: &Name,
        seen: &[u8],
        token: &str,
        lease: Duration,
    ) -> Result<Taken, ValkeyError> {
        let stamp = &seen[..seen.len().min(HEADER)];
        let (lease_key, lease) = (name.lease(), ms(lease).max(1).to_string());
        let args: [&[u8]; 3] = [stamp, token.as_bytes(), lease.as_bytes()];
        match self.valkey.eval(cx, &self.take, &[name.entry(), &lease_key], &args).await? {
            Reply::Int(1) => Ok(Taken::Won),
            Reply::Int(_) => Ok(Taken::Held),
            Reply::Bytes(bytes) => Ok(Taken::Changed(bytes)),
            _ => Err(ValkeyError::Unexpected),
        }
    }

    /// Whether the entry was admitted.
    pub(super) async fn fill(
        &self,
        cx: &Cx,
        name: &Name,
        token: &str,
        bytes: &[u8],
        keep: Duration,
    ) -> Result<bool, ValkeyError> {
        let (lease, keep) = (name.lease(), ms(keep).max(1).to_string());
        let args: [&[u8]; 3] = [token.as_bytes(), bytes, keep.as_bytes()];
        Ok(self.valkey.eval(cx, &self.fill, &[name.entry(), &lease], &args).await? == Reply::Int(1))
    }

    /// Writes through; `also` is deleted in the same step. Whether the entry was the newest.
    pub(super) async fn put<V: Serialize>(
        &self,
        cx: &Cx,
        (name, schema): (&Name, u16),
        entry: &Entry<V>,
        payload: &[u8],
        also: &[Name],
    ) -> Result<bool, ValkeyError> {
        let now = cx.clock.now_ms();
        let short = Entry::<()> {
            version: entry.version,
            fresh_until: entry.fresh_until.min(now.saturating_add(ms(UNPROVEN))),
            stale_until: entry.stale_until,
            error_until: entry.error_until,
            value: Some(()),
        };
        let keys = keys(std::iter::once(name).chain(also));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let (long, short) = (entry.header(schema), short.header(schema));
        let keep = ms(entry.keep_for(now)).to_string();
        let args: [&[u8]; 4] = [long.as_bytes(), short.as_bytes(), payload, keep.as_bytes()];
        Ok(self.valkey.eval(cx, &self.put, &keys, &args).await? == Reply::Int(1))
    }

    /// Deletes `name` when it is older than `version`, and `also` in any case.
    pub(super) async fn outdate(&self, cx: &Cx, name: &Name, version: u64, also: &[Name]) -> Result<(), ValkeyError> {
        let keys = keys(std::iter::once(name).chain(also));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.valkey.must_reach().eval(cx, &self.outdate, &keys, &[format!("{version:016x}").as_bytes()]).await?;
        Ok(())
    }

    /// Deletes entries and leases of names that share a hash tag, in one step.
    pub(super) async fn forget(&self, cx: &Cx, names: &[&Name]) -> Result<(), ValkeyError> {
        let keys = keys(names.iter().copied());
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.valkey.delete(cx, &keys).await
    }
}

/// All keys that go when `names` are forgotten, the entry of the first at the front.
fn keys<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<String> {
    names.flat_map(|name| std::iter::once(name.entry().to_owned()).chain(name.company())).collect()
}
