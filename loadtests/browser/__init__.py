"""A real Chromium, a victim's site, a sibling of it and an attacker's site: all on loopback, behind TLS."""
