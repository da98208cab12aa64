"""The endpoints, identical behind every scheme: they see an identity, not how it was proven."""

import asyncio
import json
import re
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from servers.answers.bodies import Login, NewOrder, PasswordChange, read_body
from servers.answers.security_log import record
from servers.contract.claims import Identity
from servers.contract.errors import Forbidden, NotOffered, Unauthenticated
from servers.contract.scheme import Issued, Offer, Scheme
from servers.credentials.tokens.authorization import ADMIN, USER, require_first_party, require_scope
from servers.database.accounts import Accounts
from servers.database.orders import Orders
from servers.passwords.blocklist import GuessablePassword, refuse_guessable
from servers.passwords.hashing import Passwords
from servers.passwords.login import Purpose, prove_password

_PUBLIC = b'{"message":"open to everyone"}'
_NO_STORE = {"cache-control": "no-store"}
_HANDLE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The id of a login in /sessions: random bytes in base64url."""
_CLEARED = (("clear-site-data", '"cache", "storage"'),)
"""Remove what pages have stored of a user whose login ended (ASVS 5.0 14.3.1); browsers obey it over TLS. Not
`"cookies"`, which removes those of the whole registrable domain, other applications' and the device's too."""


async def current_identity(request: Request) -> Identity:
    """Dependency of protected endpoints: the identity that the scheme finds, or 401."""
    scheme: Scheme = request.app.state.scheme
    return await scheme.authenticate(request)


async def confirmed_identity(request: Request) -> Identity:
    """Dependency of endpoints that change the account: the store confirms the login."""
    scheme: Scheme = request.app.state.scheme
    return await scheme.confirm(request)


async def state_change(request: Request) -> None:
    """Dependency of endpoints that change state: 403 if the scheme does not allow the request."""
    scheme: Scheme = request.app.state.scheme
    scheme.check_state_change(request)


Caller = Annotated[Identity, Depends(current_identity)]
ConfirmedCaller = Annotated[Identity, Depends(confirmed_identity)]


async def public() -> Response:
    """Needs no authentication."""
    return Response(_PUBLIC, media_type="application/json")


async def me(identity: Caller) -> Response:
    """Say who is asking. Needs no scope: the answer has only what the credential says."""
    return _json({"sub": identity.sub, "scope": identity.scopes})


async def list_orders(request: Request, identity: Caller) -> Response:
    """List the caller's newest orders, the newest first."""
    require_scope(identity, USER)
    orders: Orders = request.app.state.orders
    return _json({"orders": [asdict(order) for order in await orders.newest(identity.sub)]})


async def add_order(request: Request, identity: Caller) -> Response:
    """Order something."""
    require_scope(identity, USER)
    sent = await read_body(request, NewOrder)
    orders: Orders = request.app.state.orders
    return _json(asdict(await orders.add(identity.sub, sent.item, sent.quantity)), 201)


async def admin_report(request: Request, identity: Caller) -> Response:
    """Count accounts and orders, for administrators."""
    require_scope(identity, ADMIN)
    accounts: Accounts = request.app.state.accounts
    orders: Orders = request.app.state.orders
    return _json({"accounts": await accounts.count(), "orders": await orders.count()})


async def login(request: Request) -> Response:
    """Exchange a password for a credential. Unknown user and wrong password get the same answer."""
    sent = await read_body(request, Login)
    scheme: Scheme = request.app.state.scheme
    password = sent.password.get_secret_value()
    proof = await prove_password(request, sent.username, password, Purpose.LOGIN)
    issued = await scheme.issue(proof.account, request, proof.mark)
    record("login", request, user=proof.account.username, issued=issued)
    return _answer(200, issued, proof.headers)


async def csrf_token(request: Request) -> Response:
    """Get a CSRF token, where a browser attaches the credential by itself."""
    return _answer(200, await _offering(request, Offer.CSRF_TOKEN).csrf_token(request))


async def logout(request: Request) -> Response:
    """End the presented credential, as far as the scheme can."""
    scheme: Scheme = request.app.state.scheme
    issued = await scheme.revoke(request)
    record("logout", request)
    return _answer(204, replace(issued, logged_out=True))


async def refresh(request: Request) -> Response:
    """Exchange a refresh token for new tokens."""
    return _answer(200, await _offering(request, Offer.REFRESH).refresh(request))


async def logout_everywhere(request: Request) -> Response:
    """End every credential of the caller, as far as the scheme can."""
    scheme = _offering(request, Offer.LOGOUT_EVERYWHERE)
    issued = await scheme.revoke_everywhere(request)
    record("logout_everywhere", request)
    return _answer(204, replace(issued, logged_out=True))


async def list_sessions(request: Request) -> Response:
    """List the caller's live logins."""
    scheme = _offering(request, Offer.SESSIONS)
    return _json({"sessions": [asdict(item) for item in await scheme.logins(request)]})


async def end_session(request: Request, session_id: str) -> Response:
    """End one of the caller's logins."""
    scheme = _offering(request, Offer.SESSIONS)
    if _HANDLE.fullmatch(session_id) is None:
        # Not sent to the store, which may not be able to hold it (NUL). Still 401 without a login.
        await scheme.authenticate(request)
        issued = None
    else:
        issued = await scheme.revoke_login(request, session_id)
    if issued is None:
        raise HTTPException(404, "You have no such session.")
    record("session_ended", request)
    return _answer(204, issued)


async def change_password(request: Request, identity: ConfirmedCaller) -> Response:
    """Replace the caller's password and end every login, as far as the scheme can. A cookie is replaced.

    First the password, then the logins: a login that began before is refused by its mark, one that begins
    afterwards needs the new password. If the logins cannot be ended, the old password is restored.
    """
    require_first_party(identity)
    sent = await read_body(request, PasswordChange)
    new_password = sent.new_password.get_secret_value()
    state = request.app.state
    accounts: Accounts = state.accounts
    passwords: Passwords = state.passwords
    scheme: Scheme = state.scheme
    try:
        refuse_guessable(new_password, identity.sub)
    except GuessablePassword as error:
        raise HTTPException(422, f"new_password: {error}") from None
    current = sent.current_password.get_secret_value()
    try:
        proof = await prove_password(request, identity.sub, current, Purpose.PASSWORD_CHANGE)
    except Unauthenticated:
        raise Forbidden("The current password is wrong.") from None
    known_hash, new_hash = proof.account.password_hash, await passwords.hash(new_password)
    if not await accounts.change_password(identity.sub, known_hash, new_hash):
        raise Forbidden("The current password is wrong.")
    try:
        issued = await scheme.password_changed(request, proof.account)
    except BaseException:
        # Shielded, because a server that stops cancels its requests.
        await asyncio.shield(accounts.change_password(identity.sub, new_hash, known_hash))
        raise
    record("password_change", request, user=identity.sub)
    return _answer(204, issued, proof.headers)


def _offering(request: Request, offer: Offer) -> Scheme:
    scheme: Scheme = request.app.state.scheme
    if offer not in scheme.offers:
        raise NotOffered
    return scheme


def _json(content: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps(content, separators=(",", ":"))
    return Response(body, status, _NO_STORE, "application/json")


def _answer(status: int, issued: Issued, more: tuple[tuple[str, str], ...] = ()) -> Response:
    content = json.dumps(issued.body).encode() if status != 204 else b""
    media_type = "application/json" if content else None
    response = Response(content, status, _NO_STORE, media_type)
    for name, value in (*issued.headers, *more, *(_CLEARED if issued.logged_out else ())):
        response.headers.append(name, value)
    return response


def install(app: FastAPI) -> None:
    """Add the endpoints to `app`, the measured ones first: routes are tried in this order.

    Not through an APIRouter of their own, which would cost time in every request.
    """
    # Dependencies of the route run first: a request from another site is refused before its body is read.
    guarded = [Depends(state_change)]
    app.get("/public")(public)
    app.get("/me")(me)
    app.get("/orders")(list_orders)
    app.post("/orders", status_code=201, dependencies=guarded)(add_order)
    app.get("/admin/report")(admin_report)
    app.post("/login", dependencies=guarded)(login)
    app.post("/logout", status_code=204, dependencies=guarded)(logout)
    app.post("/refresh", dependencies=guarded)(refresh)
    app.post("/logout-everywhere", status_code=204, dependencies=guarded)(logout_everywhere)
    app.get("/sessions")(list_sessions)
    app.delete("/sessions/{session_id}", status_code=204, dependencies=guarded)(end_session)
    app.get("/csrf")(csrf_token)
    app.post("/account/password", status_code=204, dependencies=guarded)(change_password)


def answer_head(app: FastAPI) -> None:
    """Let every GET endpoint of `app` answer HEAD: the same without the body (RFC 9110 section 9.3.2).

    FastAPI does not do so by itself. Called after the endpoints are described, so that HEAD is not in the
    description. uvicorn leaves out the body.
    """
    for route in app.routes:
        if isinstance(route, APIRoute) and route.methods and "GET" in route.methods:
            route.methods.add("HEAD")
