"""A crash before and after each I/O step of a booking that is made longer, whose difference is declined, paid and given
back when it is made shorter again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.payments import FakeGateway
from cantinekit.clock import Period
from cantinekit.reads import Reader
from support.crashes.crash_walk import ACTOR, Crashes, Cut, Walk, cuts
from support.races.house_races import hour, house_broken, set_up
from support.run import soak
from support.stores.quick_folder import quick_folder

pytestmark = pytest.mark.timeout(3600 if soak.SOAK else 900)
SHORT, LONG = hour(0), hour(0, 3)


class MoveWalk(Walk):
    """A client who moves a booking that is paid at the desk: longer, by card, and shorter again."""

    @classmethod
    def prepare(cls, folder: Path) -> None:
        walk = cls(folder)
        set_up(walk.cantine, people=2, accounts=("desk", "card"))
        asked = c.Book(space_id="small", product_id="room", period=SHORT, person_id="p0", account="desk", id="bkg")
        walk.cantine.execute(asked, actor="setup")
        walk.storage.close()
        (folder / "messages").unlink()

    def client(self) -> None:
        longer = self.move(LONG, "longer")
        self.run_due()
        self.cantine.execute(c.Pay(longer.value.charges[-1], account="card"), actor=ACTOR, idempotency_key="pay")
        self.run_due()
        self.move(SHORT, "shorter")
        self.run_due()

    def move(self, period: Period, key: str):
        return self.cantine.execute(
            c.MoveBooking("bkg", period=period, account="card"), actor=ACTOR, idempotency_key=key
        )

    def broken(self) -> list[str]:
        """What is wrong whatever became of the moves."""
        reader = Reader(self.storage, self.clock.now)
        wrong, booking = house_broken(self.storage, self.clock.now()), reader.need(m.Booking, "bkg")
        charges = [reader.need(m.Charge, id) for id in booking.charges]
        captured = sum(charge.captured for charge in self.card.charges)
        refunded = sum(charge.refunded for charge in self.card.charges)
        if booking.state != "confirmed" or booking.period not in (SHORT, LONG):
            wrong.append(f"the booking is {booking.state}, {booking.period}")
        if len(charges) > 2:
            wrong.append(f"{len(charges)} charges for one difference")
        hours = (booking.period.end - booking.period.start) // timedelta(hours=1)
        if sum(charge.billed.amount for charge in charges) != 1500 * hours:
            wrong.append(f"{[charge.billed for charge in charges]} for {hours} hours")
        for charge in charges[1:]:
            if (charge.paid.amount, charge.refunded.amount) != (captured, refunded):
                told = f"{charge.paid} paid and {charge.refunded} refunded"
                wrong.append(f"{told}, the gateway has {captured} and {refunded}")
        return wrong

    def incomplete(self) -> list[str]:
        reader = Reader(self.storage, self.clock.now)
        booking = reader.need(m.Booking, "bkg")
        found = {
            "the period": (booking.period, SHORT),
            "charges at the gateway": ([one.status for one in self.card.charges], ["declined", "settled"]),
            "refunds at the gateway": ([one.amount for one in self.card.refunds], [3000]),
            "the messages": ("booking moved" in self.notifier.templates, True),
        }
        return [f"{what}: {is_} instead of {wanted}" for what, (is_, wanted) in found.items() if is_ != wanted]


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    with quick_folder() as folder:
        MoveWalk.prepare(folder)
        yield folder


@pytest.mark.parametrize(
    ("effects", "comes_back"),
    [pytest.param("all", False, id="at once, client stays away"), pytest.param("none", True, id="by a worker")],
)
def test_every_crash_ends_consistent(prepared, effects, comes_back):
    """Cut at any step, restarted and run on: the booking is at one of both times, with its claims and its price."""
    with quick_folder() as home:
        crashes = Crashes(prepared, home, MoveWalk, effects=effects)
        names = crashes.steps()
        wrong = crashes.wrong(names, cuts(names), comes_back=comes_back)
    assert {"load", "apply", "charge", "refund", "send"} <= set(names)
    assert wrong == []


class ForgetsKeys(FakeGateway):
    """Takes again for a key that it has seen, and knows of nothing."""

    def charge(self, request):
        seen = sum(one.key.startswith(request.key) for one in self.charges)
        return super().charge(attrs.evolve(request, key=f"{request.key}/{seen}"))

    def lookup(self, key):
        return None


class ForgetfulWalk(MoveWalk):
    gateway_type = ForgetsKeys


def test_a_gateway_that_forgets_keys_is_found_out(prepared):
    """The control: a gateway that takes twice for one key took more than the charges say, after some of the cuts."""
    with quick_folder() as home:
        names = Crashes(prepared, home, MoveWalk).steps()
        at = next(number for number, name in enumerate(names) if name == "charge" and "charge" in names[:number])
        crashes = Crashes(prepared, home / "forgetful", ForgetfulWalk)
        folder, cut = crashes.folder("cut"), Cut(at, "after")
        assert crashes.begin(folder, cut)
        wrong = crashes.recover(folder, comes_back=True)
    assert any("the gateway has" in problem for problem in wrong), wrong
