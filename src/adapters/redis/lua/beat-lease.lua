-- Beats the lease of a shard once, or gives it up.
-- KEYS: 1 lease
-- ARGV: 1 owner, 2 epoch, 3 owner from now on: the same, or empty to give it up
-- Returns 1, or 0 if the lease is another's.
local lease = redis.call('HMGET', KEYS[1], 'owner', 'epoch')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] or ARGV[1] == '' then return 0 end
redis.call('HINCRBY', KEYS[1], 'beat', 1)
if ARGV[3] ~= ARGV[1] then redis.call('HSET', KEYS[1], 'owner', ARGV[3]) end
return 1
