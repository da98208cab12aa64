-- Write a new scope into all of a user's sessions, and refuse logins that began with the old one.
-- Atomic: no session that is ended meanwhile comes back. KEEPTTL: it is no use of the session.
-- KEYS: index, mark. ARGV: prefix of sessions, scope.
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = record_key(ARGV[1], member)
  local value = redis.call('GET', key)
  local claims = claims_in(value)
  if claims then
    claims.scope = ARGV[2]
    redis.call('SET', key, cjson.encode(claims), 'KEEPTTL')
  end
end
redis.call('DEL', KEYS[2])
