-- Delete the one of a user's records that has this handle.
-- KEYS: index. ARGV: prefix of records, handle; of logins that have tokens, what `deny` takes. Returns 1 if it was
-- alive, else 0.
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if handle_of(member) == ARGV[2] then
    redis.call('ZREM', KEYS[1], member)
    deny({ARGV[2]}, ARGV[3], ARGV[4], ARGV[5], ARGV[6])
    return redis.call('DEL', record_key(ARGV[1], member))
  end
end
return 0
