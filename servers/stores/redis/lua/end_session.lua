-- Delete sessions and their index entries. A value that cannot be read has no entry that could be found.
-- KEYS: sessions. ARGV: prefix of sessions, prefix of indexes.
for _, key in ipairs(KEYS) do
  local claims = claims_in(redis.call('GETDEL', key))
  if claims and type(claims.sub) == 'string' and type(claims.jti) == 'string' then
    redis.call('ZREM', ARGV[2] .. claims.sub, claims.jti .. ':' .. string.sub(key, #ARGV[1] + 1))
  end
end
