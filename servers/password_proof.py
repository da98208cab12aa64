"""Proving a password: the same steps, and the same answers, wherever one is asked for."""

from starlette.requests import Request

from servers.accounts import Account, Accounts
from servers.contract import Mark, Scheme
from servers.device_cookie import DeviceCookie
from servers.errors import Unauthenticated
from servers.login_throttle import LoginThrottle
from servers.passwords import Passwords


async def prove_password(
    request: Request, username: str, password: str
) -> tuple[Account, Mark, tuple[str, str]]:
    """The account, the mark taken before it was read, and the header that makes the device known.

    `Unauthenticated` for an unknown user, a wrong password and a disabled account, after the same work;
    `TooManyAttempts` if somebody guesses.
    """
    state = request.app.state
    accounts: Accounts = state.accounts
    passwords: Passwords = state.passwords
    scheme: Scheme = state.scheme
    throttle: LoginThrottle = state.throttle
    devices: DeviceCookie = state.devices
    device = devices.known(request, username)
    attempt = throttle.begin(username, device)
    try:
        # Before anything of the account is read: what changes from here on makes the scheme refuse.
        mark = await scheme.before_login(username)
        account = await accounts.find(username)
        matches = await passwords.verify(account.password_hash if account else None, password)
    except BaseException:
        throttle.cancelled(attempt)
        raise
    # A disabled account answers as one that does not exist, and as slowly.
    if not matches or account is None or account.disabled:
        raise Unauthenticated("Wrong username or password.")
    throttle.succeeded(attempt)
    return account, mark, devices.remember(username, device)
