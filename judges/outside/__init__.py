"""One file for each judge. A new file is one more: no list names it."""
