-- Write a user's new scope into all their families, and refuse logins that began with the old one. The user's
-- own logins have it from now on. An OAuth client keeps what it was granted, and `held` bounds what of that its
-- tokens say: a grant never grows (`rotate_family.lua`).
-- KEYS: index, mark, and the user's version where tokens have one: those with the old scope end in the same step.
-- ARGV: prefix of families, scope, client of the user's own logins. Returns the version.
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = record_key(ARGV[1], member)
  local client = redis.call('HGET', key, 'client')
  if client then
    redis.call('HSET', key, client == ARGV[3] and 'scope' or 'held', ARGV[2])
  end
end
redis.call('DEL', KEYS[2])
return KEYS[3] and redis.call('INCR', KEYS[3]) or 0
