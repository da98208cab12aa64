-- The same as replace_sessions.lua for sessions that are hashes; KEYS and ARGV too.
local old = claims_in(redis.call('HGET', KEYS[4], 'claims'))
local new = successor(old)
if new then
  local now_ms = ARGV[5] .. '000'
  redis.call('HSET', KEYS[1], 'claims', new, 'created', now_ms, 'accessed', now_ms)
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  return old.scope
end
return nil
