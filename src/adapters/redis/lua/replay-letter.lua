-- Puts the entry of a dead letter back into its stream, marked as replayed, and removes the letter.
-- KEYS: 1 in, 2 dead
-- ARGV: 1 id of the letter
-- Returns 1, or 0 if it was gone.
local found = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not found then return 0 end
local letter = {}
for i = 1, #found[2], 2 do letter[found[2][i]] = found[2][i + 1] end
redis.call('XADD', KEYS[1], '*', 'type', letter['type'], 'at', letter['at'], 'body', letter['body'], 'to', letter['to'], 'replayed', '1')
redis.call('XDEL', KEYS[2], ARGV[1])
return 1
