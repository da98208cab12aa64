"""`python -m loadtests.null_server`: a server that costs next to nothing."""

from loadtests.null_server.server import main

if __name__ == "__main__":
    main()
