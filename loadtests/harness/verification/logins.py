"""Check logins and every way a login ends: what the card promises is tried on the server itself."""

from authbench.contracts.card import Operation
from authbench.contracts.measuring_protocol import DisableOrder, RoleOrder
from authbench.contracts.message import Reply
from loadtests.clients.client import Login
from loadtests.harness.verification.subject import Account, Subject

_ADMIN = "user admin"


def verify_login(subject: Subject, account: Account) -> None:
    """A wrong password is refused, a right one gives a credential of its own to each login."""
    wrong = subject.send_login({**account, "password": "wrong password"})
    subject.check_status("login with a wrong password", wrong, 401)
    one, other = subject.log_in(account), subject.log_in(account)
    if one is None or other is None:
        return
    me = subject.ask("GET", "/me", one.headers).json()
    subject.check("who logged in", isinstance(me, dict) and me.get("sub") == account["username"], f"{me}")
    if subject.card.logins_differ:
        differ = one.headers != other.headers
        subject.check("each login has a credential of its own", differ, "two are the same")


def verify_logout(subject: Subject, account: Account) -> None:
    """After a logout: the credential and the refresh token are refused where the card says so."""
    login = subject.log_in(account)
    if login is None:
        return
    token = login.refresh_token
    body = {"refresh_token": token} if token else None
    (reply,) = subject.counted(Operation.LOGOUT, lambda: subject.ask("POST", "/logout", login.headers, body))
    subject.check_status("logout", reply, 204)
    after = subject.ask("GET", "/me", login.headers)
    expected = 401 if subject.card.logout_ends_credential else 200
    subject.check_status("after logout, as the card says", after, expected)
    if token:
        subject.check_refused("refresh after logout", subject.refresh(token))


def verify_logout_everywhere(subject: Subject, account: Account) -> None:
    """After a logout of all logins: neither this login nor another one is accepted where the card says so."""
    only = subject.log_in(account)  # the card counts with one live login
    if only is None:
        return
    (reply,) = subject.counted(
        Operation.LOGOUT_EVERYWHERE, lambda: subject.ask("POST", "/logout-everywhere", only.headers)
    )
    subject.check_status("logout everywhere", reply, 204)
    _check_after_all(subject, "after logout everywhere, here", only)
    one, other = subject.log_in(account), subject.log_in(account)
    if one is None or other is None:
        return
    subject.ask("POST", "/logout-everywhere", one.headers)
    _check_after_all(subject, "after logout everywhere, elsewhere", other)
    if other.refresh_token:
        subject.check_refused("refresh after logout everywhere", subject.refresh(other.refresh_token))


def verify_role_change(subject: Subject) -> None:
    """A role that was taken away is gone at once where the card says so."""
    account = subject.new_account(_ADMIN)
    login = subject.log_in(account)
    if login is None:
        return
    subject.check_status("an administrator", subject.ask("GET", "/admin/report", login.headers), 200)
    subject.server.ask(RoleOrder(username=account["username"], scope="user"), Reply)
    after = subject.ask("GET", "/admin/report", login.headers)
    if subject.card.role_change_window_s == 0:
        # 401 is as good: some schemes can only end the login.
        gone = after.status in (401, 403)
        subject.check("a role taken away is gone at once", gone, f"status {after.status}")


def verify_disabled(subject: Subject) -> None:
    """A disabled account's credentials are refused at once where the card says so, and nobody logs in."""
    account = subject.new_account()
    login = subject.log_in(account)
    if login is None:
        return
    subject.server.ask(DisableOrder(username=account["username"]), Reply)
    subject.check_status("login to a disabled account", subject.send_login(account), 401)
    after = subject.ask("GET", "/me", login.headers)
    if subject.card.disabled_window_s == 0:
        subject.check_status("a disabled account's credential", after, 401)
    if login.refresh_token:
        subject.check_refused("refresh of a disabled account", subject.refresh(login.refresh_token))


def _check_after_all(subject: Subject, name: str, login: Login) -> None:
    """Ending everything may reach farther than one logout does, never less far."""
    after = subject.ask("GET", "/me", login.headers)
    accepted = {401} if subject.card.logout_ends_credential else {200, 401}
    subject.check(f"{name}, as the card says", after.status in accepted, f"status {after.status}")
