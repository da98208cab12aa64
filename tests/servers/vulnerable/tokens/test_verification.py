"""What a server that is broken on purpose must fail with: a judge from outside has no control otherwise."""

import asyncio
import base64
import json
from typing import Any

import pytest
from fastapi import Request

from servers.contract.settings import ServerSettings
from servers.vulnerable.tokens.verification import VulnerableParser


def _presented(header: Any) -> Request:
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    headers = [(b"authorization", b"Bearer %s.e30.AAAA" % encoded)]
    return Request({"type": "http", "method": "GET", "path": "/me", "headers": headers})


@pytest.mark.parametrize("header", [{"alg": None}, {"alg": True}, {"alg": 0}, {}, ["alg"], 1])
def test_the_parser_fails_at_a_header_of_another_type(header: Any) -> None:
    """The forced errors of jwt_tool replace each value of a header by None, True, False and 0."""
    scheme = VulnerableParser(ServerSettings(scheme="vulnerable-parser", redis_url="redis://127.0.0.1"))
    with pytest.raises((AttributeError, KeyError, TypeError)):
        asyncio.run(scheme.authenticate(_presented(header)))
