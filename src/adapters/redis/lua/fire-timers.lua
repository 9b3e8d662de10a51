-- Removes timers that came due and appends their entries. A timer whose version is gone is passed over. Fenced.
-- KEYS: 1 lease, 2 in, 3 timers
-- ARGV: 1 epoch; then for each timer: timer, version, type, time, body, to
-- Returns 'committed' or 'fenced'.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
for i = 2, #ARGV, 6 do
  local stored = redis.call('HGET', KEYS[3], ARGV[i])
  if stored and string.match(stored, '^%d+') == ARGV[i + 1] then
    redis.call('HDEL', KEYS[3], ARGV[i])
    redis.call('XADD', KEYS[2], '*', 'type', ARGV[i + 2], 'at', ARGV[i + 3], 'body', ARGV[i + 4], 'to', ARGV[i + 5])
  end
end
return 'committed'
