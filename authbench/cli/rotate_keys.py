"""`authbench rotate-keys`: a fresh key of every kind, which servers sign with in a few minutes."""

from typing import Annotated

import typer


def rotate_keys(
    directory: Annotated[
        str, typer.Argument(metavar="DIR", help="The directory that servers are given with --keys.")
    ],
) -> None:
    """Add a fresh secret and a fresh signing key of every algorithm. Servers need not be restarted.

    Servers look into the directory once a minute. They publish the new keys at once and sign with them when
    nobody can still have an older set of public keys; what the older keys signed stays good. Take an older
    file away when nothing it signed is alive any more, or at once if it has leaked: docs/keys.md.

    Example: authbench rotate-keys keys
    """
    import time
    from pathlib import Path

    from servers.keys.key_directory import SECRET, add_key, read_directory
    from servers.keys.key_pairs import KINDS
    from servers.keys.keys import PUBLISHED_FIRST_S

    where = Path(directory)
    read_directory(where)
    for kind in (SECRET, *KINDS):
        typer.echo(add_key(where, kind, time.time()))
    typer.echo(f"They sign in {PUBLISHED_FIRST_S // 60} minutes; until then the older ones do.")
