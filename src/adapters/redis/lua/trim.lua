-- Drops the entries of a stream below a position. Fenced.
-- KEYS: 1 lease, 2 meta, 3 in
-- ARGV: 1 epoch, 2 first id that stays
-- Returns 'fenced', or how many were dropped, and how many the breaker dropped unread since the beginning.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
return { redis.call('XTRIM', KEYS[3], 'MINID', ARGV[2]), tonumber(redis.call('HGET', KEYS[2], 'lost') or '0') }
