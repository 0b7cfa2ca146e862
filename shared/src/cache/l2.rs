//! The shared layer: five scripts. They are as small as they can be, because the server runs one at
//! a time for the whole fleet.
//!
//! A script contains what must happen as one step, and nothing else: no clock, no decoding, no
//! retry. Beside an entry there are two keys, which the server ends by itself. The turn says that
//! an environment is loading. The fence holds a random token of 16 digits, under which fills are
//! accepted, and the number of turns that were taken under it since the last fill. If the server
//! lost its state, it accepts less: a fill without its fence is refused, and a write into an empty
//! slot is trusted for a short time only.

use super::{
    entry::{Entry, UNPROVEN, ms},
    generation::FIRST,
    key::Name,
    policy::LOAD_MAX,
};
use crate::{
    context::Cx,
    valkey::{Reply, Script, Valkey, ValkeyError},
};
use serde::Serialize;
use std::time::Duration;

/// Takes the turn if it is free, and joins the fence or makes one. If the entry is no longer the
/// one that the reader saw, it returns the entry that is there now, so that the reader does not
/// load again. If another reader has the turn, it returns the number of turns since the last fill.
///
/// While there is an entry, nobody waits for the turn. Then each turn without a fill makes the next
/// one twice as long, up to eight times, so that a slow table gets fewer loads.
/// KEYS entry, turn, fence; ARGV stamp seen, token, milliseconds of a turn and of the fence.
const TAKE: &str = "
local stamp = redis.call('GETRANGE', KEYS[1], 0, 27)
if stamp ~= ARGV[1] then return redis.call('GET', KEYS[1]) or '' end
local fence = redis.call('GET', KEYS[3]) or ARGV[2] .. '0'
local turns = tonumber(string.sub(fence, 17)) or 0
if redis.call('EXISTS', KEYS[2]) == 1 then return turns end
fence = string.sub(fence, 1, 16)
local last = tonumber(ARGV[3])
if stamp ~= '' then last = last * 2 ^ math.min(turns, 3) end
redis.call('SET', KEYS[2], ARGV[2], 'PX', last)
redis.call('SET', KEYS[3], fence .. turns + 1, 'PX', ARGV[4])
return {fence, turns}";

/// Accepts a loaded entry while its fence is there, in place of the entry that was seen before the
/// load or of any older one. The turn ends, if the loader still holds it.
/// KEYS entry, turn, fence; ARGV fence, token, stamp seen, entry, milliseconds.
const FILL: &str = "
local fence = redis.call('GET', KEYS[3])
if not fence or string.sub(fence, 1, 16) ~= ARGV[1] then return 0 end
local stamp = redis.call('GETRANGE', KEYS[1], 0, 27)
if stamp ~= ARGV[3] and stamp >= string.sub(ARGV[4], 1, 28) then return 0 end
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
redis.call('SET', KEYS[3], ARGV[1] .. '0', 'KEEPTTL')
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 1";

/// Records under the fence that a load has failed, which counts as a thousand turns. If there is no
/// entry, so that others wait, the loader's turn ends.
/// KEYS entry, turn, fence; ARGV fence, token.
const FAIL: &str = "
local fence = redis.call('GET', KEYS[3])
if not fence or string.sub(fence, 1, 16) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[3], ARGV[1] .. (tonumber(string.sub(fence, 17)) or 0) + 1000, 'KEEPTTL')
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[2])";

/// Writes through: replaces an older version only, and deletes turns, fences and what derives from
/// the entry. A slot that is empty, or records an absence, gets the entry with the short times.
/// KEYS entry, deleted..; ARGV header, header with short times, payload, milliseconds.
const PUT: &str = "
redis.call('DEL', unpack(KEYS, 2))
local old = redis.call('GETRANGE', KEYS[1], 0, 15)
if old >= string.sub(ARGV[1], 1, 16) then return 0 end
local header = ARGV[1]
if old == '' or old == '0000000000000000' then header = ARGV[2] end
redis.call('SET', KEYS[1], header .. ARGV[3], 'PX', ARGV[4])
return 1";

/// Deletes turns, fences and what derives from the entry, and the entry itself if it is older than
/// a version.
/// KEYS entry, deleted..; ARGV version.
const OUTDATE: &str = "
redis.call('DEL', unpack(KEYS, 2))
if redis.call('GETRANGE', KEYS[1], 0, 15) >= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// The server, with the scripts.
pub(super) struct L2 {
    pub(super) valkey: Valkey,
    take: Script,
    fill: Script,
    fail: Script,
    put: Script,
    outdate: Script,
    pub(super) first: Script,
}

/// The right to load, and to fill while the fence is there.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn {
    token: String,
    fence: String,
    /// How many turns before this one brought no fill; a failed load counts as a thousand.
    pub(super) before: u32,
}

/// The result of asking for the turn.
pub(super) enum Taken {
    Won(Turn),
    /// Another reader has the turn. This many were taken since the last fill or write.
    Held(u32),
    /// The entry is another than the one seen. These are its bytes; none when it is gone.
    Changed(Vec<u8>),
}

impl L2 {
    pub(super) fn new(valkey: Valkey) -> Self {
        Self {
            valkey,
            take: Script::new(TAKE),
            fill: Script::new(FILL),
            fail: Script::new(FAIL),
            put: Script::new(PUT),
            outdate: Script::new(OUTDATE),
            first: Script::new(FIRST),
        }
    }

    /// Asks for the turn to load `name`. The stamp of the entry that was seen is `seen`.
    pub(super) async fn take(&self, cx: &Cx, name: &Name, seen: &[u8], turn: Duration) -> Result<Taken, ValkeyError> {
        // Without random bytes there is no unique token.
        let token = getrandom::u64().map_err(|_| ValkeyError::Unexpected)?;
        let token = format!("{token:016x}");
        let (turn_key, fence_key) = (name.turn(), name.fence());
        let (turn, fence) = (ms(turn).max(1).to_string(), ms(LOAD_MAX).to_string());
        let args: [&[u8]; 4] = [seen, token.as_bytes(), turn.as_bytes(), fence.as_bytes()];
        match self.valkey.eval(cx, &self.take, &[name.entry(), &turn_key, &fence_key], &args).await? {
            Reply::Int(turns) => Ok(Taken::Held(count(turns))),
            Reply::Bytes(bytes) => Ok(Taken::Changed(bytes)),
            Reply::List(list) => match list.as_slice() {
                [Reply::Bytes(fence), Reply::Int(turns)] => {
                    let fence = String::from_utf8(fence.clone()).map_err(|_| ValkeyError::Unexpected)?;
                    Ok(Taken::Won(Turn { token, fence, before: count(*turns) }))
                }
                _ => Err(ValkeyError::Unexpected),
            },
            Reply::Nil => Err(ValkeyError::Unexpected),
        }
    }

    /// Whether the entry was accepted.
    pub(super) async fn fill(
        &self,
        cx: &Cx,
        name: &Name,
        turn: &Turn,
        seen: &[u8],
        bytes: &[u8],
        keep: Duration,
    ) -> Result<bool, ValkeyError> {
        let (turn_key, fence_key, keep) = (name.turn(), name.fence(), ms(keep).max(1).to_string());
        let args: [&[u8]; 5] = [turn.fence.as_bytes(), turn.token.as_bytes(), seen, bytes, keep.as_bytes()];
        let keys = [name.entry(), &turn_key, &fence_key];
        Ok(self.valkey.eval(cx, &self.fill, &keys, &args).await? == Reply::Int(1))
    }

    /// Records for the others that a load has failed.
    pub(super) async fn fail(&self, cx: &Cx, name: &Name, turn: &Turn) -> Result<(), ValkeyError> {
        let (turn_key, fence_key) = (name.turn(), name.fence());
        let args: [&[u8]; 2] = [turn.fence.as_bytes(), turn.token.as_bytes()];
        self.valkey.eval(cx, &self.fail, &[name.entry(), &turn_key, &fence_key], &args).await?;
        Ok(())
    }

    /// Writes through, and deletes `also` in the same step. Returns whether the entry was the
    /// newest.
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
            loaded: entry.loaded,
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

    /// Deletes entries, turns and fences of names that share a hash tag, in one step.
    pub(super) async fn forget(&self, cx: &Cx, names: &[&Name]) -> Result<(), ValkeyError> {
        let keys = keys(names.iter().copied());
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.valkey.delete(cx, &keys).await
    }
}

/// All keys that are deleted when `names` are forgotten; the entry of the first name comes first.
fn keys<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<String> {
    names.flat_map(|name| std::iter::once(name.entry().to_owned()).chain(name.company())).collect()
}

fn count(turns: i64) -> u32 {
    u32::try_from(turns).unwrap_or(u32::MAX)
}
