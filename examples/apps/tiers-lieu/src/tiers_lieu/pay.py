"""What is owed and becomes of it: the page to which a gateway sends people back, paying again, and webhooks."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from cantinekit import Outcome
from cantinekit.commands import Pay
from cantinekit.errors import AccountError, GatewayError
from cantinekit.records import Charge
from tiers_lieu.web import Here, Page, Refused, Sent

router = APIRouter()
BACK = "/pay/{charge_id}"
"""Where a gateway sends people back: the library writes the id of the charge into it."""


def go_on(page: Page, outcome: Outcome[Any], url: str, said: str = "") -> Response:
    """Where somebody goes who bought something: to the gateway, to the page of the charge, or on.

    Args:
        page: the page of the request.
        outcome: what the command came to.
        url: where they go who have to pay nothing now.
        said: what that page says.
    """
    pays = outcome.pays
    if pays.next_url is not None:
        return page.go(pays.next_url)
    if pays.charge is not None and pays.state in ("unpaid", "pending"):
        return page.go(f"/pay/{pays.charge.id}")
    return page.go(url, said)


@router.get("/pay/{charge_id}")
def charge(page: Here, charge_id: str) -> Response:
    """What became of a payment. The gateway is asked: somebody is often here before its webhook is."""
    return _charge(page, charge_id)


def _charge(page: Page, charge_id: str, *, refused: Refused | None = None) -> Response:
    _own(page, charge_id)
    return page.show("pay.html", refused=refused, payment=page.house.check_payment(charge_id))


def _own(page: Page, charge_id: str) -> None:
    """Let only whoever has to pay a charge go on, and the desk."""
    if page.read.need(Charge, charge_id).payer_id != page.member.id:
        page.need("volunteer", "board")


@router.post("/pay/{charge_id}")
def pay(page: Here, form: Sent, charge_id: str) -> Response:
    """Pay what is owed, by card."""
    _own(page, charge_id)
    account = "card" if page.guest is None else "desk"
    done = page.carry(Pay(charge_id, account=account, return_url=page.address(BACK)), form)
    if isinstance(done, Refused):
        return _charge(page, charge_id, refused=done)
    return go_on(page, done.outcome, f"/pay/{charge_id}")


@router.post("/webhooks/{account}")
async def webhook(request: Request, account: str) -> Response:
    """Take what a gateway tells, as it came. It carries no token of a session: the gateway signs it."""
    house = request.app.state.house
    body = await request.body()
    try:
        await run_in_threadpool(house.receive, account, body, dict(request.headers))
    except AccountError:
        return Response(status_code=404)
    except GatewayError:
        return Response(status_code=400)
    return Response(status_code=200)
