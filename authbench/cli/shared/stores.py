"""Options that name a store, the same for every verb.

Everybody can read a command line with `ps`. A password therefore may also come from an environment variable,
which only the same user can read, or from a file.
"""

from typing import Annotated

import typer

REDIS_URL_VARIABLE = "AUTHBENCH_REDIS_URL"
DATABASE_URL_VARIABLE = "AUTHBENCH_DATABASE_URL"
SESSION_DATABASE_URL_VARIABLE = "AUTHBENCH_SESSION_DATABASE_URL"

OwnRedis = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar=REDIS_URL_VARIABLE,
        help="A Redis of your own; only keys of this run are touched. Otherwise one is started. With a "
        "password in it use the variable, or --redis-password-file: everybody can read a command line.",
    ),
]
RedisPasswordFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="File of the Redis password, mode 600: its first line. Not in the URL then."
    ),
]


def with_password(redis_url: str | None, password_file: str | None) -> str | None:
    """Put the password of the file into the URL. Failure in one line."""
    if password_file is None:
        return redis_url
    from urllib.parse import parse_qs, quote, urlsplit

    from authbench.contracts.failure import Failure
    from authbench.system.private_files import read_private

    if redis_url is None:
        raise Failure("--redis-password-file is for a Redis of your own: give --redis-url as well")
    parts = urlsplit(redis_url)
    if parts.password is not None or "password" in parse_qs(parts.query):
        raise Failure("--redis-password-file: the URL has a password already: take one of them away")
    try:
        lines = read_private(password_file).decode().splitlines()
    except UnicodeDecodeError:
        raise Failure(f"{password_file}: not a text in UTF-8") from None
    if not lines or not lines[0]:
        raise Failure(f"{password_file}: the password is missing: it is the first line")
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}:{quote(lines[0], safe='')}@{place}").geturl()
