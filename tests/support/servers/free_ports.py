"""Ports of the loopback for servers that have to be told theirs: nobody else comes to have one before they listen."""

from __future__ import annotations

import os
import socket
from itertools import count

_FIRST, _EACH, _SHARES = 15_000, 90, 180
"""Below the ports that a system gives away by itself; how many a process has for itself, and how many processes do."""
_next = count()


def free_port() -> int:
    """A port on which nobody listens, another one at each call.

    A port that the system gives away may be given to another process while a server is made, or is started again.
    """
    first = _FIRST + os.getpid() % _SHARES * _EACH
    while True:
        port = first + next(_next) % _EACH
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
