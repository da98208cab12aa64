-- Delete all of a user's families, refuse their tokens, and refuse logins that began before.
-- KEYS: index, mark. ARGV: prefix of families, prefix of denials, until when, lifetime of a denial in s.
-- Returns the families.
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
local keys = {KEYS[1], KEYS[2]}
for _, member in ipairs(members) do
  redis.call('SET', ARGV[2] .. member, ARGV[3], 'EX', ARGV[4])
  keys[#keys + 1] = record_key(ARGV[1], member)
end
in_portions('DEL', nil, keys)
return members
