"""Endpoints that answer, log or let in what they should not."""
