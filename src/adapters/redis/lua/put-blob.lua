-- Keeps a blob; the least recently written ones go.
-- KEYS: 1 blobs (hash), 2 order (sorted set)
-- ARGV: 1 hash, 2 bytes, 3 how many are kept
-- Returns how many went.
local newest = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] or '0'
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], tonumber(newest) + 1, ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[3])
if surplus <= 0 then return 0 end
local oldest = redis.call('ZRANGE', KEYS[2], 0, surplus - 1)
redis.call('ZREM', KEYS[2], unpack(oldest))
redis.call('HDEL', KEYS[1], unpack(oldest))
return surplus
