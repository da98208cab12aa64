"""A login by a client that already carries a credential: its own old one, or one that was planted there."""

from authbench.contracts.failure import ExitCode, Failure
from loadtests.attacks.laboratory.lab import AttackLab, Person
from loadtests.clients.client import Headers


def log_in_with(lab: AttackLab, person: Person, carried: Headers) -> None:
    """Log in while sending `carried` as well, as a browser sends every cookie that it has.

    Failure if the login is refused.
    """
    if "Cookie" in carried:
        headers = person.client.headers("POST", "/login", lab.with_csrf(carried))
    else:
        headers = {**carried, **person.client.login_headers(list)}
    reply = lab.send_login(person, headers)
    person.login = person.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
    if person.login is None:
        raise Failure(f"{lab.target.scheme}: no login: status {reply.status}", ExitCode.VERIFICATION)
