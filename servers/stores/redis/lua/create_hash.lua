-- Store a session as a hash unless all of the user's were ended since the login began.
-- KEYS and ARGV: those of create_session.lua. Returns 1, or 0 if refused.
if ARGV[7] ~= '*' and redis.call('GET', KEYS[3]) ~= ARGV[7] then
  return 0
end
enlist(KEYS[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
-- Times in milliseconds.
redis.call('HSET', KEYS[1], 'claims', ARGV[1], 'created', ARGV[5] .. '000', 'accessed', ARGV[5] .. '000')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
