"""What of a store could be presented."""

from loadtests.attacks.compromise.dump import candidates

FAMILY, HASH = "f" * 22, "h" * 43


def test_only_what_is_new_is_tried() -> None:
    assert candidates(frozenset({"old-" * 10}), frozenset({"old-" * 10, "new-" * 10})) == ["new-" * 10]


def test_short_texts_are_no_credentials() -> None:
    assert candidates(frozenset(), frozenset({"user", "0", "attack-12345678", ""})) == []


def test_ids_in_the_names_of_keys_and_inside_values_are_found() -> None:
    stored = frozenset({f"session:{HASH}", f'{{"jti":"{FAMILY}"}}'})
    assert {HASH, FAMILY} <= set(candidates(frozenset(), stored))


def test_a_family_and_a_secret_are_put_together_as_a_client_would_send_them() -> None:
    assert f"{FAMILY}.{HASH}" in candidates(frozenset(), frozenset({f"family:{FAMILY}", HASH}))
