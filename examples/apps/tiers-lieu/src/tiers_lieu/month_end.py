"""What the treasurer does when a month is over: bill, collect, see the takings, take the entries to the accountant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fastapi import APIRouter, Response

from cantinekit.commands import CloseBill, PayOwed
from cantinekit.errors import CantineError
from cantinekit.money import Money
from cantinekit.pictures import Picture, takings_picture
from cantinekit.reads import Days, MonthEnd
from tiers_lieu.seed import ENTITY
from tiers_lieu.web import Here, Page, Refused, Sent, attachment

router = APIRouter(prefix="/admin/month-end")


@router.get("")
def month_end(page: Here, month: str = "") -> Response:
    """A month: what is to bill, to collect and late, and the takings of each day."""
    return _month_end(page, month)


def _looked_at(page: Page, month: str) -> tuple[Days, MonthEnd]:
    page.need("board")
    days = page.days("month", month)
    return days, page.read.month_end(ENTITY, days.first, days.last)


def _picture(page: Page, days: Days, end: MonthEnd) -> Picture:
    return takings_picture([(place.name, takings) for place, takings in end.takings], days.first, page.lang)


def _month_end(page: Page, month: str, *, refused: Refused | None = None) -> Response:
    days, end = _looked_at(page, month)
    payers = [*(one.payer_id for one in end.bills), *(one.payer_id for one in end.owing if one.payer_id)]
    return page.show(
        "month_end.html",
        refused=refused,
        days=days,
        end=end,
        names=page.read.names(payers, lang=page.lang),
        picture=_picture(page, days, end),
        documents=list(reversed(page.read.documents(ENTITY, "invoices"))),
    )


@router.get("/takings.svg")
def takings(page: Here, month: str = "") -> Response:
    """The takings of each day as a picture."""
    return Response(_picture(page, *_looked_at(page, month)).svg(), media_type="image/svg+xml")


@router.get("/{what}")
def entries(page: Here, what: Literal["fec", "csv"], month: str = "") -> Response:
    """The entries of the month for the accountant: as FEC, or as CSV."""
    page.need("board")
    days = page.days("month", month)
    lines: Iterable[str]
    try:
        if what == "fec":
            fec = page.read.fec(ENTITY, days.first, days.last)
            name, lines = fec.name, fec.lines
        else:
            name, lines = f"{ENTITY}-{days.name}.csv", page.read.accounting_csv(ENTITY, days.first, days.last)
        text = "".join(lines)
    except CantineError as error:
        return _month_end(page, month, refused=page.refusal(error))
    return Response(text, media_type="text/csv" if what == "csv" else "text/plain", headers=attachment(name))


@router.post("")
def bill(page: Here, form: Sent, month: str = "") -> Response:
    """Close the bill of a payer."""
    page.need("board")
    command = CloseBill(entity_id=ENTITY, payer_id=form.text("payer"), until=form.day("until", page.today))
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _month_end(page, month, refused=done)
    return page.go(f"/admin/month-end?month={month}", page.say("billed now", number=done.outcome.value.printed))


@router.post("/paid")
def paid(page: Here, form: Sent, month: str = "") -> Response:
    """A payer paid by transfer, for whatever they owe."""
    page.need("board")
    try:
        amount = Money.parse(form.text("amount"), page.place.currency)
        command = PayOwed(payer_id=form.text("payer"), place_id=page.place.id, amount=amount, account="desk")
    except CantineError as error:
        return _month_end(page, month, refused=page.refusal(error))
    done = page.carry(command, form)
    if isinstance(done, Refused):
        return _month_end(page, month, refused=done)
    return page.go(f"/admin/month-end?month={month}", page.say("payment recorded"))
