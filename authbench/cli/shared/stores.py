"""Options that name a store, the same for every verb.

Everybody can read a command line with `ps`. A password therefore may also come from an environment variable,
which only the same user can read, or from a file.
"""

from typing import Annotated

import typer

REDIS_URL_VARIABLE = "AUTHBENCH_REDIS_URL"
DATABASE_URL_VARIABLE = "AUTHBENCH_DATABASE_URL"
SQL_URL_VARIABLE = "AUTHBENCH_SQL_URL"
SESSION_DATABASE_URL_VARIABLE = "AUTHBENCH_SESSION_DATABASE_URL"

OwnRedis = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar=REDIS_URL_VARIABLE,
        help="A Redis of your own: redis://, rediss://, unix:// or redis+sentinel://HOST:PORT/SERVICE/0 "
        "(docs/stores.md). Only keys of this run are touched. Otherwise one is started. With a password in "
        "it use the variable, or --redis-password-file: everybody can read a command line.",
    ),
]
RedisPasswordFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="File of the Redis password, mode 600: its first line. Not in the URL then."
    ),
]

RedisCaFile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File of the authority that signed the certificate of a rediss:// store, in PEM format.",
    ),
]

CountedSql = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar=SQL_URL_VARIABLE,
        help="With --target: the PostgreSQL of that service, whose statements are counted, "
        "postgresql://USER@HOST:PORT/DATABASE (docs/your-own-service.md). With a password in it use the "
        "variable: everybody can read a command line.",
    ),
]


def store_url(redis_url: str | None, password_file: str | None, ca_file: str | None) -> str | None:
    """Put the password of the one file, and the name of the other, into the URL. Failure in one line."""
    return _with_authority(_with_password(redis_url, password_file), ca_file)


def _with_password(redis_url: str | None, password_file: str | None) -> str | None:
    if password_file is None:
        return redis_url
    from urllib.parse import parse_qs, quote

    from authbench.contracts.failure import Failure
    from authbench.system.private_files import read_private
    from authbench.system.store_url import split

    if redis_url is None:
        raise Failure("--redis-password-file is for a Redis of your own: give --redis-url as well")
    scheme, account, place, rest = split(redis_url)
    user, colon, _ = account.partition(":")
    if colon or "password" in parse_qs(rest.partition("?")[2]):
        raise Failure("--redis-password-file: the URL has a password already: take one of them away")
    try:
        lines = read_private(password_file).decode().splitlines()
    except UnicodeDecodeError:
        raise Failure(f"{password_file}: not a text in UTF-8") from None
    if not lines or not lines[0]:
        raise Failure(f"{password_file}: the password is missing: it is the first line")
    return f"{scheme}://{user}:{quote(lines[0], safe='')}@{place}{rest}"


def _with_authority(redis_url: str | None, ca_file: str | None) -> str | None:
    if ca_file is None:
        return redis_url
    from pathlib import Path
    from urllib.parse import quote

    from authbench.contracts.failure import Failure

    if redis_url is None or not redis_url.lower().startswith(("rediss://", "rediss+sentinel://")):
        raise Failure("--redis-ca-file is for a Redis with TLS: give --redis-url rediss://HOST:PORT/0 too")
    if "ssl_ca_certs=" in redis_url:
        raise Failure("--redis-ca-file: the URL has ssl_ca_certs already: take one of them away")
    # A server process may have another working directory.
    path = quote(str(Path(ca_file).absolute()))
    return f"{redis_url}{'&' if '?' in redis_url else '?'}ssl_ca_certs={path}"
