"""Check the store commands of each resource, first and repeated, and who may read it."""

from functools import partial

from authbench.contracts.card import PROTECTED, Operation
from loadtests.harness.population import Population
from loadtests.harness.verification.canaries import canaries_of
from loadtests.harness.verification.subject import Subject

_TIMES = 10
"""Requests of each kind over which store commands are counted here; the run itself counts thousands."""
_ADMIN_LIFETIME_S = 3600
_ORDER = {"item": "book", "quantity": 1}


def verify_canaries(subject: Subject, people: Population) -> None:
    """No forgery is accepted, the good credential is, and each refusal is a proper one.

    Uses up one expired credential.
    """
    for each in canaries_of(subject.connection, subject.card, people):
        detail = f"status {each.reply.status} instead of {each.expected_status}"
        subject.check(f"credential {each.kind}", each.as_expected, detail)
        if each.expected_status == 401:
            # It names its challenge (RFC 9110 section 11.6.1) and explains itself (RFC 9457).
            challenge = each.reply.header("www-authenticate")
            explained = each.reply.header("content-type") == "application/problem+json"
            proper = challenge is not None and explained
            subject.check(f"refusal {each.kind}", proper, f"headers {each.reply.headers}")


def verify_csrf(subject: Subject, people: Population) -> None:
    """A state change that a browser could have been tricked into is refused, and changes nothing."""
    credential = people.good[0]
    bare = subject.connection.request("POST", "/orders", credential, _ORDER)
    subject.check_status("a state change without the CSRF token", bare, 403)
    foreign = {**people.client.headers("POST", "/orders", credential), "Sec-Fetch-Site": "same-site"}
    sibling = subject.connection.request("POST", "/orders", foreign, _ORDER)
    subject.check_status("a state change from a sibling site", sibling, 403)
    anonymous = subject.connection.request("POST", "/login", {}, dict(subject.new_account()))
    subject.check_status("a login without the CSRF token", anonymous, 403)


def verify_resources(subject: Subject, people: Population) -> None:
    """Each resource once and then repeatedly, with a credential the server has not seen before."""
    subject.counted(Operation.PUBLIC, lambda: subject.connection.request("GET", "/public"), _TIMES)
    unseen, bound = len(PROTECTED) + 1, people.client.key_thumbprint
    admin = subject.server.seed(unseen, 1, _ADMIN_LIFETIME_S, "user admin", bound)[0]
    for place, operation in enumerate(PROTECTED, start=1):
        administers = operation is Operation.ADMIN_REPORT
        credential = admin.headers if administers else people.good[place]
        body = _ORDER if operation is Operation.ADD_ORDER else None
        ask = partial(subject.ask, operation.method, operation.path, body=body)
        replies = subject.counted(operation, partial(ask, people.client.at_first(credential)))
        replies += subject.counted(operation, partial(ask, credential), _TIMES - 1, repeated=True)
        accepted = sum(reply.status == operation.status for reply in replies)
        subject.check(f"{operation} is accepted", accepted == _TIMES, f"{accepted} of {_TIMES} times")
