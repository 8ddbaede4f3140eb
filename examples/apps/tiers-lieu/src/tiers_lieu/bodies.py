"""How much one request may send."""

from __future__ import annotations

from io import BytesIO

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 100_000
"""A body has fewer bytes than this; the longest that a page sends is the text of a price list."""


class Bounded:
    """Reads no more of a body than ``MOST``, whatever its head says of its length. What is longer is answered by 413.

    Args:
        app: what answers the requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = BytesIO()

        async def bounded() -> Message:
            message = await receive()
            came.write(message.get("body", b""))
            if came.tell() not in range(MOST):
                raise HTTPException(413)
            return message

        await self.app(scope, bounded, send)
