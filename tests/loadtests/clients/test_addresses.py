"""A host is this machine's where all its addresses are of the loopback."""

import ipaddress

import pytest

from authbench.contracts.failure import Failure
from loadtests.clients.addresses import addresses_of, is_loopback


def test_only_the_loopback_is_this_machine() -> None:
    assert is_loopback("127.0.0.2")
    assert is_loopback("::1")
    assert not is_loopback("192.0.2.1")
    assert addresses_of("127.0.0.1") == {ipaddress.ip_address("127.0.0.1")}


def test_a_name_that_is_no_name() -> None:
    with pytest.raises(Failure, match=r"no address is known of foo\.\.bar: correct its name"):
        is_loopback("foo..bar")
