-- Looks at the oldest entries of a shard's outbox. Fenced.
-- KEYS: 1 lease, 2 out
-- ARGV: 1 epoch, 2 how many
-- Returns 'fenced', or the entries as XRANGE gives them.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'owner')
if lease[1] ~= ARGV[1] or not lease[2] or lease[2] == '' then return 'fenced' end
return redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', ARGV[2])
