-- Store a session unless all of the user's were ended since the login began.
-- KEYS: session, index, mark. ARGV: value, lifetime in s, member, expiry, now, margin in s, expected mark.
-- The mark "*" is the harness's, which seeds sessions nobody logged in for. Returns 1, or 0 if refused.
if ARGV[7] ~= '*' and redis.call('GET', KEYS[3]) ~= ARGV[7] then
  return 0
end
-- The index first: an entry without its session harms nobody, a session without its entry does.
enlist(KEYS[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
