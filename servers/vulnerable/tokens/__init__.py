"""Tokens that are believed, taken or rotated without the checks that they need."""
