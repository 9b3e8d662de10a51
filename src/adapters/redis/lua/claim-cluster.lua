-- Writes what a cluster is set to when nobody did before, and shows it.
-- KEYS: 1 settings
-- ARGV: 1 '1' to write over what is there, else ''; then fields and values
-- Returns all fields, the given ones written only if there were none or it was asked for.
if ARGV[1] == '1' or redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV, 2)) end
return redis.call('HGETALL', KEYS[1])
