"""A connection that ends in time, however slowly the peer sends, and whether it stays on this machine."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import Any


def loopback(host: str) -> bool:
    """Whether a host is this machine, and nothing that is sent to it can be read on the way."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _addresses(host: str, port: int, seconds: float) -> list[tuple[Any, ...]]:
    """The addresses of a host. A resolver knows no deadline: it is asked in a thread, left behind when it is late.

    Raises:
        OSError: there are none, or not in so many seconds.
    """
    found: list[tuple[Any, ...]] = []
    problems: list[Exception] = []

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except UnicodeError:
            problems.append(OSError("the host has no name that can be looked up"))
        except Exception as error:
            problems.append(error)

    if loopback(host):
        look()
    else:
        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        thread.join(seconds)
    if problems:
        raise problems[0]
    if not found:
        raise TimeoutError("the time is over")
    return found


class Deadline:
    """So many seconds for everything that happens on one connection; used as a context manager.

    A timeout of a socket is for one step: a server that sends a byte now and then never meets it. Here the connection
    is shut down from another thread when the time is over, which ends every wait on it, inside TLS too.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._watched: socket.socket | None = None
        self._timer: threading.Timer | None = None

    @property
    def left(self) -> float:
        """Seconds that are left, 0 when the time is over."""
        return max(0.0, self._end - time.monotonic())

    def __enter__(self) -> Deadline:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        if self._watched is not None:
            self._watched.close()

    def connect(self, host: str, port: int, timeout: float, tls: ssl.SSLContext | None = None) -> socket.socket:
        """Connect to the first address of the host that answers; each step then waits at most ``timeout`` seconds.

        Raises:
            OSError: no address answers in time, or TLS fails (``ssl.SSLError`` is one).
        """
        plain = self._connected(host, port, timeout)
        self._watched = plain.dup()  # shutting this down ends the connection, whoever holds it by then
        self._timer = threading.Timer(self.left, self._over)
        self._timer.daemon = True
        self._timer.start()
        if tls is None:
            return plain
        try:
            return tls.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def _connected(self, host: str, port: int, timeout: float) -> socket.socket:
        problem: OSError = OSError("the host has no address")
        for family, kind, protocol, _, address in _addresses(host, port, self.left):
            wait = min(timeout, self.left)
            if wait <= 0:
                raise TimeoutError("the time is over")
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(wait)
                connection.connect(address)
            except OSError as error:
                connection.close()
                problem = error
            else:
                connection.settimeout(timeout)
                return connection
        raise problem

    def _over(self) -> None:
        if self._watched is not None:
            with suppress(OSError):
                self._watched.shutdown(socket.SHUT_RDWR)
