"""`python -m authbench`: the same as the `authbench` command."""

from authbench.cli import main

if __name__ == "__main__":
    main()
