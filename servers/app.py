"""create_app(): the one application every scheme shares."""

from fastapi import FastAPI

from servers import endpoints, problems
from servers.accounts import Accounts
from servers.contract import Scheme
from servers.passwords import Passwords


def create_app(scheme: Scheme, accounts: Accounts, passwords: Passwords) -> FastAPI:
    """The application with `scheme` behind it. Starting and stopping the scheme is the caller's part.

    No documentation routes, no telemetry, no middleware beyond what FastAPI always has: they would be
    measured with every request.
    """
    app = FastAPI(
        title="authbench",
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.scheme = scheme
    app.state.accounts = accounts
    app.state.passwords = passwords
    endpoints.install(app)
    problems.install(app)
    return app
