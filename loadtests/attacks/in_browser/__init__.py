"""What attacks through a browser have in common: the people at their pages, the forgeries, the loot."""
