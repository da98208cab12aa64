"""Passwords that are hashed with the least that Argon2id accepts: most tests do not ask what a hash costs."""

from servers.passwords.hashing import Passwords


class CheapPasswords(Passwords):
    """Argon2id all the same, in microseconds instead of tens of milliseconds."""

    memory_kib, passes = 8, 1
