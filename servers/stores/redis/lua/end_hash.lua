-- Delete sessions that are hashes, and their index entries. One without claims has no entry.
-- KEYS: sessions. ARGV: prefix of sessions, prefix of indexes.
for _, key in ipairs(KEYS) do
  local value = redis.call('HGET', key, 'claims')
  redis.call('DEL', key)
  local claims = claims_in(value)
  if claims and type(claims.sub) == 'string' and type(claims.jti) == 'string' then
    redis.call('ZREM', ARGV[2] .. claims.sub, claims.jti .. ':' .. string.sub(key, #ARGV[1] + 1))
  end
end
