"""Report the configuration of a server process from its running objects, not from its settings."""

import asyncio
import contextlib
import logging
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute

from authbench.contracts.records import MEASURED_DISTRIBUTIONS, ServerConfig


def server_config(app: FastAPI, config: uvicorn.Config) -> ServerConfig:
    """The configuration of the server that runs `app` on the current event loop."""
    # Our protocol only adds bounds: the record names uvicorn's class, which parses.
    protocol = next(
        layer for layer in config.http_protocol_class.__mro__ if layer.__module__.startswith("uvicorn.")
    )
    loop = asyncio.get_running_loop()
    return ServerConfig(
        scheme=app.state.scheme.name,
        workers=app.state.scheme.settings.workers,
        reload=config.should_reload,
        debug=app.debug or loop.get_debug(),
        access_log=config.access_log and logging.getLogger("uvicorn.access").hasHandlers(),
        log_level=logging.getLevelName(logging.getLogger("uvicorn.error").getEffectiveLevel()).lower(),
        loop=type(loop).__module__.partition(".")[0],
        http=protocol.__module__.rpartition(".")[2].removesuffix("_impl"),
        keep_alive_s=config.timeout_keep_alive,
        middleware=_middleware(app, config),
        routes=_routes(app),
        python=platform.python_version(),
        python_debug_build=hasattr(sys, "gettotalrefcount"),
        versions=_versions(),
        crypto=app.state.scheme.crypto,
    )


def _versions() -> dict[str, str]:
    """Of what is there: an arm may be measured without a package that the others have."""
    found = {}
    for name in MEASURED_DISTRIBUTIONS:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _middleware(app: FastAPI, config: uvicorn.Config) -> list[str]:
    """Names of what uvicorn and then we put around the application, without the scheme's layer."""
    names = []
    layer = config.loaded_app
    while layer is not app and layer is not None:
        names.append(type(layer).__name__)
        layer = getattr(layer, "app", None)
    own = app.state.scheme.layer
    added = [item.cls for item in app.user_middleware if item.cls is not own]
    return names + [getattr(each, "__name__", str(each)) for each in added]


def _routes(app: FastAPI) -> dict[str, str]:
    """Method and path -> handler, without HEAD, which goes with every GET."""
    found = {}
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted((route.methods or set()) - {"HEAD"}):
                found[f"{method} {route.path}"] = f"{route.endpoint.__module__}.{route.endpoint.__qualname__}"
    return found
