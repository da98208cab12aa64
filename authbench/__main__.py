"""The command `authbench`, and `python -m authbench`: it heeds signals before it imports anything else."""

from authbench.system.interruption import end_at_signals


def main() -> None:
    """Run the verb. A signal while the command is imported ends it as one later does, only at once."""
    end_at_signals()
    from authbench.cli import main as run_verb

    run_verb()


if __name__ == "__main__":
    main()
