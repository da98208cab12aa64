"""Check what each refresh policy allows, and forbids, for a refresh token that was used."""

from authbench.contracts.card import Operation, RefreshPolicy
from loadtests.clients.client import Login
from loadtests.harness.verification.subject import Account, Subject


def verify_refresh(subject: Subject, account: Account) -> None:
    """Refresh once, count the store's commands, then try what the policy allows and forbids."""
    login = subject.log_in(account)
    if login is None or login.refresh_token is None:
        subject.check("a login gives a refresh token", False, "the card says that clients refresh")
        return
    (reply,) = subject.counted(Operation.REFRESH, lambda: subject.refresh(login.refresh_token))
    renewed = subject.keep(reply)
    subject.check(
        "refresh", renewed is not None and renewed.refresh_token is not None, f"status {reply.status}"
    )
    if renewed is None:
        return
    subject.check_status("the renewed credential", subject.ask("GET", "/me", renewed.headers), 200)
    match subject.card.refresh_policy:
        case RefreshPolicy.STATIC:
            same = login.refresh_token == renewed.refresh_token
            subject.check("a refresh token stays the one", same, "it was replaced")
            subject.check_status("a second refresh", subject.refresh(login.refresh_token), 200)
        case RefreshPolicy.STRICT:
            subject.check_refused("reuse of a refresh token is refused", subject.refresh(login.refresh_token))
            subject.check_refused("reuse kills the family", subject.refresh(renewed.refresh_token))
        case RefreshPolicy.GRACE:
            _check_grace(subject, login, renewed)
        case RefreshPolicy.CONFIRM_ON_USE:
            _check_confirm(subject, login)
        case None:
            subject.check("the card names its refresh policy", False, "it says that clients refresh")


def _check_grace(subject: Subject, login: Login, renewed: Login) -> None:
    again = subject.keep(subject.refresh(login.refresh_token))
    same = again is not None and again.refresh_token == renewed.refresh_token
    subject.check("in its grace a token yields the same successor", same, "another one, or none")
    heir = subject.keep(subject.refresh(renewed.refresh_token))
    subject.check("the successor is good", heir is not None, "it was refused")
    subject.check_refused("an older generation has no grace", subject.refresh(login.refresh_token))
    if heir is not None:
        subject.check_refused("its reuse kills the family", subject.refresh(heir.refresh_token))


def _check_confirm(subject: Subject, login: Login) -> None:
    again = subject.keep(subject.refresh(login.refresh_token))
    subject.check("a token is good until its successor is used", again is not None, "it was refused")
    if again is None:
        return
    heir = subject.keep(subject.refresh(again.refresh_token))
    subject.check("the successor is good", heir is not None, "it was refused")
    subject.check_refused("then its use is refused", subject.refresh(login.refresh_token))
    if heir is not None:
        subject.check_refused("and kills the family", subject.refresh(heir.refresh_token))
