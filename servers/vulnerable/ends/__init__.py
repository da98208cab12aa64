"""Ends of credentials that come late, not everywhere, or not at all."""
