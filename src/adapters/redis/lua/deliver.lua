-- Appends what another shard's outbox holds for this one. It is never refused: its senders have committed it.
-- KEYS: 1 in, 2 meta
-- ARGV: 1 most entries of the stream, 2 sending shard; then for each entry: sequence, type, time, body, to
-- Returns how many entries the breaker dropped unread.
for i = 3, #ARGV, 5 do
  redis.call('XADD', KEYS[1], '*', 'type', ARGV[i + 1], 'at', ARGV[i + 2], 'body', ARGV[i + 3], 'to', ARGV[i + 4],
    'origin', ARGV[2], 'sequence', ARGV[i])
end
local limit = tonumber(ARGV[1])
if redis.call('XLEN', KEYS[1]) <= limit then return 0 end
local lost = redis.call('XTRIM', KEYS[1], 'MAXLEN', limit)
redis.call('HINCRBY', KEYS[2], 'lost', lost)
return lost
