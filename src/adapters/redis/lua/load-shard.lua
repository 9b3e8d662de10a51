-- Everything that a new owner of a shard needs, except the snapshots. Fenced.
-- KEYS: 1 lease, 2 meta, 3 in, 4 out, 5 actors, 6 cursors, 7 snapshots, 8 timers, 9 effects, 10 parked, 11 origins, 12 dead
-- ARGV: 1 epoch; then the type that each key must have
-- Returns 'fenced', or the cursor and the fields of actors, cursors, timers, effects, parked and origins.
-- An error names the first key that holds something else: it was not written by this program.
for i = 1, #KEYS do
  local found = redis.call('TYPE', KEYS[i])['ok']
  if found ~= 'none' and found ~= ARGV[i + 1] then
    return redis.error_reply('WRONGTYPE ' .. KEYS[i] .. ' holds a ' .. found .. ', wanted a ' .. ARGV[i + 1])
  end
end
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
return {
  redis.call('HGET', KEYS[2], 'cursor') or '0-0',
  redis.call('HGETALL', KEYS[5]),
  redis.call('HGETALL', KEYS[6]),
  redis.call('HGETALL', KEYS[8]),
  redis.call('HGETALL', KEYS[9]),
  redis.call('HGETALL', KEYS[10]),
  redis.call('HGETALL', KEYS[11]),
}
