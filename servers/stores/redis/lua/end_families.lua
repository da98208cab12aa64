-- End all of a user's logins and refuse those that began before; with them their tokens, where a list or a version
-- of the user's can do that. One step: nothing is ended by half.
-- KEYS: index, mark, and the user's version where there is one. ARGV: prefix of families, what `deny` takes.
-- Returns the version and the families.
local members = end_all(KEYS[1], KEYS[2], ARGV[1])
deny(members, ARGV[2], ARGV[3], ARGV[4], ARGV[5])
return {KEYS[3] and redis.call('INCR', KEYS[3]) or 0, members}
