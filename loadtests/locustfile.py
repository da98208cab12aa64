"""The servers under plain Locust, with its page: for a look at one running server.

    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 JwtUser --username root --password "..."
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 --credentials users.csv
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 --open-loop --rate 200 \
        --header "Cookie: session=..."

Unless users are named, FittingUser asks the server what it wants, keeps cookies or tokens from then on, and
signs DPoP proofs where the server wants them: closed loops. One that is named and does not fit the server
says so and stops. Users log in to the demo accounts in turn, to the one that --username names, or to those of
--credentials. With --open-loop it is OpenLoopUser alone: without a header it asks for /public, with one for
/me; its response times count from when a request was due, so they keep growing while the server is stalled.
Locust rounds what it shows to whole milliseconds and to two digits above 100:
for figures to decide by, use `authbench run`.
"""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.locust_users.closed_loop import FittingUser, JwtUser, SessionUser
from loadtests.locust_users.login_accounts import LoginAccount, deal_accounts, read_accounts
from loadtests.locust_users.open_loop import OpenLoopUser
from loadtests.locust_users.stop import listen_to_workers, refused_before_start

__all__ = ["FittingUser", "JwtUser", "OpenLoopUser", "SessionUser"]

# The demo accounts and their published password; loadtests does not import servers.
_DEMO_USERNAMES = ("alice", "root")
_DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """What Locust's own arguments do not say."""
    parser.add_argument("--username", help="who logs in (default: the demo accounts alice and root in turn)")
    parser.add_argument(
        "--password",
        default=_DEMO_PASSWORD,
        help="its password (default: the demo accounts')",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--credentials",
        metavar="FILE",
        help="who logs in: a CSV file with the columns username and password, dealt to the users in turn",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--open-loop",
        action="store_true",
        help="spawn OpenLoopUser instead of FittingUser",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=100.0,
        help="open loop: requests/s, arriving as a Poisson process (default: 100)",
    )
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME: VALUE",
        help="open loop: a credential's header, repeatable; none: ask for /public",
        include_in_web_ui=False,
    )


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Before the first user is spawned: leave only the wanted classes, and read who logs in.

    Users named by hand stay.
    """
    options = environment.parsed_options
    # Locust's timer of --run-time counts from what the loop takes for now, which is when the process began.
    # Of a short run, imports would leave little or nothing.
    gevent.get_hub().loop.update_now()
    listen_to_workers(environment)
    if options is None:
        return
    if not options.user_classes:
        environment.user_classes[:] = [OpenLoopUser] if options.open_loop else [FittingUser]
    try:
        accounts = _accounts(options)
    except ValueError as error:
        sys.exit(refused_before_start(str(error)))
    first = getattr(environment.runner, "worker_index", 0)  # of a worker; no other runner has one
    environment.__dict__["login_accounts"] = deal_accounts(accounts, first)


def _accounts(options: Namespace) -> list[LoginAccount]:
    """Who logs in. ValueError in one line for a mistake in what was given."""
    if options.credentials is None:
        names = _DEMO_USERNAMES if options.username is None else (options.username,)
        return [LoginAccount(name, options.password) for name in names]
    if options.username is not None:
        raise ValueError("--credentials and --username say both who logs in: give one of them")
    return read_accounts(Path(options.credentials))
