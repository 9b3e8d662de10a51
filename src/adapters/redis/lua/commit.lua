-- Commits one batch of a shard: everything, or nothing when the epoch is not current or the cursor is elsewhere.
-- KEYS: 1 lease, 2 meta, 3 in, 4 out, 5 actors, 6 cursors, 7 snapshots, 8 timers, 9 effects, 10 parked, 11 origins, 12 dead;
--       then lists of parked entries, then topics
-- ARGV: 1 epoch, 2 cursor from, 3 cursor to, 4 most dead letters, 5 entries that a topic keeps, 6 most entries of the stream;
--       then sections, each begun by the number of its values:
--       cancelled (timer, version) | set (timer, value) | effects (id, value) | own sends (type, time, body, to)
--       | outbox (shard, type, time, body, to) | dead letters (code, reason, when, id, type, time, body, to, origin, sequence,
--       replayed) | parked (number of list key, address, value) | unparked (number of list key, address, count)
--       | origins (shard, sequence) | statuses (address, value) | snapshots (address, value) | cursors (address, cursor)
--       | addresses known without a snapshot | removed (address, number of list key, prefix of its timers)
--       | publishes (number of topic key, type, time, body)
-- Returns 'committed', 'fenced' or 'moved'.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
if (redis.call('HGET', KEYS[2], 'cursor') or '0-0') ~= ARGV[2] then return 'moved' end
if ARGV[2] ~= ARGV[3] then redis.call('HSET', KEYS[2], 'cursor', ARGV[3]) end

local CHUNK = 4000
local at = 7
-- First and last index of the next section.
local function section()
  local first = at + 1
  at = first + tonumber(ARGV[at])
  return first, at - 1
end
-- One command with all pairs of a section.
local function pairsInto(command, key)
  local first, last = section()
  for i = first, last, CHUNK do redis.call(command, key, unpack(ARGV, i, math.min(i + CHUNK - 1, last))) end
end

local first, last = section()
for i = first, last, 2 do
  local stored = redis.call('HGET', KEYS[8], ARGV[i])
  if stored and tonumber(string.match(stored, '^%d+')) <= tonumber(ARGV[i + 1]) then redis.call('HDEL', KEYS[8], ARGV[i]) end
end
pairsInto('HSET', KEYS[8])
pairsInto('HSET', KEYS[9])

first, last = section()
for i = first, last, 4 do
  redis.call('XADD', KEYS[3], '*', 'type', ARGV[i], 'at', ARGV[i + 1], 'body', ARGV[i + 2], 'to', ARGV[i + 3])
end
-- The breaker: whatever goes wrong, a stream does not fill the memory. What was not read yet is lost, and counted.
local limit = tonumber(ARGV[6])
if last >= first and redis.call('XLEN', KEYS[3]) > limit then
  redis.call('HINCRBY', KEYS[2], 'lost', redis.call('XTRIM', KEYS[3], 'MAXLEN', limit))
end

first, last = section()
if last >= first then
  local sequence = redis.call('HINCRBY', KEYS[2], 'sent', (last - first + 1) / 5) - (last - first + 1) / 5
  for i = first, last, 5 do
    sequence = sequence + 1
    redis.call('XADD', KEYS[4], string.format('%.0f-0', sequence), 'target', ARGV[i], 'type', ARGV[i + 1], 'at', ARGV[i + 2],
      'body', ARGV[i + 3], 'to', ARGV[i + 4])
  end
end

first, last = section()
for i = first, last, 11 do
  redis.call('XADD', KEYS[12], 'MAXLEN', ARGV[4], '*', 'code', ARGV[i], 'reason', ARGV[i + 1], 'when', ARGV[i + 2], 'id', ARGV[i + 3],
    'type', ARGV[i + 4], 'at', ARGV[i + 5], 'body', ARGV[i + 6], 'to', ARGV[i + 7], 'origin', ARGV[i + 8],
    'sequence', ARGV[i + 9], 'replayed', ARGV[i + 10])
end

first, last = section()
for i = first, last, 3 do
  redis.call('RPUSH', KEYS[tonumber(ARGV[i])], ARGV[i + 2])
  redis.call('HINCRBY', KEYS[10], ARGV[i + 1], 1)
end
first, last = section()
for i = first, last, 3 do
  local taken = redis.call('LPOP', KEYS[tonumber(ARGV[i])], ARGV[i + 2])
  if taken and redis.call('HINCRBY', KEYS[10], ARGV[i + 1], -#taken) <= 0 then redis.call('HDEL', KEYS[10], ARGV[i + 1]) end
end

first, last = section()
for i = first, last, 2 do
  if tonumber(ARGV[i + 1]) > tonumber(redis.call('HGET', KEYS[11], ARGV[i]) or '0') then
    redis.call('HSET', KEYS[11], ARGV[i], ARGV[i + 1])
  end
end

pairsInto('HSET', KEYS[5])
pairsInto('HSET', KEYS[7])
pairsInto('HSET', KEYS[6])
first, last = section()
for i = first, last do redis.call('HSETNX', KEYS[6], ARGV[i], ARGV[3]) end

first, last = section()
if last >= first then
  local timers = redis.call('HKEYS', KEYS[8])
  for i = first, last, 3 do
    redis.call('HDEL', KEYS[5], ARGV[i])
    redis.call('HDEL', KEYS[6], ARGV[i])
    redis.call('HDEL', KEYS[7], ARGV[i])
    redis.call('HDEL', KEYS[10], ARGV[i])
    redis.call('DEL', KEYS[tonumber(ARGV[i + 1])])
    local prefix = ARGV[i + 2]
    for _, timer in ipairs(timers) do
      if string.sub(timer, 1, #prefix) == prefix then redis.call('HDEL', KEYS[8], timer) end
    end
  end
end

first, last = section()
for i = first, last, 4 do
  redis.call('XADD', KEYS[tonumber(ARGV[i])], 'MAXLEN', '~', ARGV[5], '*', 'type', ARGV[i + 1], 'at', ARGV[i + 2], 'body', ARGV[i + 3])
end
return 'committed'
