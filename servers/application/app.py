"""Make the application, which is the same behind every scheme."""

from fastapi import FastAPI

from servers.answers import problems
from servers.answers.whole_paths import match_whole_paths
from servers.application import endpoints, openapi
from servers.contract.scheme import Scheme
from servers.database.accounts import Accounts
from servers.database.engine import Database
from servers.database.orders import Orders
from servers.passwords.device_cookie import DeviceCookie
from servers.passwords.hashing import Passwords
from servers.passwords.spray_brake import SprayBrake
from servers.passwords.throttle import LoginThrottle


def create_app(scheme: Scheme, database: Database, passwords: Passwords) -> FastAPI:
    """Make the application with `scheme` behind it. The caller starts and stops what it uses.

    No documentation pages, no telemetry, and no middleware but FastAPI's own and the scheme's layer: they
    would be measured with every request.
    """
    app = FastAPI(
        title="authbench",
        openapi_url=None,
        # A redirect would go to whatever host the request names, by http where TLS ends in front.
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    if scheme.layer is not None:
        app.add_middleware(scheme.layer)
    app.state.scheme = scheme
    app.state.accounts = Accounts(database)
    app.state.orders = Orders(database)
    app.state.passwords = passwords
    app.state.throttle = LoginThrottle()
    app.state.sprays = SprayBrake()
    app.state.devices = _device_cookie(scheme)
    endpoints.install(app)
    openapi.install(app, scheme)
    endpoints.answer_head(app)
    match_whole_paths(app)
    problems.install(app)
    return app


def use_changed_keys(app: FastAPI) -> None:
    """Use the scheme's keys as they are now."""
    scheme: Scheme = app.state.scheme
    scheme.prepare()
    app.state.devices = _device_cookie(scheme)


def _device_cookie(scheme: Scheme) -> DeviceCookie:
    settings = scheme.settings
    return DeviceCookie(*scheme.keys.derived("device"), secure=settings.https, oauth=settings.oauth)
