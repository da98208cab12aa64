from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp

from servers.libraries.parts.offline import cookie_set_by
from tests.servers.libraries.visits import run


def test_the_cookie_is_what_the_middleware_reads_again() -> None:
    def middleware(app: ASGIApp) -> ASGIApp:
        return SessionMiddleware(app, secret_key="k")

    async def fill(request: Request) -> None:
        request.session["who"] = "alice"

    async def work() -> None:
        cookie = await cookie_set_by(middleware, fill)
        assert cookie.startswith("session=")
        read: dict[str, object] = {}

        async def application(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            read.update(Request(scope).session)

        headers = [(b"cookie", cookie.encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": headers}
        await middleware(application)(scope, None, None)  # type: ignore[arg-type]
        assert read == {"who": "alice"}

    run(work())
