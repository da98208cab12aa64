"""Published claims that are measured again: the claim, what was measured, and the verdict."""
