-- Delete all of a user's records, and refuse logins that began before.
-- KEYS: index, mark. ARGV: prefix of records.
end_all(KEYS[1], KEYS[2], ARGV[1])
