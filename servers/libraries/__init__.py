"""Session and token libraries of others as schemes: one file each, found by `servers.discovery`.

The library loads, saves, signs and verifies; ours are the endpoints around it and the Redis client that it is
given. A card can be read where the library is not installed; a server then says what to install.
"""
