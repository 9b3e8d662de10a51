-- Drops the outbox entries that have reached their streams. Fenced.
-- KEYS: 1 lease, 2 out
-- ARGV: 1 epoch, 2 first id that stays
-- Returns 'fenced', or how many were dropped.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
return redis.call('XTRIM', KEYS[2], 'MINID', ARGV[2])
