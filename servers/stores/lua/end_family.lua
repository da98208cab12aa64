-- Delete a family and its index entry, whichever of its secrets was presented.
-- KEYS: family. ARGV: member, prefix of indexes.
local sub = redis.call('HGET', KEYS[1], 'sub')
if sub then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[2] .. sub, ARGV[1])
end
