"""The proxy's process: `python -m loadtests.store_proxy`.

Standard input is JSON lines, each sent after the answer to the one before. The first says where to: {"host",
"port", "delay_ns"}, and {"certificate", "key"} (files) if clients speak TLS. It is answered with {"port"}.
Each further one, {"delay_ns"}, with {"delay_ns"}. The end of standard input ends the process.
"""

import json
import os
import ssl
import sys

from loadtests.store_proxy.relay import Relay

_LINE_BYTES = 65536


def main() -> int:
    """Relay until nobody gives orders any more; the exit status."""
    order = json.loads(os.read(sys.stdin.fileno(), _LINE_BYTES))
    tls = None
    if "certificate" in order:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(order["certificate"], order["key"])
    relay = Relay((order["host"], order["port"]), order["delay_ns"], tls)
    _say(port=relay.port)
    while True:
        if relay.turn():
            line = os.read(sys.stdin.fileno(), _LINE_BYTES)
            if not line:
                return 0
            relay.delay_ns = json.loads(line)["delay_ns"]
            _say(delay_ns=relay.delay_ns)


def _say(**members: int) -> None:
    print(json.dumps(members), flush=True)


if __name__ == "__main__":
    sys.exit(main())
