-- Appends entries from outside to streams, all or none.
-- KEYS: streams
-- ARGV: 1 most entries that a stream may hold; then for each entry: number of its key, type, time, body, to
-- Returns 0, or the number of the first key whose stream is at its limit; then nothing was appended.
local limit = tonumber(ARGV[1])
local added = {}
for i = 2, #ARGV, 5 do
  local key = tonumber(ARGV[i])
  added[key] = (added[key] or 0) + 1
end
for key, count in pairs(added) do
  if redis.call('XLEN', KEYS[key]) + count > limit then return key end
end
for i = 2, #ARGV, 5 do
  redis.call('XADD', KEYS[tonumber(ARGV[i])], '*', 'type', ARGV[i + 1], 'at', ARGV[i + 2], 'body', ARGV[i + 3], 'to', ARGV[i + 4])
end
return 0
