"""The command line, the contracts every room shares, and what all of them need of the system."""
