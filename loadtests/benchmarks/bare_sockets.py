"""An open loop of nothing but epoll, send and recv: no framing, no rows, no check of what came back.

`python -m loadtests.benchmarks.bare_sockets` reads orders as JSON lines from stdin,
`{"port": ..., "connections": 64, "rate_rps": ..., "duration_s": 1.0, "seed": 1}`, and answers each with one
line, `{"completed": ..., "cpu_ns": ...}`. It knows the null server's reply and no other.
"""

import json
import select
import socket
import sys
import time

from authbench.system.timerfd import create_timer, set_timer
from loadtests.http.request import lay_out_request
from loadtests.null_server.server import BODY, TOKEN_BYTES
from loadtests.schedule.arrivals import poisson_schedule


def measure(port: int, connections: int, rate_rps: float, duration_s: float, seed: int) -> dict[str, int]:
    """Send one schedule. A request that finds no idle connection waits for one, unlike in our engine."""
    request = lay_out_request(
        "GET", "/me", "127.0.0.1", port, {"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}
    )
    due = poisson_schedule(rate_rps, duration_s, seed).tolist()
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    peers = {peer.fileno(): peer for peer in idle}
    timer = create_timer()
    with select.epoll() as epoll, open(timer, "rb", buffering=0):
        for peer in idle:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            epoll.register(peer, select.EPOLLIN)
        epoll.register(timer, select.EPOLLIN)
        sent = completed = 0
        start_ns, cpu_ns = time.monotonic_ns(), time.process_time_ns()
        set_timer(timer, start_ns + 1)
        while completed < len(due):
            for fd, _ in epoll.poll():
                if fd != timer:
                    if peers[fd].recv(65536).endswith(BODY):
                        completed += 1
                        idle.append(peers[fd])
                    continue
                now_ns = time.monotonic_ns() - start_ns
                while sent < len(due) and idle and due[sent] <= now_ns:
                    idle.pop().send(request)
                    sent += 1
                set_timer(timer, start_ns + due[sent] if sent < len(due) else 0)
        cpu_ns = time.process_time_ns() - cpu_ns
    for peer in peers.values():
        peer.close()
    return {"completed": completed, "cpu_ns": cpu_ns}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(measure(**json.loads(line))), flush=True)
