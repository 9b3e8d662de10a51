-- Takes a lease that is as it was seen, with the next epoch.
-- KEYS: 1 lease, 2 meta
-- ARGV: 1 owner, 2 epoch seen, 3 beat seen, 4 the server that this node knows for longer than a lease lasts, or empty
-- Returns epoch and beat; nothing if it moved; or the id of the server if it must be known for longer first.
--
-- A server that came up again, or a replica that was promoted, may have lost the latest epochs. On another server than the one
-- that gave the last epoch, the next one is therefore far ahead of all that may have been lost, and so are the numbers of the
-- outbox, by which receivers drop what they have seen. And a promoted replica may
-- call a lease free that is held: so it must have been known for as long as a lease lasts, when every holder has noticed.
local lease = redis.call('HMGET', KEYS[1], 'epoch', 'beat', 'server')
local epoch, beat = lease[1] or '0', lease[2] or '0'
if epoch ~= ARGV[2] or beat ~= ARGV[3] then return false end
local replication = redis.call('INFO', 'replication')
-- A server that is promoted anew is another one: what was given while it was a replica may be lost to it.
local promotion = string.match(replication, 'master_replid:(%x+)') or '0'
local server = (string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '') .. ':' .. promotion
local step = 1
if lease[3] and lease[3] ~= server then
  local before = string.match(replication, 'master_replid2:(%x+)') or '0'
  if not string.match(before, '^0+$') and ARGV[4] ~= server then return server end
  -- Two servers that were both promoted after the same epoch must not give the same next one.
  step = 1048576 + tonumber(string.sub(promotion, 1, 4), 16)
  redis.call('HINCRBY', KEYS[2], 'sent', step)
end
local next = { tonumber(epoch) + step, tonumber(beat) + 1 }
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'epoch', string.format('%.0f', next[1]), 'beat', string.format('%.0f', next[2]), 'server', server)
return next
