"""Whether the application and its store are well, for whoever watches over them. It says nothing about anybody."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

router = APIRouter()


@router.get("/health")
def health(request: Request) -> Response:
    """200 where the store answers, 503 where it does not; what somebody should look at, a line each."""
    status = request.app.state.house.status()
    text = "\n".join(status.problems()) or "all is well"
    return Response(f"{text}\n", 200 if status.reachable else 503, media_type="text/plain")
