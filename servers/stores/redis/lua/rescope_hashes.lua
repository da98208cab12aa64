-- Write a new scope into all of a user's sessions that are hashes; the rest as in rescope_sessions.lua.
-- KEYS: index, mark. ARGV: prefix of sessions, scope.
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = record_key(ARGV[1], member)
  local value = redis.call('HGET', key, 'claims')
  local claims = claims_in(value)
  if claims then
    claims.scope = ARGV[2]
    redis.call('HSET', key, 'claims', cjson.encode(claims))
  end
end
redis.call('DEL', KEYS[2])
