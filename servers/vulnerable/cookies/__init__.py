"""Cookies that are set without care, and servers that trust them."""
