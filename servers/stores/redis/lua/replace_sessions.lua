-- End all of a user's sessions, refuse logins that began before, and store a new one in place of the
-- presented one: with the scope that has now, and only if it has not ended by now.
-- KEYS: new session, index, mark, presented session. ARGV: those of create_session.lua, prefix of sessions.
-- Returns the scope, or nil if nothing was stored.
local old = claims_in(redis.call('GET', KEYS[4]))
local new = successor(old)
if new then
  redis.call('SET', KEYS[1], new, 'EX', ARGV[2])
  return old.scope
end
return nil
