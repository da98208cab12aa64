"""`python -m servers.process`: one server process."""

from servers.process.server import leave, main

if __name__ == "__main__":
    leave(main())
