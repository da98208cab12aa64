-- End a login for whoever presents a token of it: the current one, the one before, or any that was made here.
-- A token that somebody made up ends nothing. One that is over already is denied once more, which harms nobody.
-- KEYS: family. ARGV: member, prefix of indexes, client that presents it ('': it need not be anybody's), SHA-256 of
-- the presented secret, '1' if it was made here, what `deny` takes. Returns "over", "another client's" or, for a
-- token that proves nothing, "made up".
local family = redis.call('HMGET', KEYS[1], 'sub', 'client', 'current', 'previous')
if ARGV[5] ~= '1' and ARGV[4] ~= family[3] and ARGV[4] ~= family[4] then
  return 'made up'
end
if family[1] then
  if ARGV[3] ~= '' and family[2] ~= ARGV[3] then
    return "another client's"
  end
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[2] .. family[1], ARGV[1])
end
deny({ARGV[1]}, ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return 'over'
