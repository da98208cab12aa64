-- Exchange the current secret of a family for a new one: comparing and swapping are one step, so of any
-- number of racing callers exactly one gets the new secret.
-- KEYS: family. ARGV: SHA-256 of the presented secret, SHA-256 of the new one, now, idle lifetime in s,
-- member, prefix of indexes. Returns {"rotated", sub, scope}, {"unknown"}, {"expired"} or {"reused"}.
local family = redis.call('HMGET', KEYS[1], 'current', 'generation', 'sub', 'scope', 'expires')
if not family[1] then
  return {'unknown'}
end
local refused = nil
if tonumber(family[5]) <= tonumber(ARGV[3]) then
  refused = 'expired'
elseif family[1] ~= ARGV[1] then
  -- RFC 9700 section 4.14.2: somebody else has, or had, a token of this family. Who is the thief cannot be
  -- told, so the whole family ends.
  refused = 'reused'
end
if refused then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[6] .. family[3], ARGV[5])
  return {refused}
end
redis.call('HSET', KEYS[1], 'current', ARGV[2], 'previous', family[1], 'generation', family[2] + 1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {'rotated', family[3], family[4]}
