-- Store a family of refresh tokens unless all of the user's were ended since the login began.
-- KEYS: family, index, mark, and the user's version where tokens have one. ARGV: member, expiry, now, margin in s,
-- expected mark ("*": the harness's), SHA-256 of the first secret, sub, scope, idle lifetime in s, client. Returns
-- the version, or nil if refused.
if ARGV[5] ~= '*' and redis.call('GET', KEYS[3]) ~= ARGV[5] then
  return nil
end
enlist(KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], 'current', ARGV[6], 'previous', '', 'generation', 0, 'sub', ARGV[7],
  'scope', ARGV[8], 'issued', ARGV[3], 'expires', ARGV[2], 'client', ARGV[10])
redis.call('EXPIRE', KEYS[1], ARGV[9])
return tonumber(KEYS[4] and redis.call('GET', KEYS[4]) or 0)
