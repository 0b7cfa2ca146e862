//! The algorithm in L2: one script for all limits of a request, by the server's clock.
//!
//! It does the same as [`window`](super::window). The counts of a limit are packed into one string:
//! 24 counts of two bytes, the oldest first, then their sum, then the part that the last count
//! belongs to. Within a part, an admission changes four bytes, and a refusal changes nothing. All
//! limits are checked before any of them counts, so a request that one limit refuses uses up none
//! of the others.

use super::{limit::Limit, window::Allowance};
use crate::{
    context::Cx,
    valkey::{Reply, Script, Valkey, ValkeyError},
};

/// KEYS one a limit; ARGV cost, then for each limit its quota, the length of a part in
/// microseconds, and what the environment has admitted before without asking, which counts in any
/// case. Answers for each limit: what is left, milliseconds to wait (0: admitted), milliseconds to
/// the whole quota.
pub const WINDOW: &str = r"
local time = redis.call('TIME')
local now, cost = time[1] * 1000000 + time[2], tonumber(ARGV[1])
local answer, found, admitted, untold = {}, {}, true, 0
for i = 1, #KEYS do
  local quota, width, spent = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local part = math.floor(now / width)
  local old, last, total, at, past, wait = redis.call('GET', KEYS[i]), 0, 0, 0, 24, 0
  if old then
    last, total, at = struct.unpack('>I2I2I6', old, 47)
    past = part - at
    if past < 0 and past > -24 then past, part = 0, at end
    if past < 0 or past > 23 then
      total, past = 0, 24
    else
      for p = 1, 2 * past, 2 do
        local high, low = string.byte(old, p, p + 1)
        total = total - 256 * high - low
      end
    end
  end
  local left = quota - total - spent
  if left < cost then
    admitted, wait = false, (part + 24) * width - now
    local freed, p = left, 2 * past + 1
    while past < 24 do
      p = string.find(old, '[^%z]', p)
      if not p or p > 48 then break end
      p = p - (p - 1) % 2
      local high, low = string.byte(old, p, p + 1)
      freed = freed + 256 * high + low
      if freed >= cost then
        wait = (at + (p + 1) / 2) * width - now
        break
      end
      p = p + 2
    end
  end
  answer[3 * i - 2], answer[3 * i - 1] = left, math.ceil(wait / 1000)
  answer[3 * i] = math.ceil(((part + 24) * width - now) / 1000)
  found[i] = { old, last, total, part, past, width, spent }
  untold = untold + spent
end
if not admitted and untold == 0 then return answer end
for i = 1, #KEYS do
  local old, last, total, part, past, width, add = unpack(found[i])
  if admitted then
    answer[3 * i - 2] = answer[3 * i - 2] - cost
    add = add + cost
  end
  add = math.min(add, 65535 - total)
  if add <= 0 then
  elseif past == 0 then
    redis.call('SETRANGE', KEYS[i], 46, struct.pack('>I2I2', last + add, total + add))
  else
    local new = string.rep('\0', 2 * past - 2) .. struct.pack('>I2I2I6', add, total + add, part)
    if past < 24 then new = string.sub(old, 2 * past + 1, 48) .. new end
    redis.call('SET', KEYS[i], new, 'PX', math.ceil(24 * width / 1000))
  end
end
return answer";

/// The server, with the script.
pub(super) struct SharedCounters {
    valkey: Valkey,
    window: Script,
}

impl SharedCounters {
    pub(super) fn new(valkey: Valkey) -> Self {
        Self { valkey, window: Script::new(WINDOW) }
    }

    /// One round trip. The keys must share a hash tag. `spent` has, for each rule, what counts in
    /// any case.
    pub(super) async fn take(
        &self,
        cx: &Cx,
        rules: &[(String, Limit)],
        cost: u16,
        spent: &[u16],
    ) -> Result<Vec<Allowance>, ValkeyError> {
        let keys: Vec<&str> = rules.iter().map(|(key, _)| key.as_str()).collect();
        let of =
            |((_, limit), spent): (&(String, Limit), &u16)| [i64::from(limit.quota), limit.width(), i64::from(*spent)];
        let numbers = rules.iter().zip(spent).flat_map(of);
        let args: Vec<String> = std::iter::once(i64::from(cost)).chain(numbers).map(|n| n.to_string()).collect();
        let args: Vec<&[u8]> = args.iter().map(String::as_bytes).collect();
        let Reply::List(numbers) = self.valkey.eval(cx, &self.window, &keys, &args).await? else {
            return Err(ValkeyError::Unexpected);
        };
        let answers: Vec<Allowance> = numbers.chunks_exact(3).filter_map(answer).collect();
        if answers.len() == rules.len() { Ok(answers) } else { Err(ValkeyError::Unexpected) }
    }
}

fn answer(three: &[Reply]) -> Option<Allowance> {
    let [Reply::Int(left), Reply::Int(wait), Reply::Int(reset)] = three else { return None };
    // After a quota was lowered, the rest may be negative.
    Some(Allowance { left: u16::try_from((*left).max(0)).ok()?, wait: *wait, reset: *reset })
}
