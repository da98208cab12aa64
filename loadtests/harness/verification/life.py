"""Check the whole life of a credential on one arm, over real HTTP."""

from authbench.contracts.card import Card, ClientDuty, Operation
from authbench.contracts.records import CheckResult
from loadtests.harness.population import Population
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.verification.logins import (
    verify_disabled,
    verify_login,
    verify_logout,
    verify_logout_everywhere,
    verify_role_change,
)
from loadtests.harness.verification.refreshes import verify_refresh
from loadtests.harness.verification.resources import verify_canaries, verify_csrf, verify_resources
from loadtests.harness.verification.subject import CountStore, Subject


def verify_arm(
    server: RunningServer, card: Card, population: Population, count_store: CountStore, *, whole_life: bool
) -> list[CheckResult]:
    """Every check of one arm, those of logins only for a `whole_life`. Uses up one expired credential."""
    with server.connect() as connection:
        subject = Subject(server, card, population.client, connection, count_store)
        verify_canaries(subject, population)
        verify_resources(subject, population)
        if card.client is ClientDuty.CSRF_TOKEN:
            verify_csrf(subject, population)
        if card.authenticates and whole_life:
            verify_login(subject, subject.new_account())
            verify_logout(subject, subject.new_account())
            if card.refreshes:
                verify_refresh(subject, subject.new_account())
            if Operation.LOGOUT_EVERYWHERE in card.store_commands:
                verify_logout_everywhere(subject, subject.new_account())
            verify_role_change(subject)
            verify_disabled(subject)
    return subject.results
