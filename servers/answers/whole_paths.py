"""A route answers its own path, and none that only begins with it."""

import re

from starlette.applications import Starlette
from starlette.routing import Route


def match_whole_paths(app: Starlette) -> None:
    """Let no route that `app` has by now match a path with a line feed at its end, as `/login%0A` has one.

    Starlette ends the pattern of a route with `$`, which in Python also matches before a last line feed.
    Whatever knows an endpoint by its path would not know that one: the CSRF check of the login, or a proxy.
    """
    for route in app.routes:
        if isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern.removesuffix("$") + r"\Z")
