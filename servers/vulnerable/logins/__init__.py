"""Logins that give away too much, or keep what the client brought along."""
