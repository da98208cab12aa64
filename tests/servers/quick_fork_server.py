"""`python -m tests.servers.quick_fork_server`: the fork server, whose servers hash passwords cheaply.

A login behind a server of the command takes tens of milliseconds of a processor, and thousands of tests log
in. What a hash costs is held in tests/servers/passwords; whoever needs it elsewhere asks for real passwords
(`WithRealPasswords`).
"""

import sys

from servers.passwords.hashing import Passwords
from servers.process.fork_server import serve_forks
from servers.process.server import leave
from tests.servers.cheap_passwords import CheapPasswords

if __name__ == "__main__":
    Passwords.memory_kib, Passwords.passes = CheapPasswords.memory_kib, CheapPasswords.passes
    leave(serve_forks(int(sys.argv[1])))
