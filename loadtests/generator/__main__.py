"""`python -m loadtests.generator`: one process that sends the load."""

from loadtests.generator.engine import main

if __name__ == "__main__":
    main()
