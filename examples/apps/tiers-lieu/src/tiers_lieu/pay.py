"""What is owed and becomes of it: the page to which a gateway sends people back, paying again, and webhooks."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from cantinekit.commands import Pay
from cantinekit.errors import AccountError, GatewayError
from cantinekit.records import Attempt, Charge
from tiers_lieu.web import Here, NotAllowed, Page, Refused, Sent

router = APIRouter()


@router.get("/pay/{charge_id}")
def charge(page: Here, charge_id: str) -> Response:
    """What became of a payment."""
    return _charge(page, charge_id)


def _charge(page: Page, charge_id: str, *, refused: Refused | None = None) -> Response:
    found = _own(page, charge_id)
    attempts = [one for one in page.house.read.many(Attempt, found.attempt_ids) if one is not None]
    return page.show("pay.html", refused=refused, charge=found, last=attempts[-1] if attempts else None)


def _own(page: Page, charge_id: str) -> Charge:
    """A charge that whoever signed in has to pay, or the desk takes."""
    found = page.house.read.need(Charge, charge_id)
    if found.payer_id != page.member.id and not page.roles:
        raise NotAllowed
    return found


@router.post("/pay/{charge_id}")
def pay(page: Here, form: Sent, charge_id: str) -> Response:
    """Pay what is owed, by card."""
    _own(page, charge_id)
    done = page.carry(Pay(charge_id, account="card", return_url=page.address(f"/pay/{charge_id}")), form)
    if isinstance(done, Refused):
        return _charge(page, charge_id, refused=done)
    return page.go(done.outcome.next_url or f"/pay/{charge_id}")


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
