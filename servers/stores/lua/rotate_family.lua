-- Exchange the current secret of a family for a new one: comparing and swapping are one step, so of any
-- number of racing callers exactly one finds its secret current.
-- KEYS: family. ARGV: SHA-256 of the presented secret, SHA-256 of the new one, now, idle lifetime in s,
-- member, prefix of indexes, policy, grace in s. Returns {"rotated", sub, scope}, {"unknown"}, {"expired"} or
-- {"reused"}.
local family =
  redis.call('HMGET', KEYS[1], 'current', 'generation', 'sub', 'scope', 'expires', 'previous', 'rotated')
if not family[1] then
  return {'unknown'}
end
local now, policy = tonumber(ARGV[3]), ARGV[7]
local refused = nil
if tonumber(family[5]) <= now then
  refused = 'expired'
elseif family[1] ~= ARGV[1] then
  -- The parent of the current secret may come again: its successor is the same (`refresh_policies.py`). An
  -- older one never may, nor one whose successor was derived with a key that is gone.
  local in_grace = policy == 'grace' and now - tonumber(family[7] or 0) < tonumber(ARGV[8])
  if family[6] == ARGV[1] and family[1] == ARGV[2] and (in_grace or policy == 'confirm-on-use') then
    return {'rotated', family[3], family[4]}
  end
  -- Nobody ever held another secret of a family that does not rotate: it is a guess.
  if policy == 'static' then
    return {'unknown'}
  end
  -- RFC 9700 section 4.14.2: somebody else has, or had, a token of this family. Who is the thief cannot be
  -- told, so the whole family ends.
  refused = 'reused'
end
if refused then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[6] .. family[3], ARGV[5])
  return {refused}
end
if policy ~= 'static' then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'previous', family[1], 'generation', family[2] + 1,
    'rotated', now)
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {'rotated', family[3], family[4]}
