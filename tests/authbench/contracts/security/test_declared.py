"""Which window of the card stands beside which revocation."""

import pytest

from authbench.contracts.security.declared import declared_windows
from authbench.contracts.security.timeline import Revocation, RevokedCredential
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme


def declared(name: str, **settings: float) -> dict[Revocation, float]:
    scheme = find_scheme(name)(
        ServerSettings.model_validate({"scheme": name, "redis_url": "redis://127.0.0.1", **settings})
    )
    leaked_s = scheme.settings.leaked_key_window_s if scheme.ends_with_its_keys else None
    return declared_windows(scheme.card, leaked_s)


def test_each_kind_has_the_window_of_its_own() -> None:
    found = declared("jwt-not-before-cached", token_lifetime_s=60, not_before_cache_s=3, keys_reread_s=1)
    assert found == {
        Revocation.LOGOUT: 60,
        Revocation.LOGOUT_EVERYWHERE: 60,
        Revocation.PASSWORD_CHANGE: 60,
        Revocation.ROLE_DOWNGRADE: 3,
        Revocation.ACCOUNT_DISABLED: 3,
        Revocation.KEY_ROTATION: 1.25,
    }


def test_what_a_scheme_has_not_is_not_declared() -> None:
    assert Revocation.LOGOUT_EVERYWHERE not in declared("session-signed-cookie")
    assert Revocation.KEY_ROTATION not in declared("session-redis")
    assert Revocation.KEY_ROTATION not in declared("session-cookie-cache"), (
        "without its key the store is asked"
    )


def test_a_call_does_not_return_before_it_was_sent() -> None:
    with pytest.raises(ValueError, match="returned before it was sent"):
        RevokedCredential(
            kind=Revocation.LOGOUT, issued_ns=0, called_ns=2, returned_ns=1, watched_until_ns=3, probes=[[]]
        )
