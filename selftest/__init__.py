"""Does every validity rule work? `python -m selftest` injects a fault for each, end to end.

Not collected by pytest: it starts real servers and generators, broken on purpose, and takes minutes.
"""
