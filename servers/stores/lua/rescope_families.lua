-- Write a new scope into all of a user's families, and refuse logins that began with the old one.
-- KEYS: index, mark. ARGV: prefix of families, scope.
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = record_key(ARGV[1], member)
  if redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, 'scope', ARGV[2])
  end
end
redis.call('DEL', KEYS[2])
