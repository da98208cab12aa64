-- End all of a user's sessions, refuse logins that began before, and store a new one in place of the
-- presented one: with the scope that has now, and only if it has not ended by now.
-- KEYS: new session, index, mark, presented session. ARGV: those of create_session.lua, prefix of sessions.
-- Returns the scope, or nil if nothing was stored.
local old = claims_in(redis.call('GET', KEYS[4]))
end_all(KEYS[2], KEYS[3], ARGV[8])
-- One that a request in flight brought back is in no index.
redis.call('DEL', KEYS[4])
if not old or old.exp <= tonumber(ARGV[5]) then
  return nil
end
local claims = cjson.decode(ARGV[1])
claims.scope = old.scope
enlist(KEYS[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
redis.call('SET', KEYS[1], cjson.encode(claims), 'EX', ARGV[2])
return old.scope
