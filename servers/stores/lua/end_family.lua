-- Delete a family and its index entry, whichever of its secrets was presented.
-- KEYS: family. ARGV: member, prefix of indexes, client that presented it ('': it need not be anybody's).
-- Returns 1 if the login is over, 0 if it is another client's.
local family = redis.call('HMGET', KEYS[1], 'sub', 'client')
if family[1] then
  if ARGV[3] ~= '' and family[2] ~= ARGV[3] then
    return 0
  end
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[2] .. family[1], ARGV[1])
end
return 1
