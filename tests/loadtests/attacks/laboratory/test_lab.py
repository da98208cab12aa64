"""The laboratory on real servers: the oracle, the evidence, what the store was asked, two processes."""

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.laboratory.condition import NORMAL, TWO_WORKERS
from loadtests.attacks.laboratory.lab import AttackLab
from loadtests.attacks.run_attacks import Laboratory


def test_the_effect_is_what_the_database_has_under_the_victims_name(laboratory: Laboratory) -> None:
    with laboratory.target("session-redis", NORMAL) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        one, other = lab.logged_in(), lab.logged_in()
        assert lab.has_effect("own", one, one.credential)
        # It is accepted, and stands under another name: no effect for this victim.
        assert not lab.has_effect("another's", one, other.credential)
        assert (lab.evidence[-1].status, lab.evidence[-1].effect) == (201, False)
        assert not lab.has_effect("nobody's", one, {})
        assert lab.evidence[-1].status == 401


def test_evidence_shows_the_request_and_the_stores_commands_and_no_credential(laboratory: Laboratory) -> None:
    with laboratory.target("session-redis", NORMAL) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        victim = lab.logged_in()
        assert lab.has_effect("own", victim, victim.credential)
        login, order = lab.evidence
        assert (login.title, login.request, login.status) == ("login", "POST /login", 200)
        assert order.request == "POST /orders"
        assert [command.split()[0] for command in order.store] == ["GETEX"]
        told = "".join(each.model_dump_json() for each in lab.evidence)
        secrets = [
            victim.password,
            *(pair.partition("=")[2] for pair in victim.credential["Cookie"].split("; ")),
        ]
        assert not [secret for secret in secrets if secret in told]


def test_an_sql_store_is_counted(laboratory: Laboratory) -> None:
    with laboratory.target("session-sql", NORMAL) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        victim = lab.logged_in()
        assert lab.has_effect("own", victim, victim.credential)
        assert "1 x select" in lab.evidence[-1].store


def test_nothing_is_shown_where_the_legitimate_credential_does_not_work(laboratory: Laboratory) -> None:
    with laboratory.target("session-redis", NORMAL) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        victim = lab.logged_in()
        lab.log_out(victim)
        assert not lab.check_before(victim)
        result = lab.rejected("it was refused")
        assert result.outcome is AttackOutcome.NOT_RUN
        assert result.reason == "the legitimate credential did not work either"
        assert lab.succeeded("it worked").outcome is AttackOutcome.SUCCEEDED


def test_each_process_is_reached_by_a_connection_of_its_own(laboratory: Laboratory) -> None:
    with laboratory.target("session-memory", TWO_WORKERS) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        with target.connections_to_workers() as workers:
            assert len(workers) == 2
            here, there = workers
            victim = lab.new_person()
            lab.log_in(victim, over=here)
            for _ in range(3):
                assert lab.has_effect("where the session is", victim, victim.credential, over=here)
                assert not lab.has_effect("where it is not", victim, victim.credential, over=there)


@pytest.mark.parametrize("scheme", ["jwt-dpop", "session-cookie-cache", "opaque-redis", "jwt-cookie"])
def test_people_of_any_scheme_log_in_and_act(laboratory: Laboratory, scheme: str) -> None:
    with laboratory.target(scheme, NORMAL) as target, target.connect() as connection:
        lab = AttackLab(target, connection)
        victim = lab.logged_in()
        device = lab.another_device(victim)
        assert device.credential != victim.credential
        assert lab.check_before(victim)
        assert lab.check_after(device)
        assert lab.ask("who", victim, "GET", "/me").json()["sub"] == victim.username
