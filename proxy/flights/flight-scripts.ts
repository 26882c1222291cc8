/** Milliseconds since the epoch on the clock of Redis, which all processes share. */
const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * Gives the lease to who asks, or says who has it. A lease that was taken before a purge of what it is about counts no more.
 * Answers `lead`, `stored`, or the state of the lease (`open`, `closed`) with its token and its process.
 *
 * KEYS: 1 lease · 2 entry · 3 purge token of all · 4 of the model · 5 purge mark of the key
 * ARGV: 1 token · 2 process · 3 life of the lease in ms · 4 `1` where the entry does not count · 5 token that counts no more
 */
export const ENTER = `
local purges = {}
for at = 3, 5 do purges[#purges + 1] = redis.call('GET', KEYS[at]) or '' end
local mine = table.concat(purges, ',')
local lease = redis.call('GET', KEYS[1])
if lease then
  local token, process, of, state = string.match(lease, '^(%S+) (%S+) (%S+) (%S+)$')
  if token and token ~= ARGV[5] and of == mine then return { state, token, process } end
end
if ARGV[4] ~= '1' and redis.call('EXISTS', KEYS[2]) == 1 then return { 'stored' } end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. mine .. ' open', 'PX', ARGV[3])
return { 'lead' }`;

/**
 * Says that the caller follows. Where nothing was written yet the leader is asked to.
 *
 * KEYS: 1 followers · 2 log
 * ARGV: 1 follower · 2 its life in ms · 3 life of the set in ms · 4 channel of the leader · 5 what to tell it
 */
export const FOLLOW = `
${NOW}
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1`;

/**
 * Appends a record and tells those that follow. Returns 0 where the records before it are not there. A follower is named by its process, a slash and a number.
 *
 * KEYS: 1 log · 2 followers
 * ARGV: 1 number of the record, or `*` for one that no follower expects · 2 the record · 3 most records, 0 = all are kept · 4 life of the log in ms · 5 channels of
 *       processes: what stands before their name · 6 what to tell them · 7 `1`: the record may be there already
 */
export const APPEND = `
${NOW}
local number = tonumber(ARGV[1])
local id = number and (ARGV[1] .. '-0') or '*'
if ARGV[7] == '1' then
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local at = last and tonumber(string.match(last[1], '^%d+')) or 0
  if at == number then id = nil
  elseif at ~= number - 1 then return 0 end
end
if not id then redis.call('PEXPIRE', KEYS[1], ARGV[4])
elseif ARGV[3] == '0' then redis.call('XADD', KEYS[1], id, 'r', ARGV[2])
else redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], id, 'r', ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local told = {}
for _, follower in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], now, '+inf')) do
  local process = string.match(follower, '^[^/]+')
  if not told[process] then redis.call('PUBLISH', ARGV[5] .. process, ARGV[6]) end
  told[process] = true
end
return 1`;

/**
 * Gives the lease up, unless it is followed. Returns the number of followers.
 *
 * KEYS: 1 lease · 2 followers · ARGV: 1 token · 2 `1`: also where it is followed
 */
export const RELEASE = `
${NOW}
local followers = redis.call('ZCOUNT', KEYS[2], now, '+inf')
if followers > 0 and ARGV[2] ~= '1' then return followers end
local lease = redis.call('GET', KEYS[1])
if lease and string.sub(lease, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then redis.call('DEL', KEYS[1]) end
return followers`;

/**
 * Keeps a lease, or closes it: then who asks for it is told to wait for nothing. Returns 0 where it is another's.
 *
 * KEYS: 1 lease · ARGV: 1 token · 2 state · 3 life in ms
 */
export const KEEP = `
local lease = redis.call('GET', KEYS[1])
if not lease or string.sub(lease, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end
redis.call('SET', KEYS[1], string.match(lease, '^%S+ %S+ %S+ ') .. ARGV[2], 'PX', ARGV[3])
return 1`;

/**
 * A follower leaves, and the leader is told.
 *
 * KEYS: 1 followers · ARGV: 1 follower · 2 channel of the leader · 3 what to tell it
 */
export const LEAVE = `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1`;
