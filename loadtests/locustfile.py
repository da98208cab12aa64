"""The servers under plain Locust, with its page: for a look at one running server.

    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 SessionUser
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 JwtUser --username root --password "..."
    locust -f loadtests/locustfile.py --host http://127.0.0.1:8000 --open-loop --rate 200 \
        --header "Cookie: session=..."

Unless users are named, SessionUser and JwtUser are spawned in equal numbers: closed loops, of which the one
that does not fit the server says so and stops. With --open-loop it is OpenLoopUser alone: without a header it
asks for /public, with one for /me; its response times count from when a request was due, so they keep growing
while the server is stalled. Locust rounds what it shows to whole milliseconds and to two digits above 100:
for figures to decide by, use `authbench run`.
"""

from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.closed_loop_users import JwtUser, SessionUser
from loadtests.open_loop_user import OpenLoopUser

# The demo accounts' published password; loadtests does not import servers.
_DEMO_PASSWORD = "correct horse battery staple"  # noqa: S105


@events.init_command_line_parser.add_listener
def add_arguments(parser: LocustArgumentParser) -> None:
    """What Locust's own arguments do not say."""
    parser.add_argument("--username", default="alice", help="who logs in (default: the demo account alice)")
    parser.add_argument(
        "--password",
        default=_DEMO_PASSWORD,
        help="its password (default: the demo accounts')",
        include_in_web_ui=False,
    )
    parser.add_argument(
        "--open-loop",
        action="store_true",
        help="spawn OpenLoopUser instead of SessionUser and JwtUser",
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
def choose_users(environment: Environment, **_: Any) -> None:
    """Leave only the wanted classes, before the first user is spawned. Users named by hand stay."""
    options = environment.parsed_options
    if options is not None and not options.user_classes:
        wanted = [OpenLoopUser] if options.open_loop else [SessionUser, JwtUser]
        environment.user_classes[:] = wanted
