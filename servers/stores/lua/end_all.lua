-- Delete all of a user's records but one, and refuse logins that began before.
-- KEYS: index, mark. ARGV: prefix of records, member to keep or ''. Returns how many were listed.
local members = redis.call('ZRANGE', KEYS[1], 0, -1)
local keys = {KEYS[2]}
local gone = {}
for _, member in ipairs(members) do
  if member ~= ARGV[2] then
    gone[#gone + 1] = member
    keys[#keys + 1] = record_key(ARGV[1], member)
  end
end
if #gone == #members then
  keys[#keys + 1] = KEYS[1]
else
  in_portions('ZREM', KEYS[1], gone)
end
in_portions('DEL', nil, keys)
return #gone
