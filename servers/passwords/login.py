"""Prove a password, with the same steps and the same answers wherever one is asked for."""

from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from servers.answers import security_log
from servers.contract.errors import TooManyAttempts, Unauthenticated
from servers.contract.scheme import Account, Mark, Scheme
from servers.database.accounts import Accounts
from servers.parsing.passwords import normalised
from servers.passwords.device_cookie import DeviceCookie
from servers.passwords.hashing import Passwords
from servers.passwords.spray_brake import SprayBrake
from servers.passwords.throttle import LoginThrottle


class Purpose(StrEnum):
    """What the password is asked for; events of the security log begin with it."""

    LOGIN = "login"
    AUTHORIZATION = "authorization"
    """A login for an OAuth client."""
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - a name


@dataclass(frozen=True, slots=True)
class Proof:
    """A password that was right."""

    account: Account
    mark: Mark
    """Taken before the account was read."""
    headers: tuple[tuple[str, str], ...]
    """Headers for the answer, which make the device known."""


async def prove_password(request: Request, username: str, password: str, purpose: Purpose) -> Proof:
    """Prove that whoever sent the request knows the password.

    `Unauthenticated` for an unknown user, a wrong password and a disabled account, after the same work;
    `TooManyAttempts` if somebody guesses.
    """
    state = request.app.state
    accounts: Accounts = state.accounts
    passwords: Passwords = state.passwords
    scheme: Scheme = state.scheme
    throttle: LoginThrottle = state.throttle
    sprays: SprayBrake = state.sprays
    devices: DeviceCookie = state.devices
    password = normalised(password)
    device = devices.known(request, username)
    # A password change from an unknown device has its own count, whose name no device has: a stolen login
    # must not reveal the password, and guessers elsewhere must not keep the owner from changing it.
    count = device or ("logged in" if purpose is Purpose.PASSWORD_CHANGE else "")
    try:
        with ExitStack() as never_tried:
            attempt = throttle.begin(username, count)
            never_tried.callback(throttle.cancelled, attempt)
            if not count:
                never_tried.callback(sprays.begin(password).undo)
            # Before the account is read: if it changes from here on, the scheme refuses.
            mark = await scheme.before_login(username)
            account = await accounts.find(username)
            matches = await passwords.verify(account.password_hash if account else None, password)
            never_tried.pop_all()
    except TooManyAttempts:
        security_log.record(f"{purpose}_throttled", request, subject=username)
        raise
    # A disabled account gets the answer of an unknown one, after the same time.
    if not matches or account is None or account.disabled:
        if not count:
            sprays.failed(username, password)
        user = username if account else ""
        reason = "unknown" if account is None else "disabled" if matches else "wrong password"
        security_log.record(f"{purpose}_refused", request, user=user, subject=username, reason=reason)
        raise Unauthenticated("Wrong username or password.")
    throttle.succeeded(attempt)
    return Proof(account, mark, devices.remember(username, device))
