-- Use an authorization code, once. A second use is written down: the first may not be through yet.
-- KEYS: code. ARGV: family of its first use, how long that is remembered in s.
-- Returns {0, value} the first time, {1, family of the first use} afterwards, {0, ''} if there is no such code.
local value = redis.call('GET', KEYS[1])
if not value then
  return {0, ''}
end
local grant = cjson.decode(value)
if grant.family ~= '' then
  grant.again = true
  redis.call('SET', KEYS[1], cjson.encode(grant), 'KEEPTTL')
  return {1, grant.family}
end
grant.family = ARGV[1]
redis.call('SET', KEYS[1], cjson.encode(grant), 'EX', ARGV[2])
return {0, value}
