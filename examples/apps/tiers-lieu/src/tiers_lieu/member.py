"""The member's area: what somebody holds, has booked and owes; giving it up, with what that costs said before."""

from __future__ import annotations

from typing import Any, Literal

import attrs
from fastapi import APIRouter, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from cantinekit import Money
from cantinekit.commands import (
    CancelBooking,
    CancelRegistration,
    Command,
    GiveNotice,
    SellPass,
    WithdrawNotice,
)
from cantinekit.reads.passes import Balance
from cantinekit.records import (
    Booking,
    Charge,
    Document,
    Pass,
    Place,
    Product,
    Registration,
    Session,
    Space,
    Workshop,
    titled,
)
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.seed import ENTITY
from tiers_lieu.web import Carried, Here, NotAllowed, Page, Refused, Sent, of

router = APIRouter()
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
"""Makes HTML of a document; what stands in a document as HTML stays text."""
What = Literal["booking", "registration"]


@attrs.frozen
class Held:
    """A pass as the member's area shows it.

    Attributes:
        held: the pass.
        name: the name of its product.
        timeline: what it is and comes to; of one without periods too.
        units: what is left of the units that it gave, each as the account and how many.
    """

    held: Pass
    name: str
    timeline: Any
    units: tuple[tuple[str, object], ...]


@attrs.frozen
class Offer:
    """A pass that can be bought, with its price for whoever signed in.

    Attributes:
        product: the product.
        price: what it costs now; ``None``: it cannot be bought.
        why: why it cannot.
    """

    product: Product
    price: Money | None
    why: str


@attrs.frozen
class Mine:
    """A booking or a seat as the member's area shows it.

    Attributes:
        what: which of the two.
        thing: the record.
        name: what it is called: its room, or the title of the session.
        place: where it is.
        period: when it is.
    """

    what: What
    thing: Booking | Registration
    name: str
    place: Place
    period: Any

    @property
    def ended(self) -> bool:
        """Whether nothing can be given up any more."""
        return self.thing.state not in ("held", "confirmed", "waiting", "requested")


@router.get("/me")
def area(page: Here) -> Response:
    """All that is somebody's."""
    return _area(page)


def _area(page: Page, *, refused: Refused | None = None) -> Response:
    read, me = page.house.read, page.member
    return page.show(
        "me.html",
        refused=refused,
        held=_held(page),
        bookings=[_booking(page, one) for one in reversed(read.bookings(me.id))],
        seats=[_seat(page, one) for one in reversed(tuple(of(read, Registration, "person", me.id)))],
        owed=[one for one in read.statement(me.id) if one.state == "due"],
        documents=_documents(page),
        shop=_shop(page),
        now=page.house.now(),
    )


def _held(page: Page) -> list[Held]:
    passes = [one for one in of(page.house.read, Pass, "holder", page.member.id) if one.state == "active" and one.sells]
    names = {one.id: one.name for one in _products(page)}
    timeline = page.house.read.timeline
    left = [(unit.pass_id, one.account, unit) for one in _balance(page) for unit in one.entitlements]
    return [
        Held(
            one,
            names.get(one.product_id, one.product_id),
            timeline(one.id),
            tuple((account, unit.in_unit(unit.left)) for pass_id, account, unit in left if pass_id == one.id),
        )
        for one in passes
    ]


def _balance(page: Page) -> tuple[Balance, ...]:
    return page.house.read.balance(page.member.id)


def _products(page: Page) -> list[Product]:
    return list(of(page.house.read, Product, "entity", ENTITY))


def _shop(page: Page) -> list[Offer]:
    return [_offer(page, one) for one in _products(page) if one.sells == "pass" and one.retired is None]


def _offer(page: Page, product: Product) -> Offer:
    told = page.would(SellPass(product_id=product.id, place_id=page.place.id, holder_id=page.member.id))
    if isinstance(told, Refused):
        return Offer(product, None, told.text)
    return Offer(product, told.outcome.quote.price.gross if told.outcome.quote else None, "")


def _booking(page: Page, one: Booking) -> Mine:
    read = page.house.read
    return Mine("booking", one, read.need(Space, one.space_id).name, read.need(Place, one.place_id), one.period)


def _seat(page: Page, one: Registration) -> Mine:
    read = page.house.read
    session = read.need(Session, one.session_id)
    name = titled(read.need(Workshop, session.workshop_id).title, session, page.lang)
    return Mine("registration", one, name, read.need(Place, one.place_id), session.period)


def _documents(page: Page) -> list[Document]:
    read = page.house.read
    charges = read.statement(page.member.id)
    found = {one.id: one for charge in charges for one in read.documents_of(charge.id)}
    return list(reversed(found.values()))


@router.post("/me/buy")
def buy(page: Here, form: Sent) -> Response:
    """Buy a pass by card."""
    command = SellPass(
        product_id=form.text("product"),
        place_id=page.place.id,
        holder_id=page.member.id,
        account="card",
        return_url=page.address(BACK),
    )
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _area(page, refused=done)
    return go_on(page, done.outcome, "/me", page.say("bought now"))


@router.get("/me/cancel/{what}/{id}")
def would_cancel(page: Here, what: What, id: str) -> Response:
    """What giving something up would come to."""
    return _would_cancel(page, what, id)


def _would_cancel(page: Page, what: What, id: str, *, refused: Refused | None = None) -> Response:
    mine = _own(page, what, id)
    told = page.would(_cancelling(what, id))
    if isinstance(told, Refused):
        return page.show("cancel.html", refused=refused or told, mine=mine, outcome=None)
    return page.show("cancel.html", refused=refused, mine=mine, outcome=told.outcome)


def _own(page: Page, what: What, id: str) -> Mine:
    """A booking or a seat of whoever signed in."""
    read = page.house.read
    thing: Booking | Registration = read.need(Booking, id) if what == "booking" else read.need(Registration, id)
    if thing.person_id != page.member.id:
        raise NotAllowed
    return _booking(page, thing) if isinstance(thing, Booking) else _seat(page, thing)


def _cancelling(what: What, id: str) -> Command[Any]:
    return CancelBooking(id) if what == "booking" else CancelRegistration(id)


@router.post("/me/cancel/{what}/{id}")
def cancel(page: Here, form: Sent, what: What, id: str) -> Response:
    """Give something up."""
    _own(page, what, id)
    done = page.carry(_cancelling(what, id), form)
    if isinstance(done, Refused):
        return _would_cancel(page, what, id, refused=done)
    return page.go("/me", page.say("cancelled now"))


@router.get("/me/notice/{pass_id}")
def would_end(page: Here, pass_id: str) -> Response:
    """When a subscription would end, and what is to pay until then."""
    return _would_end(page, pass_id)


def _would_end(page: Page, pass_id: str, *, refused: Refused | None = None) -> Response:
    _own_pass(page, pass_id)
    told = page.would(GiveNotice(pass_id))
    outcome = told.outcome if isinstance(told, Carried) else None
    return page.show("notice.html", refused=refused or _refusal(told), outcome=outcome, pass_id=pass_id)


def _refusal(told: object) -> Refused | None:
    return told if isinstance(told, Refused) else None


def _own_pass(page: Page, pass_id: str) -> Pass:
    found = page.house.read.need(Pass, pass_id)
    if found.holder_id != page.member.id:
        raise NotAllowed
    return found


@router.post("/me/notice/{pass_id}")
def give_notice(page: Here, form: Sent, pass_id: str) -> Response:
    """Give notice of a subscription, or take it back."""
    _own_pass(page, pass_id)
    back = form.text("back") == "1"
    done = page.carry(WithdrawNotice(pass_id) if back else GiveNotice(pass_id), form)
    if isinstance(done, Refused):
        return _would_end(page, pass_id, refused=done)
    return page.go("/me", "" if back else page.say("notice given"))


@router.get("/me/documents/{document_id}")
def document(page: Here, document_id: str) -> Response:
    """A document as it is printed."""
    read = page.house.read
    found = read.document(document_id.replace("~", "|"))
    payer = read.need(Charge, found.charge_id).payer_id if found.charge_id else found.payer_id
    if page.member.id not in (payer, found.payer_id) and not page.roles:
        raise NotAllowed
    html = MARKDOWN.render(read.print_document(found.id, page.lang))
    return page.show("document.html", html=Markup(html), document=found)
