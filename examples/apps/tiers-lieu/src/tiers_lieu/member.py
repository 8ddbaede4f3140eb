"""The member's area: what somebody holds, has booked and owes; giving it up, with what that costs said before."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import attrs
from fastapi import APIRouter, Response
from markupsafe import Markup

from cantinekit import Period
from cantinekit.clock import local
from cantinekit.commands import (
    CancelBooking,
    CancelPass,
    CancelRegistration,
    Command,
    GiveNotice,
    SellPass,
    WithdrawNotice,
)
from cantinekit.errors import NotFoundError, RefusedError
from cantinekit.reads import HeldPass, HeldPeriod, Offer
from cantinekit.records import (
    Booking,
    Charge,
    Document,
    Pass,
    Place,
    Registration,
    Session,
)
from tiers_lieu.pay import BACK, go_on
from tiers_lieu.pdf import can_print, pdf_of
from tiers_lieu.web import Carried, Here, NotAllowed, Page, Refused, Sent, attachment

router = APIRouter()
What = Literal["booking", "registration", "pass"]
Part = Literal["passes", "owed", "bookings", "seats", "documents"]


@attrs.frozen
class Good:
    """A pass in the shop.

    Attributes:
        offer: what is for sale, with its price.
        why: why it cannot be had; empty: it can.
        then: the period after the first one, which may cost more than a first one that is shorter; ``None``: there is
            none.
    """

    offer: Offer
    why: str = ""
    then: HeldPeriod | None = None


@attrs.frozen
class Mine:
    """A booking, a seat or a pass on the page to give it up.

    Attributes:
        what: which of them.
        name: what it is called: its room, the title of the session, or the product.
        place: where it is.
        period: when it is; ``None``: it is a pass.
    """

    what: What
    name: str
    place: Place
    period: Period | None


@router.get("/me")
def area(page: Here, only: Part | None = None, after: str = "") -> Response:
    """All that is somebody's, or more of one list."""
    return _area(page, only, after or None)


def _area(
    page: Page, only: Part | None = None, after: str | None = None, *, refused: Refused | None = None
) -> Response:
    read, me = page.read, page.customer
    return page.show(
        "me.html",
        refused=refused,
        only=only,
        mine=(mine := read.holdings(me.id, only=only, after=after, lang=page.lang)),
        held=[one for one in mine.passes.items if _is_shown(one)],
        allowances=() if only else read.allowances(me.id, page.place.id),
        shop=[] if only else _shop(page),
        links=_links(page),
        address=page.request.session.pop("calendar", ""),
        can_print=can_print(),
        by_id={place.id: place for place in page.places},
    )


def _is_shown(one: HeldPass) -> bool:
    """Whether a pass is something to look at: a stay that was paid at the desk is none once it was used."""
    return bool(one.sold.sells) or any(unit.left or unit.later for unit in one.units)


def _links(page: Page) -> list[tuple[str, date]]:
    """The secret addresses of whoever signed in. The desk sees those of nobody."""
    if page.guest is not None:
        return []
    return [(one.id, local(one.made_at, page.place.zone).date()) for one in page.read.feed_links(page.member.id)]


def _shop(page: Page) -> list[Good]:
    return [_good(page, one) for one in page.read.prices(page.place.id, person_id=page.customer.id)]


def _good(page: Page, offer: Offer) -> Good:
    if offer.refused is not None:
        return Good(offer, page.refusal(offer.refused).text)
    command = SellPass(product_id=offer.product.id, place_id=page.place.id, holder_id=page.customer.id)
    try:
        periods = page.house.preview_timeline(command, known=page.read.known()).periods
    except RefusedError as error:
        return Good(offer, page.refusal(error).text)
    return Good(offer, then=next((one for one in periods if one.number == 1), None))


@router.post("/me/buy")
def buy(page: Here, form: Sent) -> Response:
    """Buy a pass by card."""
    paying = page.paying(form)
    command = SellPass(
        product_id=form.text("product"),
        place_id=page.place.id,
        holder_id=page.customer.id,
        account=paying.account,
        on_account=paying.on_account,
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
    """A booking, a seat or a pass of whoever signed in."""
    read = page.read
    thing: Booking | Registration | Pass
    period: Period | None = None
    if what == "pass":
        thing = _own_pass(page, id)
    else:
        thing = read.need(Booking, id) if what == "booking" else read.need(Registration, id)
        if thing.person_id != page.customer.id:
            raise NotAllowed
        period = thing.period if isinstance(thing, Booking) else read.need(Session, thing.session_id).period
    return Mine(what, read.names([id], lang=page.lang)[id], read.need(Place, thing.place_id), period)


def _cancelling(what: What, id: str) -> Command[Any]:
    return {"booking": CancelBooking, "registration": CancelRegistration, "pass": CancelPass}[what](id)


@router.post("/me/cancel/{what}/{id}")
def cancel(page: Here, form: Sent, what: What, id: str) -> Response:
    """Give something up."""
    _own(page, what, id)
    done = page.carry(_cancelling(what, id), form)
    if isinstance(done, Refused):
        return _would_cancel(page, what, id, refused=done)
    return page.go("/me", page.say("given back now" if what == "pass" else "cancelled now"))


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
    found = page.read.need(Pass, pass_id)
    if found.holder_id != page.customer.id:
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


@router.get("/me/documents/{document_id}.pdf")
def paper(page: Here, document_id: str) -> Response:
    """A document as PDF."""
    found, html = _printed(page, document_id)
    if not can_print():
        raise NotFoundError("document", found.id)
    pdf = pdf_of(html, found.printed, page.lang)
    return Response(pdf, media_type="application/pdf", headers=attachment(f"{found.printed}.pdf"))


@router.get("/me/documents/{document_id}")
def document(page: Here, document_id: str) -> Response:
    """A document as it is printed."""
    found, html = _printed(page, document_id)
    return page.show("document.html", html=Markup(html), document=found, can_print=can_print())


def _printed(page: Page, document_id: str) -> tuple[Document, str]:
    """A document of whoever signed in, or of anybody for the board, with its HTML."""
    read = page.read
    found = read.document(document_id.replace("~", "|"))
    payer = read.need(Charge, found.charge_id).payer_id if found.charge_id else found.payer_id
    if page.customer.id not in (payer, found.payer_id):
        page.need("board")
    return found, read.print_document_html(found.id, page.lang)
