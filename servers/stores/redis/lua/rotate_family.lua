-- Exchange the current secret of a family for a new one: comparing and swapping are one step, so of any
-- number of racing callers exactly one finds its secret current.
-- KEYS: family. ARGV: SHA-256 of the presented secret, SHA-256 of the new one, now, idle lifetime in s,
-- member, prefix of indexes, policy, grace in s, client that presents it, scope it asks for ('': all there is),
-- '1' if the presented secret was made here, prefix of the users' versions or '', scope its client is allowed
-- ('': any), the four that `deny` takes; then SHA-256 of the new ones that older keys would have derived.
-- Returns {"rotated", sub, scope, version, which}, {"unknown"}, {"expired"}, {"reused"} or {"beyond"}: the scope
-- asked for was not granted, or nothing of it is left. Which is 0 for the new secret, and else the number of the
-- older one that is current already.

-- The parts of a scope that another one has too.
local function common(scope, other)
  local both = {}
  for part in string.gmatch(scope, '%S+') do
    if string.find(' ' .. other .. ' ', ' ' .. part .. ' ', 1, true) then
      both[#both + 1] = part
    end
  end
  return table.concat(both, ' ')
end

-- Scope and version in one step: a token must not have the old one of the first and the new one of the second.
local function rotated(sub, scope, which)
  return {'rotated', sub, scope, ARGV[12] ~= '' and redis.call('GET', ARGV[12] .. sub) or '0', tostring(which)}
end

local family = redis.call('HMGET', KEYS[1], 'current', 'generation', 'sub', 'scope', 'expires', 'previous',
  'rotated', 'client', 'held')
-- A token stays with the client it was given to (RFC 6749 section 10.4). Another client's attempt ends nothing.
if not family[1] or family[8] ~= ARGV[9] then
  return {'unknown'}
end
local now, policy, asked = tonumber(ARGV[3]), ARGV[7], ARGV[10]
local refused, again, which = nil, false, 0
if tonumber(family[5]) <= now then
  refused = 'expired'
elseif family[1] ~= ARGV[1] then
  -- The parent of the current secret may come again: its successor is the same (`refresh_policies.py`). An
  -- older one never may, nor one whose successor was derived with a key that is gone.
  local given = family[1] == ARGV[2]
  for place = 18, #ARGV do
    if family[1] == ARGV[place] then
      given, which = true, place - 17
    end
  end
  local in_grace = policy == 'grace' and now - tonumber(family[7] or 0) < tonumber(ARGV[8])
  again = family[6] == ARGV[1] and given and (in_grace or policy == 'confirm-on-use')
  -- Nobody ever held another secret of a family that does not rotate, nor one that was not made here: it is
  -- made up, and whoever knows no secret of a login must not end it.
  if not again and (policy == 'static' or (ARGV[11] ~= '1' and family[6] ~= ARGV[1])) then
    return {'unknown'}
  end
  -- RFC 9700 section 4.14.2: somebody else has, or had, a token of this family. Who is the thief cannot be
  -- told, so the whole family ends.
  if not again then
    refused = 'reused'
  end
end
if refused then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[6] .. family[3], ARGV[5])
  deny({ARGV[5]}, ARGV[14], ARGV[15], ARGV[16], ARGV[17])
  return {refused}
end
-- What was granted, as far as the user still has it; of that, what is asked for. The record keeps the whole.
local scope = family[4]
if family[9] then
  scope = common(scope, family[9])
end
if asked ~= '' then
  if common(asked, family[4]) ~= asked then
    return {'beyond'}
  end
  scope = common(asked, scope)
end
if ARGV[13] ~= '' then
  scope = common(scope, ARGV[13])
end
if scope == '' and (family[9] or asked ~= '' or ARGV[13] ~= '') then
  return {'beyond'}
end
if again then
  return rotated(family[3], scope, which)
end
if policy ~= 'static' then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'previous', family[1], 'generation', family[2] + 1,
    'rotated', now)
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return rotated(family[3], scope, 0)
