"""The faults, one file for each way to inject them."""
