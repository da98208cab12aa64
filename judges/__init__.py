"""`make judges`: tools of others judge our servers, each after a server that it must object to.

Nothing of them is part of this repository: what is not installed is skipped, with the reason.
"""
