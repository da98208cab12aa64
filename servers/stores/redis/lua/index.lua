-- Put in front of every script: the index of a user's records.
--
-- A sorted set per user. Member: "handle:suffix", or "suffix" alone where that is the handle; the record's
-- key is a prefix and the suffix. Score: the record's absolute expiry in Unix seconds.
--
-- A record may outlive its absolute expiry by `margin`: touched in its last second it stays for one more
-- idle period (and is refused all the same). So an entry, and the index with it, goes that much later. The
-- greatest score is read back each time, because EXPIREAT has no GT before Redis 7.
--
-- Some keys are derived from values here and not named in KEYS: fit for one Redis, not for a cluster.

local function record_key(prefix, member)
  return prefix .. string.match(member, '[^:]*$')
end

local function handle_of(member)
  return string.match(member, '^[^:]*')
end

local function enlist(index, member, expires, now, margin)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', '(' .. (now - margin))
  redis.call('ZADD', index, expires, member)
  local last = redis.call('ZRANGE', index, -1, -1, 'WITHSCORES')
  redis.call('EXPIREAT', index, last[2] + margin)
end

-- The claims in a stored value; nil if it cannot be used.
local function claims_in(value)
  local fine, claims = pcall(cjson.decode, value or '')
  return fine and type(claims) == 'table' and claims or nil
end

-- In portions: a call takes no more arguments than fit Lua's stack.
local function in_portions(command, first, list)
  for start = 1, #list, 1000 do
    local stop = math.min(start + 999, #list)
    if first then
      redis.call(command, first, unpack(list, start, stop))
    else
      redis.call(command, unpack(list, start, stop))
    end
  end
end

-- Delete all of a user's records, and the mark of logins that began before. Returns their members.
local function end_all(index, mark, prefix)
  local members = redis.call('ZRANGE', index, 0, -1)
  local keys = {index, mark}
  for _, member in ipairs(members) do
    keys[#keys + 1] = record_key(prefix, member)
  end
  in_portions('DEL', nil, keys)
  return members
end

-- For the scripts that put one session in place of all that a user has; KEYS and ARGV are theirs (replace_sessions.lua).
-- `old` are the claims of the presented session. Returns the new one's, nil if the old one has ended by now.
local function successor(old)
  end_all(KEYS[2], KEYS[3], ARGV[8])
  -- One that a request in flight brought back is in no index.
  redis.call('DEL', KEYS[4])
  if not old or old.exp <= tonumber(ARGV[5]) then
    return nil
  end
  local claims = cjson.decode(ARGV[1])
  claims.scope = old.scope
  enlist(KEYS[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
  return cjson.encode(claims)
end

-- Refuse the tokens with these names, of logins or of their own, and tell who listens. The prefix is '' where
-- there is no such list, or missing.
local function deny(names, prefix, until_s, lifetime_s, channel)
  if not prefix or prefix == '' or #names == 0 then
    return
  end
  for _, name in ipairs(names) do
    redis.call('SET', prefix .. name, until_s, 'EX', lifetime_s)
  end
  if channel ~= '' then
    redis.call('PUBLISH', channel, until_s .. ' ' .. table.concat(names, ' '))
  end
end
