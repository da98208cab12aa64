-- Refuse one token.
-- ARGV: what `deny` takes (prefix, until when, lifetime in s, channel), name of the token.
deny({ARGV[5]}, ARGV[1], ARGV[2], ARGV[3], ARGV[4])
