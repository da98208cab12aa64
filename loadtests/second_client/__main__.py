"""`python -m loadtests.second_client`: the process that measures beside the generator."""

from loadtests.second_client.client import main

if __name__ == "__main__":
    main()
