"""What every page has: who reads it and in which language, forms that are safe to send twice, and refusals."""

from __future__ import annotations

import hmac
import logging
import secrets
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import quote, urlsplit

import attrs
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from cantinekit import Cantine, Outcome
from cantinekit.commands import Command
from cantinekit.errors import CantineError, InputError, NotFoundError, RefusedError, TariffError
from cantinekit.pricing import Quote
from cantinekit.pricing.texts import blocks
from cantinekit.reads import Days, Reader
from cantinekit.records import Person, Place
from tiers_lieu.seed import ENTITY
from tiers_lieu.settings import Settings
from tiers_lieu.sign_ins import SignIns
from tiers_lieu.templating import environment
from tiers_lieu.words import LANGS, Lang, say

R = TypeVar("R")
log = logging.getLogger("tiers_lieu")
Way = Literal["card", "desk", "later"]
"""How something is paid: by card now, at the desk now, or later, on a bill."""


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

    def day(self, name: str, otherwise: date) -> date:
        """The day that was written in a field; another one where it is none."""
        return read_day(self.text(name), otherwise)

    def choice(self, name: str) -> str | None:
        """What was chosen; ``None`` where nothing was."""
        return self.text(name) or None

    def texts(self, name: str) -> tuple[str, ...]:
        """All that was ticked under one name."""
        return tuple(str(one) for one in self.data.getlist(name))


@attrs.frozen
class Paying:
    """How something is paid.

    Attributes:
        account: the gateway account that takes the money now; ``None``: none does.
        on_account: whether it stands, and comes on a bill.
    """

    account: str | None
    on_account: bool


class Page:
    """A request with what its pages need. It is made for each request and asks nothing before it is asked."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.house: Cantine = request.app.state.house
        self.settings: Settings = request.app.state.settings
        self.sign_ins: SignIns = request.app.state.sign_ins
        self.read: Reader = self.house.read.once()

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
    def _signed_in(self) -> tuple[Person, frozenset[str]] | None:
        """Who signed in, with the roles that they have today: one question."""
        session = self.request.session
        id = session.get("person")
        if not id or not self.sign_ins.counts(id, session.get("sign_in", "")):
            return None
        today = self.today
        try:
            roles = frozenset(role for one in self.read.roles(id, today) for role in one.on(today))
        except NotFoundError:
            return None
        return self.read.need(Person, id), roles

    @property
    def person(self) -> Person | None:
        """Who signed in."""
        return self._signed_in[0] if self._signed_in else None

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

    @property
    def roles(self) -> frozenset[str]:
        """The roles that whoever signed in has today."""
        return self._signed_in[1] if self._signed_in else frozenset()

    @property
    def keeps_desk(self) -> bool:
        """Whether whoever signed in is let in at the desk."""
        return bool(self.roles.intersection(STAFF))

    def need(self, *roles: str) -> None:
        """Send away whoever has none of these roles."""
        if not self.roles.intersection(roles):
            raise SignInNeeded if self.person is None else NotAllowed

    # --- for whom ---

    @cached_property
    def guest(self) -> Person | None:
        """The person for whom somebody at the desk acts; ``None``: whoever signed in acts for themselves."""
        id = self.request.session.get("guest")
        return self.read.get(Person, id) if id and self.keeps_desk else None

    @property
    def customer(self) -> Person:
        """Who gets what is asked for. Whoever did not sign in is sent to do so."""
        return self.guest or self.member

    @property
    def customer_id(self) -> str | None:
        """Whose prices are shown; ``None``: nobody signed in."""
        someone = self.guest or self.person
        return someone.id if someone else None

    @cached_property
    def ways(self) -> tuple[Way, ...]:
        """How whoever gets it can pay, the usual way first. Those who are billed can let it come on their bill."""
        if self.guest is not None:
            return ("desk", "later")
        try:
            self.read.billing_terms(ENTITY, self.member.id)
        except NotFoundError:
            return ("card",)
        return ("card", "later")

    def paying(self, form: Form) -> Paying:
        """How a form says that it is paid."""
        way = next((one for one in self.ways if one == form.text("way")), self.ways[0])
        return Paying(None if way == "later" else way, way == "later")

    # --- where and when ---

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places of the network, by name."""
        return self.read.places()

    @cached_property
    def place(self) -> Place:
        """The place that was asked for, else that of the last page, else the first one."""
        wanted = self.request.query_params.get("place") or self.request.session.get("place")
        found = next((place for place in self.places if place.id == wanted), self.places[0])
        self.request.session["place"] = found.id
        return found

    @cached_property
    def today(self) -> date:
        """The present day at the place."""
        return self.read.today(self.place.id)

    def days(self, by: Literal["day", "week", "month"], name: str, place_id: str = "") -> Days:
        """The day, the week or the month of an address at a place, the present one where it says none.

        Args:
            by: "day", "week" or "month".
            name: it, as it stands in the address.
            place_id: the place; empty: that of the page.
        """
        place_id = place_id or self.place.id
        try:
            return self.read.days(place_id, by, named=name or None)
        except InputError:
            return self.read.days(place_id, by)

    # --- answers ---

    @property
    def back_here(self) -> str:
        """The address of this page, for a link that comes back to it; of the page with the form where one was sent."""
        asked = self.request.method == "GET"
        try:
            url = urlsplit(str(self.request.url) if asked else self.request.headers.get("referer", "/"))
        except ValueError:
            return "/"
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def token(self) -> str:
        """The token that each form of this session carries."""
        session: dict[str, Any] = self.request.session
        return str(session.setdefault("token", secrets.token_urlsafe(24)))

    def say(self, name: str, /, **facts: object) -> str:
        """A text of the application in the language of the reader."""
        return say(self.lang, name, **facts)

    def reasons(self, quote: Quote) -> list[str]:
        """Why something costs what it costs, step by step, in the words of the library."""
        return [sentence for block in blocks(quote, self.lang) for sentence, *_ in block.steps]

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

    def broken(self, status: int) -> Response:
        """A page that says that something failed. It asks the house nothing, which may be what failed.

        Args:
            status: the status of the answer.
        """
        html = environment().get_template("broken.html").render(lang=self.lang)
        return Response(html, status_code=status, media_type="text/html")

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
            done = self.house.execute(command, actor=self.actor, idempotency_key=form.key or None)
        except CantineError as error:
            self.read = self.house.read.once()
            return self.refusal(error)
        self.read = self.house.read.once()
        return Carried(done)

    def would(self, command: Command[R]) -> Carried[R] | Refused:
        """What carrying a command out would come to."""
        try:
            return Carried(self.house.preview(command, actor=self.actor))
        except CantineError as error:
            return self.refusal(error)

    def refusal(self, error: CantineError) -> Refused:
        """What an error says to the reader."""
        if isinstance(error, RefusedError | InputError | TariffError):
            text = self.house.text(error, self.lang, place_id=self.place.id, people=self.keeps_desk)
            return Refused(text, 422 if isinstance(error, InputError) else 409)
        log.error("a backend failed", exc_info=error)
        return Refused(self.say("broken"), 503)


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


STAFF = ("volunteer", "board")
"""The roles of those who keep the desk."""
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


def attachment(name: str) -> dict[str, str]:
    """The heads of an answer that a browser keeps as a file."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def read_day(text: str, otherwise: date) -> date:
    """A day as a form or an address writes it; another one where the text is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise
