"""`authbench verify`: does every scheme do what its card says?"""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import Json
from authbench.cli.shared.stores import OwnRedis, RedisCaFile, RedisPasswordFile, store_url
from authbench.contracts.failure import ExitCode
from authbench.words.counting import counted

if TYPE_CHECKING:
    from authbench.contracts.records import CheckResult

_CREDENTIALS = 500


def verify(
    schemes: Annotated[
        list[str] | None, typer.Argument(help="names, or module:Class of your own; all unless given")
    ] = None,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    json: Json = False,
) -> None:
    """Hold each scheme to its card, over real HTTP: a credential's life, forged ones, store commands, bodies.

    Exit 0: every check passed. 5: one did not; its scheme and the reason are named.

    Example: authbench verify session-redis my_schemes:Mine
    """
    import json as json_module

    from authbench.contracts.experiment import find_workload
    from loadtests.harness.run.verify import verify_schemes
    from servers.discovery import find_scheme, known_schemes

    names = list(dict.fromkeys(schemes or known_schemes()))
    for name in names:
        find_scheme(name)
    workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
    own_store = store_url(redis_url, redis_password_file, redis_ca_file)
    checks = verify_schemes(names, workload, own_store, lambda text: print(text, file=sys.stderr))
    failed = [check for check in checks if not check.passed]
    if json:
        told = {"passed": not failed, "checks": [check.model_dump(mode="json") for check in checks]}
        print(json_module.dumps(told, indent=1))
    else:
        _print(checks)
    if failed:
        raise typer.Exit(ExitCode.VERIFICATION)


def _print(checks: "list[CheckResult]") -> None:
    """One line for each scheme, and one for each check that failed."""
    for arm in dict.fromkeys(check.arm for check in checks):
        own = [check for check in checks if check.arm == arm]
        failed = [check for check in own if not check.passed]
        print(
            f"{'FAILED' if failed else 'ok':<7}{arm}: {len(own) - len(failed)} of "
            f"{counted(len(own), 'check')} passed"
        )
        for check in failed:
            print(f"       {check.check}: {check.detail}")
