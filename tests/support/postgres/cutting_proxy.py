"""A proxy in front of PostgreSQL that cuts connections around a COMMIT.

A change is its own transaction, or travels with a COMMIT. ``plan`` is asked at each of them: ``"pass"`` lets it
through; ``"before"`` cuts before the server has got it; ``"sent"`` hands it over and cuts at once; ``"answered"`` waits
until the server has answered, and cuts instead of telling.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from contextlib import suppress

COMMITS = (b"COMMIT\0", b'"write"')
"""What a COMMIT holds, and what the values of a change hold: what is to become of its rows."""


class CuttingProxy:
    """Listens on ``port`` of the loopback while it is used as a context manager."""

    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.plan = lambda: "pass"
        self.counts = Counter()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open = set()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            self._cut(one)

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.upstream_port))
            pair = (client, server, threading.Event())
            self._open.add(pair)
            threading.Thread(target=self._forward, args=(pair,), daemon=True).start()
            threading.Thread(target=self._back, args=(pair,), daemon=True).start()

    def _forward(self, pair):
        client, server, silent = pair
        with suppress(OSError):
            while data := client.recv(65536):
                commits = any(mark in data for mark in COMMITS)
                how = self.plan() if commits else "pass"
                self.counts[how] += commits
                if how == "before":
                    break
                if how == "answered":
                    silent.set()
                server.sendall(data)
                if how == "sent":
                    break
        if not silent.is_set():
            self._cut(pair)

    def _back(self, pair):
        client, server, silent = pair
        with suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    break
                client.sendall(data)
        self._cut(pair)

    def _cut(self, pair):
        self._open.discard(pair)
        for one in pair[:2]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
