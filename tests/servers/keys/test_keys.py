"""Which key signs and which verify, by the directory and by the clock."""

import asyncio
import time
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme, known_schemes
from servers.keys.key_directory import SECRET
from servers.keys.key_pairs import EDDSA, ES256, RS256, pem
from servers.keys.keys import PUBLISHED_FIRST_S, Keys, Timed, derived_key, follow, signing_place
from tests.clock import Clock
from tests.servers.key_directories import LONG_AGO, key_directory, put_key

NOW = 1_764_116_613.0
NEW = b"n" * 32


def of(secret: bytes, purpose: str = "csrf") -> bytes:
    return derived_key(secret, purpose)


def test_one_key_for_each_purpose() -> None:
    """None of them tells anything of another, or of the secret."""
    root = b"r" * 32
    found = [derived_key(root, purpose) for purpose in ("one", "other", "")]
    assert len({root, *found}) == 4
    assert {len(key) for key in found} == {32}
    assert derived_key(root, "one") == found[0] != derived_key(b"s" * 32, "one")


def test_drawn_keys_are_of_this_server_alone_and_stay() -> None:
    one, other = Keys(), Keys()
    assert one.derived("csrf") == one.derived("csrf") != other.derived("csrf")
    (pair,) = one.pairs(EDDSA)
    assert one.pairs(EDDSA) == [pair]
    assert other.pairs(EDDSA) != [pair]


@pytest.mark.parametrize("name", known_schemes())
def test_all_processes_of_a_server_have_the_same(name: str) -> None:
    """They are drawn before the processes part, whether the scheme itself signs anything or not: devices are
    told by a signed cookie behind every scheme."""
    scheme = find_scheme(name)(ServerSettings(scheme=name))
    scheme.prepare()
    assert "keys" in vars(scheme)


def test_the_newest_whose_time_has_come() -> None:
    assert [signing_place([10, 20, 30], now) for now in (0, 9, 10, 19, 20, 30, 99)] == [0, 0, 0, 0, 1, 2, 2]
    # The very first one, and the only one that is left.
    assert signing_place([10], 0) == 0


def test_a_new_secret_verifies_at_once_and_signs_later(tmp_path: Path) -> None:
    clock = Clock(NOW)
    directory = key_directory(tmp_path)
    (old,) = (path.read_bytes() for path in Path(directory).iterdir())
    servers = [Keys(directory, clock), Keys(directory, clock)]
    put_key(Path(directory), SECRET, NEW, NOW)
    # A server that is started now, and one that looks again, and one that has not yet.
    assert Keys(directory, clock).derived("csrf") == (of(old), of(NEW))
    assert servers[0].reread()
    assert not servers[0].reread()
    assert servers[0].derived("csrf") == (of(old), of(NEW))
    assert servers[1].derived("csrf") == (of(old),)
    assert servers[1].reread()
    clock.now += PUBLISHED_FIRST_S - 1
    assert not servers[0].reread()
    clock.now += 1
    # No file has changed, and another one signs: whoever keeps derived keys must be told.
    assert servers[0].reread()
    assert not servers[0].reread()
    for keys in servers:
        assert keys.derived("csrf") == (of(NEW), of(old))


def test_a_secret_that_was_taken_away(tmp_path: Path) -> None:
    clock = Clock(NOW)
    directory = key_directory(tmp_path)
    keys = Keys(directory, clock)
    (old,) = Path(directory).iterdir()
    put_key(Path(directory), SECRET, NEW, NOW)
    old.unlink()
    assert keys.reread()
    # It has leaked: nobody waits.
    assert keys.derived("csrf") == (of(NEW),)


def test_a_directory_that_is_broken_later_changes_nothing(tmp_path: Path) -> None:
    directory = key_directory(tmp_path, pairs={"ES256": ES256.draw()})
    keys = Keys(directory, Clock(NOW))
    before = keys.derived("csrf"), keys.pairs(ES256)
    for kind, content, words in (
        ("secret", b"short", "has 5 bytes"),
        ("ES256", b"no key", "not a private key"),
        ("ES256", pem(EDDSA.draw()), "another kind"),
    ):
        spoiled = put_key(Path(directory), kind, content, NOW)
        with pytest.raises(Failure, match=words):
            keys.reread()
        spoiled.unlink()
        assert (keys.derived("csrf"), keys.pairs(ES256)) == before
    (pair,) = Path(directory).glob("ES256-*")
    pair.unlink()
    with pytest.raises(Failure, match="no key of ES256 in it: authbench rotate-keys"):
        keys.reread()
    assert (keys.derived("csrf"), keys.pairs(ES256)) == before


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    directory = Path(key_directory(tmp_path))
    with pytest.raises(Failure, match="no key of RS256 in it: authbench rotate-keys"):
        Keys(str(directory)).pairs(RS256)
    (secret,) = directory.iterdir()
    put_key(directory, "EdDSA", pem(EDDSA.draw()))
    secret.unlink()
    with pytest.raises(Failure, match="no secret in it: authbench rotate-keys"):
        Keys(str(directory))


def test_a_key_pair_is_added(tmp_path: Path) -> None:
    clock = Clock(NOW)
    directory = key_directory(tmp_path, pairs={"EdDSA": EDDSA.draw()})
    for keys in (Keys(directory, clock), Keys(None, clock)):
        (old,) = keys.pairs(EDDSA)
        keys.add_pair(EDDSA)
        one, new = keys.pairs(EDDSA)
        assert one.signs_from == old.signs_from
        assert pem(one.key) == pem(old.key) != pem(new.key)
        assert new.signs_from == NOW + PUBLISHED_FIRST_S
    assert len(Keys(directory, clock).pairs(EDDSA)) == 2


def test_a_server_follows_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It tells of each change once, and goes on after what it cannot read."""
    directory = Path(key_directory(tmp_path))
    keys = Keys(str(directory))
    told = []

    async def work() -> None:
        looked = asyncio.Event()
        reread = keys.reread

        def look() -> bool:
            try:
                return reread()
            finally:
                loop.call_soon_threadsafe(looked.set)

        async def one_look() -> None:
            for _ in range(2):
                looked.clear()
                await looked.wait()

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(keys, "reread", look)
        following = asyncio.create_task(follow(keys, lambda: told.append(keys.derived("csrf")), 0.01))
        await one_look()
        assert told == []
        spoiled = put_key(directory, SECRET, b"short", NOW)
        await one_look()
        spoiled.unlink()
        put_key(directory, SECRET, NEW, time.time())
        await one_look()
        following.cancel()

    asyncio.run(work())
    assert len(told) == 1
    assert of(NEW) in told[0]
    assert "the keys stay as they were" in caplog.text


def test_names_say_which_key_is_the_newest(tmp_path: Path) -> None:
    """Not the times of the files: a copy of the directory has others."""
    clock = Clock(NOW)
    pairs = {"EdDSA": EDDSA.draw()}
    directory = Path(key_directory(tmp_path, pairs=pairs))
    newer = EDDSA.draw()
    put_key(directory, "EdDSA", pem(newer), LONG_AGO + 1).touch()
    for path in directory.glob("EdDSA-*"):
        path.touch()
    found = Keys(str(directory), clock).pairs(EDDSA)
    assert [pem(each.key) for each in found] == [pem(pairs["EdDSA"]), pem(newer)]
    assert isinstance(found[0], Timed)
