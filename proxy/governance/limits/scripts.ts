/**
 * Shared by all scripts. A counter is a hash: `w` whole units (requests, tokens, cents) and `n` the remainder in nano-USD,
 * both below 2^53 and so exact in Lua, `s` the begin of its window, `ew` and `en` what of it came from a replica's memory
 * when Redis had lost it.
 *
 * A period is a number of milliseconds, or borders of a calendar around the sender's time, comma-separated.
 */
const PRELUDE = `
local NANO, MAX = 10000000, 9000000000000000
local SLACK = 7 * 86400000
local CALENDAR = 32 * 86400000
local function text(n) return string.format('%.0f', n) end

local function clock(given)
  if given ~= '' then return tonumber(given) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local now = clock(ARGV[1])

local function epoch(candidate)
  local kept = redis.call('GET', KEYS[1])
  if kept then return kept end
  redis.call('SET', KEYS[1], candidate)
  return candidate
end

-- Begin of the window that is open; nil when the borders do not reach to this clock.
local function opened(period, start)
  local ms = tonumber(period)
  if ms then
    if now < start + ms then return start end
    return now - (now - start) % ms
  end
  local border, bounded
  for part in string.gmatch(period, '%d+') do
    local at = tonumber(part)
    if at > now then bounded = true break end
    border = at
  end
  if not (border and bounded) then return nil end
  if border > start then return border end
  return start
end

-- ARGV from 'at': period, and start, whole, nano of a counter that is not there.
local function load(key, at)
  local kept = redis.call('HMGET', key, 'w', 'n', 's', 'ew', 'en')
  local c = { key = key, period = ARGV[at], there = kept[1] and true or false }
  for i, name in ipairs({ 'w', 'n', 's', 'ew', 'en' }) do c[name] = tonumber(kept[i] or '') end
  if not kept[1] then
    c.s, c.w, c.n = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    c.ew, c.en = c.w, c.n
  end
  local s = opened(c.period, c.s)
  if not s then return nil end
  if s ~= c.s then c.s, c.w, c.n, c.ew, c.en = s, 0, 0, 0, 0 end
  return c
end

local function save(c)
  redis.call('HSET', c.key, 'w', text(c.w), 'n', text(c.n), 's', text(c.s), 'ew', text(c.ew), 'en', text(c.en))
  redis.call('PEXPIRE', c.key, text((tonumber(c.period) or CALENDAR) + SLACK))
end

local function add(c, w, n)
  c.w, c.n = c.w + w, c.n + n
  if c.n >= NANO then c.w, c.n = c.w + 1, c.n - NANO end
  if c.w < 0 then c.w, c.n = 0, 0 end
  if c.w > MAX then c.w, c.n = MAX, 0 end
end

-- A change is numbered by its replica, and carried out once: a number up to the floor is settled, whatever it was.
local function known(seq)
  if seq <= tonumber(redis.call('ZSCORE', KEYS[2], 'floor') or '0') then return true end
  return redis.call('ZSCORE', KEYS[2], text(seq)) and true or false
end
local function mark(seq, floor)
  if floor > tonumber(redis.call('ZSCORE', KEYS[2], 'floor') or '0') then
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(floor))
    redis.call('ZADD', KEYS[2], text(floor), 'floor')
  end
  redis.call('ZADD', KEYS[2], text(seq), text(seq))
  redis.call('PEXPIRE', KEYS[2], 86400000)
end
`;

/**
 * Grants all claims and slots or none. A slot whose lease has expired is free.
 *
 * KEYS: 1 epoch · 2 applied · counters · slots
 * ARGV: 1 time or '' for that of Redis · 2 number of the change · 3 floor · 4 epoch if there is none · 5 how many counters
 *   · 6 lease · 7 life of a lease in ms · per counter: mode, max or '', period, start, whole, nano · per slot: max
 * Answers: granted (1, 0; -1 calendar does not reach; -2 settled already), time, epoch · per counter whole, nano, start as
 *   they were · per slot: leases of others
 */
export const RESERVE_SCRIPT = `${PRELUDE}
local seq, count = tonumber(ARGV[2]), tonumber(ARGV[5])
if known(seq) then return { -2, now } end
local life = epoch(ARGV[4])
local granted, takes, counters, at = 1, false, {}, 8
local answer = { 0, now, life }
for i = 1, count do
  local c = load(KEYS[2 + i], at + 2)
  if not c then return { -1, now } end
  local max = tonumber(ARGV[at + 1])
  if ARGV[at] ~= 'watch' and max and c.w >= max then granted = 0 end
  counters[i] = { c, ARGV[at] == 'take' }
  for _, v in ipairs({ c.w, c.n, c.s }) do answer[#answer + 1] = v end
  at = at + 6
end
for i = 1, #KEYS - 2 - count do
  local key = KEYS[2 + count + i]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', text(now))
  local held = redis.call('ZCARD', key)
  if held >= tonumber(ARGV[at]) then granted = 0 end
  answer[#answer + 1] = held
  at = at + 1
end
answer[1] = granted
if granted == 0 then return answer end
for _, pair in ipairs(counters) do
  if pair[2] then add(pair[1], 1, 0) save(pair[1]) takes = true end
end
for i = 3 + count, #KEYS do
  redis.call('ZADD', KEYS[i], text(now + tonumber(ARGV[7])), ARGV[6])
  redis.call('PEXPIRE', KEYS[i], ARGV[7])
  takes = true
end
if takes then mark(seq, tonumber(ARGV[3])) end
return answer`;

/**
 * Adds amounts. With a reference to an earlier change whose answer was lost, each counter has two amounts: one for the case
 * that Redis had carried it out, and one for the case that it had not and now never will.
 *
 * KEYS: 1 epoch · 2 applied · counters
 * ARGV: 1 time or '' · 2 number · 3 floor · 4 epoch if there is none · 5 number of the change referred to, or 0
 *   · 6 rule: 'any', 'same' (the window that began at 'since' is the one that is open and was not reset), 'open' (that
 *   window has not ended) · per counter: period, start, whole, nano, since, whole and nano to add, and both for the other case
 * Answers: 1 (-1 calendar does not reach), time, epoch · per counter whole, nano, start as they are now
 */
export const ADJUST_SCRIPT = `${PRELUDE}
local seq, ref, floor = tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[3])
local life = epoch(ARGV[4])
local done, before = known(seq), ref > 0 and known(ref)
local counters, at = {}, 7
for i = 3, #KEYS do
  local c = load(KEYS[i], at)
  if not c then return { -1, now } end
  counters[#counters + 1] = { c, at }
  at = at + 9
end
for _, pair in ipairs(counters) do
  local c, at = pair[1], pair[2]
  local since, case = tonumber(ARGV[at + 4]), before and 7 or 5
  local fits = ARGV[6] == 'any' or (ARGV[6] == 'same' and since == c.s)
    or (ARGV[6] == 'open' and opened(c.period, since) == since)
  if fits and not done then
    -- The same counter may stand here twice.
    c = load(c.key, at)
    add(c, tonumber(ARGV[at + case]), tonumber(ARGV[at + case + 1]))
    save(c)
    pair[1] = c
  end
end
if not done then
  if ref > 0 then mark(ref, floor) end
  mark(seq, floor)
end
local answer = { 1, now, life }
for _, pair in ipairs(counters) do
  for _, v in ipairs({ pair[1].w, pair[1].n, pair[1].s }) do answer[#answer + 1] = v end
end
return answer`;

/**
 * Sets counters to zero in a window that begins at the given time, or now. What replaces a window of the same time begins a
 * millisecond later, so that nothing of the former is given back to it.
 *
 * KEYS: 1 epoch · 2 applied · counters
 * ARGV: 1 time or '' · 2 number · 3 floor · 4 epoch if there is none · per counter: period, start of one that is not there,
 *   begin of the new window or ''
 * Answers: 1, time, epoch · per counter the begin of its window
 */
export const RESET_SCRIPT = `${PRELUDE}
local seq = tonumber(ARGV[2])
local answer, done, at = { 1, now, epoch(ARGV[4]) }, known(seq), 5
for i = 3, #KEYS do
  local kept = tonumber(redis.call('HGET', KEYS[i], 's') or ARGV[at + 1])
  if not done then
    local s = tonumber(ARGV[at + 2]) or now
    if s == kept then s = s + 1 end
    save({ key = KEYS[i], period = ARGV[at], w = 0, n = 0, s = s, ew = 0, en = 0 })
    kept = s
  end
  answer[#answer + 1] = kept
  at = at + 3
end
if not done then mark(seq, tonumber(ARGV[3])) end
return answer`;

/**
 * Brings back what Redis had lost, from what a replica remembers: the largest memory of the same window counts, and what
 * was added since stays added. Without 'raise' only counters that are not there are written.
 *
 * KEYS: 1 epoch · 2 unused · counters
 * ARGV: 1 time or '' · 2 'raise' or '' · 3 epoch if there is none · per counter: period, start, whole, nano
 * Answers: 1 (-1 calendar does not reach), time, epoch · per counter whole, nano, start as they are now
 */
export const SEED_SCRIPT = `${PRELUDE}
local answer, at = { 1, now, epoch(ARGV[3]) }, 4
for i = 3, #KEYS do
  local c = load(KEYS[i], at)
  if not c then return { -1, now } end
  local s, w, n = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  if not c.there then
    save(c)
  elseif ARGV[2] == 'raise' and s == c.s and (w > c.ew or (w == c.ew and n > c.en)) then
    local more, rest = w - c.ew, n - c.en
    if rest < 0 then more, rest = more - 1, rest + NANO end
    add(c, more, rest)
    c.ew, c.en = w, n
    save(c)
  end
  for _, v in ipairs({ c.w, c.n, c.s }) do answer[#answer + 1] = v end
  at = at + 4
end
return answer`;

/**
 * Holds on to leases of requests that still run.
 *
 * KEYS: slots, one a lease
 * ARGV: 1 time or '' · 2 life in ms · leases
 */
export const RENEW_SCRIPT = `
local t = redis.call('TIME')
local now = tonumber(ARGV[1]) or (tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000))
for i = 1, #KEYS do
  redis.call('ZADD', KEYS[i], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[2 + i])
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return #KEYS`;
