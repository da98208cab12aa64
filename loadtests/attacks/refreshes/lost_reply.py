"""A client whose connection ends as soon as its request has gone: whatever the server answers is lost."""

import contextlib
import json
import socket
import ssl

from loadtests.attacks.laboratory.target import Target
from loadtests.clients.client import Headers
from loadtests.http.request import lay_out_request

_TIMEOUT_S = 5.0


def cut_off(target: Target, headers: Headers, token: str | None) -> None:
    """Send POST /refresh and close the connection at once: the server finds out when it answers."""
    server = target.server
    content = json.dumps({"refresh_token": token}).encode()
    request = lay_out_request(
        "POST", "/refresh", server.host, server.port, headers, content, secure=server.authority is not None
    )
    plain = socket.create_connection((server.host, server.port), timeout=_TIMEOUT_S)
    with contextlib.ExitStack() as stack:
        connection: socket.socket = stack.enter_context(plain)
        if server.authority is not None:
            trust = ssl.create_default_context(cafile=str(server.authority))
            connection = stack.enter_context(trust.wrap_socket(plain, server_hostname=server.host))
        connection.sendall(request)
