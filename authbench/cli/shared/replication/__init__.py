"""What `authbench replicate` does beside parsing and printing."""
