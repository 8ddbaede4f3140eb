"""Making the application: its routers, its sessions, what every answer carries, and what runs beside the requests."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

import attrs
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.sessions import SessionMiddleware

from cantinekit import Cantine
from cantinekit.errors import CantineError, NotFoundError
from tiers_lieu import admin, calendars, desk, health, member, month_end, pay, prices, programme, rooms, sign_in
from tiers_lieu.bodies import Bounded
from tiers_lieu.houses import shows_the_demo
from tiers_lieu.settings import Settings
from tiers_lieu.sign_ins import sign_ins_of
from tiers_lieu.web import NotAllowed, OldForm, Page, SignInNeeded, sign_in_url

log = logging.getLogger("tiers_lieu")
EVERY = 2.0
"""Seconds between two looks at what is due."""
TWO_WEEKS = 1_209_600
"""How long a session lasts, in seconds."""
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action *; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What every page says to the browser. A form may lead to the page of a gateway, wherever that is."""
SAID = {404: "not found", 405: "not found", 413: "too long"}
"""What a page says of a request that was not answered, by the status."""


def create_app(house: Cantine, settings: Settings) -> FastAPI:
    """The application on a house.

    Args:
        house: the house; whoever made it closes it.
        settings: how the installation runs.
    """

    @asynccontextmanager
    async def beside(_: FastAPI) -> AsyncIterator[None]:
        stop = threading.Event()
        worker = threading.Thread(target=_carry_out_what_is_due, args=(house, stop), name="what is due", daemon=True)
        if settings.worker:
            worker.start()
        yield
        stop.set()
        if settings.worker:
            worker.join()

    app = FastAPI(title="Tiers-lieu", lifespan=beside, docs_url=None, redoc_url=None, openapi_url=None)
    settings = attrs.evolve(settings, demo=shows_the_demo(house, settings))
    app.state.house, app.state.settings, app.state.sign_ins = house, settings, sign_ins_of(settings)
    app.add_middleware(Bounded)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_secured)
    app.add_middleware(
        SessionMiddleware, secret_key=settings.secret, same_site="lax", https_only=settings.secure, max_age=TWO_WEEKS
    )
    htmx = resources.files("django_htmx").joinpath("static", "django_htmx")
    app.mount("/static/htmx", StaticFiles(directory=str(htmx)), name="htmx")
    app.mount("/static", StaticFiles(directory=str(resources.files("tiers_lieu").joinpath("static"))), name="static")
    for area in (programme, rooms, sign_in, pay, calendars, member, desk, admin, prices, month_end, health):
        app.include_router(area.router)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(NotAllowed, _told("not allowed", 403))
    app.add_exception_handler(OldForm, _told("form is old", 403))
    app.add_exception_handler(NotFoundError, _told("not found", 404))
    app.add_exception_handler(RequestValidationError, _told("not found", 404))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(CantineError, _refused)
    return app


def _carry_out_what_is_due(house: Cantine, stop: threading.Event) -> None:
    while not stop.wait(EVERY):
        try:
            house.run_due()
        except CantineError:
            log.exception("what is due waits for the next look")


async def _secured(request: Request, go_on: RequestResponseEndpoint) -> Response:
    """What every answer carries; and a page for the reader where something failed that nobody expects."""
    try:
        response = await go_on(request)
    except Exception:
        log.exception("a page failed")
        response = Page(request).broken(500)
    response.headers.update(SECURITY)
    if not request.url.path.startswith("/static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _sign_in(request: Request, _: Exception) -> Response:
    return RedirectResponse(sign_in_url(request), status_code=303)


def _told(name: str, status: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 (Starlette types its handlers loosely)
    def handle(request: Request, _: Exception) -> Response:
        page = Page(request)
        return page.show("problem.html", status=status, text=page.say(name))

    return handle


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    page = Page(request)
    text = page.say(SAID.get(error.status_code, "not understood"))
    return page.show("problem.html", status=error.status_code, text=text)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, CantineError)
    page = Page(request)
    refused = page.refusal(error)
    if refused.status == 503:
        return page.broken(503)
    return page.show("problem.html", status=refused.status, text=refused.text)
