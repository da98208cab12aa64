"""Set-ups of published comparisons with their own mistakes switched on."""
