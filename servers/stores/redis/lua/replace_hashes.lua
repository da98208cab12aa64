-- The same as replace_sessions.lua for sessions that are hashes; KEYS and ARGV too.
local old = claims_in(redis.call('HGET', KEYS[4], 'claims'))
end_all(KEYS[2], KEYS[3], ARGV[8])
-- One that a request in flight brought back is in no index.
redis.call('DEL', KEYS[4])
if not old or old.exp <= tonumber(ARGV[5]) then
  return nil
end
local claims = cjson.decode(ARGV[1])
claims.scope = old.scope
enlist(KEYS[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
local now_ms = ARGV[5] .. '000'
redis.call('HSET', KEYS[1], 'claims', cjson.encode(claims), 'created', now_ms, 'accessed', now_ms)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return old.scope
