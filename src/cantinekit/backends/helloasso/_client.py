"""Calling the API: one token for all threads, answers by their shape, errors without what somebody wrote into them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from cantinekit.backends.helloasso._http import JsonAnswer, Server, ask
from cantinekit.clock import MIN_INSTANT, Clock
from cantinekit.errors import GatewayError
from cantinekit.urls import Secret

T = TypeVar("T")
Object = dict[str, Any]
EARLY = timedelta(seconds=60)
"""How long before it ends a token is renewed."""
LONGEST_WAIT = timedelta(minutes=5)
"""However long we are told to wait, after this we ask again."""
_AGAIN = (408, 425, 429)
_TOKEN = re.compile(r"[!-~]+")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,80}")
_NUMBERED = re.compile(r"Code : ([0-9]{1,4})\b")


class RefusedError(GatewayError):
    """The API refused a request: its status, and the codes of its errors, never their texts.

    ``status`` is 401 where no token can be had. What was only looked for may be looked for again.
    """

    def __init__(self, status: int, codes: tuple[str, ...], *, retryable: bool = False) -> None:
        said = ", ".join(codes)
        super().__init__(f"helloasso:// failed: status {status}{f', {said}' if said else ''}", retryable=retryable)
        self.status, self.codes = status, codes


class HelloAssoClient:
    """One API client of an association. Used from several threads.

    ``seconds`` is how long one request may take in all. Nothing is asked before the first call.
    """

    def __init__(self, server: Server, id: Secret, secret: Secret, seconds: float, clock: Clock) -> None:
        self._server, self._id, self._secret = server, id, secret
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._access = self._refresh = ""
        self._until = self._calm = MIN_INSTANT

    def __repr__(self) -> str:
        return f"HelloAssoClient({self._server.host!r})"

    def get(self, path: str, read: Callable[[Object], T], query: Mapping[str, str | int] | None = None) -> T:
        """What ``read`` makes of the answer to a GET. Raises as ``_call``, always retryable: a look decides nothing."""
        problem: GatewayError
        try:
            return self._call("GET", _target(path, query), None, read)
        except RefusedError as error:
            problem = RefusedError(error.status, error.codes, retryable=True)
        except GatewayError as error:
            problem = error.with_traceback(None)  # its frames have the token
        raise problem

    def post(
        self,
        path: str,
        read: Callable[[Object], T],
        *,
        body: Object | None = None,
        query: Mapping[str, str] | None = None,
    ) -> T:
        """What ``read`` makes of the answer to a POST. Raises as ``_call``."""
        try:
            return self._call("POST", _target(path, query), None if body is None else json.dumps(body).encode(), read)
        except GatewayError as error:
            problem = error.with_traceback(None)  # its frames have the token
        raise problem

    def _call(self, method: str, target: str, body: bytes | None, read: Callable[[Object], T]) -> T:
        """One request with a token, and once more with a new one if that is not taken.

        Raises:
            RefusedError: the API refuses it for good.
            GatewayError: retryable; what became of it is not known.
        """
        token = self._token()
        answer = self._asked(method, target, body, _headers(token, body))
        if answer.status == 401:
            answer = self._asked(method, target, body, _headers(self._token(stale=token), body))
        return self._read(answer, read)

    # --- tokens ---

    def _token(self, stale: str = "") -> str:
        """A token that is not ``stale``. One thread renews it, the others wait for that."""
        with self._lock:
            if not self._access or self._access == stale or self._clock.now() >= self._until:
                self._renew()
            return self._access

    def _renew(self) -> None:
        """A new token: by the refresh token, and where there is none or it is not taken, by the client's secret."""
        self._access = ""
        try:
            found = self._refreshed()
        except RefusedError:
            found = None
        if found is None:
            self._refresh = ""
            found = self._granted({"grant_type": "client_credentials", "client_secret": self._secret.reveal()})
        self._access, self._refresh, self._until = found

    def _refreshed(self) -> tuple[str, str, datetime] | None:
        if not self._refresh:
            return None
        return self._granted({"grant_type": "refresh_token", "refresh_token": self._refresh})

    def _granted(self, grant: Mapping[str, str]) -> tuple[str, str, datetime]:
        now = self._clock.now()

        def read(of: Object) -> tuple[str, str, datetime]:
            access, refresh = of["access_token"], of.get("refresh_token") or ""
            if not (isinstance(refresh, str) and _TOKEN.fullmatch(access)):
                raise TypeError
            return access, refresh, now + max(timedelta(seconds=int(of["expires_in"])) - EARLY, timedelta())

        body = urlencode({"client_id": self._id.reveal(), **grant}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            return self._read(self._asked("POST", "/oauth2/token", body, headers), read)
        except RefusedError as error:
            problem = RefusedError(401, error.codes)
        raise problem

    # --- answers ---

    def _asked(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> JsonAnswer:
        """Send one request, unless HelloAsso told us to wait and that time is not over."""
        if self._clock.now() < self._calm:
            raise GatewayError("helloasso:// was asked too much, and waits", retryable=True)
        answer = ask(self._server, method, target, body, headers, self._seconds)
        if answer.wait and answer.status in (429, 503):
            self._calm = self._clock.now() + min(timedelta(seconds=answer.wait), LONGEST_WAIT)
        return answer

    @staticmethod
    def _read(answer: JsonAnswer, read: Callable[[Object], T]) -> T:
        status, body = answer.status, answer.body
        if 400 <= status < 500 and status not in _AGAIN:
            raise RefusedError(status, tuple(_codes(body)))
        if not 200 <= status < 300:
            raise GatewayError(f"helloasso:// failed: status {status}", retryable=True)
        try:
            if isinstance(body, dict):
                return read(body)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            pass
        raise GatewayError("helloasso:// gave an unreadable answer", retryable=True)


def _headers(token: str, body: bytes | None) -> dict[str, str]:
    kind = {} if body is None else {"Content-Type": "application/json"}
    return {"Authorization": f"Bearer {token}", "Accept": "application/json", **kind}


def _target(path: str, query: Mapping[str, str | int] | None) -> str:
    return f"/v5/{path}" + (f"?{urlencode(query)}" if query else "")


def _codes(body: object) -> list[str]:
    """The codes of the errors in a body: words and numbers, and nothing that could be somebody's data.

    A list of ``errors``, or the one ``error`` of a request for a token (RFC 6749, section 5.2).
    """
    known: Object = body if isinstance(body, dict) else {}
    errors, found = known.get("errors"), []
    for one in errors[:5] if isinstance(errors, list) else [{"code": known.get("error")}]:
        code, message = (one.get("code"), one.get("message")) if isinstance(one, dict) else ("", "")
        numbered = _NUMBERED.search(message) if isinstance(message, str) else None
        if numbered:
            found.append(numbered[1])
        elif isinstance(code, str) and _CODE.fullmatch(code):
            found.append(code)
    return found
