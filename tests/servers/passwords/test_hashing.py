import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from servers.contract.errors import PasswordsBusy
from servers.passwords.hashing import Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(workers=1, queue=2)
    yield made
    made.close()


def test_right_wrong_and_unknown(passwords: Passwords) -> None:
    async def work() -> None:
        stored = await passwords.hash("a good password")
        assert await passwords.verify(stored, "a good password")
        assert not await passwords.verify(stored, "another password")
        assert not await passwords.verify("not a hash", "a good password")

    asyncio.run(work())


def test_hashing_and_verifying_spell_alike(passwords: Passwords) -> None:
    async def work() -> None:
        for chosen, presented in (("e\u0301", "\u00e9"), ("\u00e9", "e\u0301")):
            assert await passwords.verify(await passwords.hash(chosen), presented)

    asyncio.run(work())


def test_owasp_minimum(passwords: Passwords) -> None:
    stored = asyncio.run(passwords.hash("x"))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_unknown_user_costs_one_verification_too(passwords: Passwords) -> None:
    async def work() -> None:
        stored = await passwords.hash("a good password")
        before = passwords.verified
        await passwords.verify(stored, "wrong")
        assert passwords.verified == before + 1
        assert not await passwords.verify(None, "anything")
        assert passwords.verified == before + 2

    asyncio.run(work())


def test_what_is_verified_for_an_unknown_user_is_as_dear_as_a_users_hash(passwords: Passwords) -> None:
    stored = asyncio.run(passwords.hash("a good password"))
    assert extract_parameters(passwords._nobody) == extract_parameters(stored)
    assert len(passwords._nobody) == len(stored)
    with pytest.raises(VerifyMismatchError):  # computed, and found to be of something else
        PasswordHasher().verify(passwords._nobody, "anything")


def test_the_loop_goes_on_while_a_password_is_hashed(passwords: Passwords) -> None:
    async def turns_meanwhile() -> int:
        hashing = asyncio.create_task(passwords.hash("x"))
        turns = 0
        while not hashing.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    async def work() -> None:
        # On the loop it would be one or two, however fast the machine and however often it is done. On a busy
        # one, this thread may have no turn while the other one hashes.
        assert max([await turns_meanwhile() for _ in range(10)]) > 20
        assert {thread.name for thread in threading.enumerate()} & {"password_0"}

    asyncio.run(work())


@contextmanager
def held(passwords: Passwords) -> Iterator[None]:
    """Its one thread hashes nothing meanwhile, however long this one has no turn."""
    go_on = threading.Event()
    passwords._threads.submit(go_on.wait)
    try:
        yield
    finally:
        go_on.set()


def test_one_too_many_is_refused_at_once(passwords: Passwords) -> None:
    async def work() -> None:
        with held(passwords):
            waiting = [asyncio.create_task(passwords.hash("x")) for _ in range(3)]
            await asyncio.sleep(0)
            assert passwords.pending == 3
            with pytest.raises(PasswordsBusy):
                await passwords.verify(None, "x")
        await asyncio.gather(*waiting)
        assert passwords.pending == 0
        assert not await passwords.verify(None, "x")

    asyncio.run(work())


def test_who_stops_waiting_frees_no_place(passwords: Passwords) -> None:
    async def work() -> None:
        with held(passwords):
            waiting = [asyncio.create_task(passwords.hash("x")) for _ in range(3)]
            await asyncio.sleep(0)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            assert passwords.pending == 3
        while passwords.pending:
            await asyncio.sleep(0)

    asyncio.run(work())
