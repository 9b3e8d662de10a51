-- Removes a pending effect and appends its result. Fenced.
-- KEYS: 1 lease, 2 in, 3 effects
-- ARGV: 1 epoch, 2 id of the effect, 3 type, 4 time, 5 body, 6 to
-- Returns 'committed', 'fenced', or 'gone' if it was removed already.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
if redis.call('HDEL', KEYS[3], ARGV[2]) == 0 then return 'gone' end
redis.call('XADD', KEYS[2], '*', 'type', ARGV[3], 'at', ARGV[4], 'body', ARGV[5], 'to', ARGV[6])
return 'committed'
