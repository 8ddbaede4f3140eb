"""What every page has: who reads it and in which language, forms that are safe to send twice, and refusals."""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

import attrs
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL, FormData

from cantinekit import Cantine, Outcome
from cantinekit.commands import Command
from cantinekit.errors import CantineError, InputError, RefusedError, TariffError
from cantinekit.reads import Reader
from cantinekit.records import Person, Place, Product, Record, Space, Workshop
from tiers_lieu import shown
from tiers_lieu.settings import Settings
from tiers_lieu.templating import environment
from tiers_lieu.words import LANGS, Lang, say

R = TypeVar("R")
T = TypeVar("T", bound=Record)
log = logging.getLogger("tiers_lieu")


class SignInNeeded(Exception):
    """A page that is for people who signed in."""


class NotAllowed(Exception):
    """A page that is not for whoever asks."""


class OldForm(Exception):
    """A form without the token of the session: another site sent it, or the session is over."""


@attrs.frozen
class Refused:
    """What was asked for could not be done.

    Attributes:
        text: why, in the language of the reader.
        status: the status of the answer, such as 409.
    """

    text: str
    status: int


@attrs.frozen
class Carried(Generic[R]):
    """What was asked for is done."""

    outcome: Outcome[R]


@attrs.frozen
class Form:
    """A form as it was sent, by somebody who had the page with the form in it."""

    data: FormData

    @property
    def key(self) -> str:
        """What makes this form one request, however often it is sent."""
        return self.text("key")

    def text(self, name: str) -> str:
        """What was written in a field; empty where it was left out."""
        return str(self.data.get(name, "")).strip()

    def choice(self, name: str) -> str | None:
        """What was chosen; ``None`` where nothing was."""
        return self.text(name) or None

    def texts(self, name: str) -> tuple[str, ...]:
        """All that was ticked under one name."""
        return tuple(str(one) for one in self.data.getlist(name))


class Page:
    """A request with what its pages need. It is made for each request and asks nothing before it is asked."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.house: Cantine = request.app.state.house
        self.settings: Settings = request.app.state.settings

    # --- who reads it ---

    @cached_property
    def lang(self) -> Lang:
        """The language that was chosen, or the first one that the browser asks for and that there is."""
        if (chosen := self.request.session.get("lang")) in LANGS:
            return LANGS[LANGS.index(chosen)]
        wanted = self.request.headers.get("accept-language", "").lower().split(",")
        named = [one.strip()[:2] for one in wanted]
        return next((lang for code in named for lang in LANGS if lang == code), "fr")

    @cached_property
    def person(self) -> Person | None:
        """Who signed in."""
        id = self.request.session.get("person")
        return self.house.read.get(Person, id) if id else None

    @property
    def member(self) -> Person:
        """Who signed in. Whoever did not is sent to sign in."""
        if self.person is None:
            raise SignInNeeded
        return self.person

    @property
    def actor(self) -> str:
        """Who asks, for the journal."""
        return f"person:{self.member.id}"

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles that whoever signed in has today."""
        if self.person is None:
            return frozenset()
        today = shown.day_of(self.house.now(), self.place.zone)
        return frozenset(role for one in self.house.read.roles(self.person.id, today) for role in one.on(today))

    def need(self, *roles: str) -> None:
        """Send away whoever has none of these roles."""
        if not self.roles.intersection(roles):
            raise SignInNeeded if self.person is None else NotAllowed

    # --- where ---

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places of the network, by name."""
        return tuple(sorted(self.house.read.find(Place, "all"), key=lambda place: place.name))

    @cached_property
    def place(self) -> Place:
        """The place that was asked for, else that of the last page, else the first one."""
        wanted = self.request.query_params.get("place") or self.request.session.get("place")
        found = next((place for place in self.places if place.id == wanted), self.places[0])
        self.request.session["place"] = found.id
        return found

    # --- answers ---

    @property
    def back_here(self) -> str:
        """The address of this page, for a link that comes back to it; of the page with the form where one was sent."""
        url = self.request.url if self.request.method == "GET" else URL(self.request.headers.get("referer", "/"))
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def token(self) -> str:
        """The token that each form of this session carries."""
        session: dict[str, Any] = self.request.session
        return str(session.setdefault("token", secrets.token_urlsafe(24)))

    def say(self, name: str, /, **facts: object) -> str:
        """A text of the application in the language of the reader."""
        return say(self.lang, name, **facts)

    def show(self, template: str, *, refused: Refused | None = None, status: int = 200, **facts: Any) -> Response:
        """A page.

        Args:
            template: the name of its template.
            refused: what was refused, which the page says at its form.
            status: the status of the answer where nothing was refused.
            facts: what the template shows.
        """
        flashes = self.request.session.pop("flashes", [])
        html = (
            environment()
            .get_template(template)
            .render(page=self, lang=self.lang, refused=refused, flashes=flashes, **facts)
        )
        return Response(html, status_code=refused.status if refused else status, media_type="text/html")

    def flash(self, text: str) -> None:
        """Say something on the next page."""
        self.request.session["flashes"] = [*self.request.session.get("flashes", []), text]

    def go(self, url: str, text: str = "") -> Response:
        """Send the browser to another page with GET, so that reloading sends no form again.

        Args:
            url: the page.
            text: what it says at its top.
        """
        if text:
            self.flash(text)
        return RedirectResponse(url, status_code=303)

    def address(self, path: str) -> str:
        """A page as it is reached from outside."""
        return f"{self.settings.address}{path}"

    # --- what is carried out ---

    def carry(self, command: Command[R], form: Form) -> Carried[R] | Refused:
        """Carry out what a form asks for, once, however often it is sent.

        Args:
            command: what is asked for.
            form: the form as it was sent.
        """
        try:
            return Carried(self.house.execute(command, actor=self.actor, idempotency_key=form.key or None))
        except CantineError as error:
            return self.refusal(error)

    def would(self, command: Command[R]) -> Carried[R] | Refused:
        """What carrying a command out would come to."""
        try:
            return Carried(self.house.preview(command, actor=self.actor))
        except CantineError as error:
            return self.refusal(error)

    def refusal(self, error: CantineError) -> Refused:
        """What an error says to the reader."""
        if isinstance(error, RefusedError | InputError | TariffError):
            text = error.text(self.lang, self._names(), zone=self.place.zone)
            return Refused(text, 422 if isinstance(error, InputError) else 409)
        log.exception("a backend failed")
        return Refused(self.say("broken"), 503)

    def _names(self) -> dict[str, str]:
        """The names of what a refusal may be about, by id: rooms and workshops of the place, and products."""
        read, place_id = self.house.read, self.place.id
        found = {one.id: one.title for one in of(read, Workshop, "place", place_id)}
        found |= {one.id: one.name for one in of(read, Space, "place", place_id)}
        found |= {one.id: one.name for one in of(read, Product, "entity", self.place.entity_id)}
        return found | ({self.person.id: self.person.name} if self.person else {})


def page_of(request: Request) -> Page:
    """The page of a request."""
    return Page(request)


async def form_of(request: Request) -> Form:
    """The form of a request. Raises ``OldForm`` where it does not carry the token of the session."""
    data = await request.form()
    token = request.session.get("token", "")
    if not token or not hmac.compare_digest(str(data.get("token", "")).encode(), str(token).encode()):
        raise OldForm
    return Form(data)


Here = Annotated[Page, Depends(page_of)]
Sent = Annotated[Form, Depends(form_of)]


def inside(url: str, otherwise: str = "/") -> str:
    """A path of this application, for what a request says where to go: never another site."""
    plain = url.replace("\\", "/")
    return plain if plain.startswith("/") and not plain.startswith("//") else otherwise


def sign_in_url(request: Request) -> str:
    """Where to sign in, and back to the page that was asked for."""
    back = request.url.path if request.method != "GET" else f"{request.url.path}?{request.url.query}"
    return f"/sign-in?back={quote(back)}"


def names(people: Sequence[Person | None]) -> dict[str, str]:
    """The names of people by their ids."""
    return {person.id: person.name for person in people if person is not None}


def of(read: Reader, cls: type[T], field: str, id: str) -> Iterator[T]:
    """The records of a class whose index field begins with an id, such as the spaces of a place.

    Args:
        read: the reading side of the house.
        cls: the class of the records.
        field: the name of the index field.
        id: the id that its values begin with.
    """
    return read.find(cls, field, f"{id}|", f"{id}}}")
