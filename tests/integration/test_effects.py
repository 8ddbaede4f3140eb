"""What a command carries out before it returns: payments, but no message, unless the house says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import Cantine
from cantinekit.runtime.engine import Effects
from cantinekit.urls import Secret
from support.houses.small_house import House, installed, open_house, period
from support.servers.mail_server import MailServer

HANGS = ("hang before",) * 3


def seen_by(server: MailServer, effects: Effects) -> House:
    """A house whose messages go to this server."""
    mail = installed().notifier(server.url(timeout="1", deadline="1"))
    return open_house(notify=[mail], effects=effects)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer(script=HANGS) as running:
        yield running


def booked(house: House) -> m.Booking:
    book = c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card")
    return house.do(book).value


def waiting(house: House) -> list[str]:
    return [task.work for task in house.all(m.Task) if task.state == "waiting" and task.due <= house.clock.now()]


def test_a_mail_server_that_hangs_costs_a_request_nothing(server: MailServer) -> None:
    """The card is charged in the command, and the server not even called; ``run_due`` calls it, and tries again."""
    house = seen_by(server, "payments")
    assert booked(house).state == "confirmed"
    assert ([charge.status for charge in house.card.charges], server.begun) == (["settled"], 0)
    assert waiting(house) == ["message"]
    report = house.cantine.run_due()
    assert (report.retried, server.begun) == (1, 1)
    server.script.clear()
    house.wait(minutes=1)
    assert house.cantine.run_due().done == 1
    assert len(server.taken) == 1


def test_the_control_waits_for_it(server: MailServer) -> None:
    """The control: with ``effects="all"`` the command itself calls the server that hangs, and gives the message up."""
    house = seen_by(server, "all")
    assert booked(house).state == "confirmed"
    assert (server.begun, server.taken) == (1, [])
    assert [task.problem for task in house.all(m.Task) if task.work == "message"] == ["NotifierError"]


def test_nothing_is_carried_out_by_the_command() -> None:
    """With ``effects="none"`` neither money moves nor a message goes out before ``run_due``."""
    house = open_house(effects="none")
    assert booked(house).state == "held"
    assert (house.card.charges, house.mail.received) == ((), ())
    assert waiting(house) == ["charge"]
    house.cantine.run_due()
    assert (len(house.card.charges), len(house.mail.received)) == (1, 1)


def test_payments_and_no_messages_are_the_default() -> None:
    """A house that says nothing pays and gives back in the command, and tells nobody before ``run_due``."""
    house = open_house()
    cantine = Cantine(house.storage, gateways=house.cantine._gateways, notifiers=[house.mail], clock=house.clock)
    made = cantine.execute(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="card"), actor="web"
    )
    cantine.execute(c.CancelBooking(made.value.id), actor="web")
    assert [one.status for one in house.card.refunds] == ["settled"]
    assert (house.mail.received, set(waiting(house))) == ((), {"message"})
    cantine.run_due()
    assert {message.template for message in house.mail.messages} >= {"booking confirmed", "refund settled"}


def test_a_webhook_is_answered_before_anybody_is_told() -> None:
    """What a webhook comes to is recorded in the request of the gateway; the message about it waits as any other."""
    house = open_house(outcomes=("pending",), effects="payments")
    house.card._secrets = (Secret("whsec"),)
    booking = booked(house)
    seen = house.card.settle(house.card.charges[0].key)
    house.cantine.receive("card", *house.card.webhook(seen, now=house.clock.now()))
    assert (house.get(m.Booking, booking.id).state, house.mail.received) == ("confirmed", ())
    assert waiting(house) == ["message"]


@pytest.mark.parametrize("effects", ["payments", "all"])
def test_second_steps_are_no_messages(effects: Effects) -> None:
    """Who is forgotten is forgotten when the command returns, whoever is told later."""
    house = open_house(effects=effects)
    done = house.cantine.forget("zoe", actor="desk:ana", gives_up=True)
    assert done.value is not None
    assert house.get(m.Person, "zoe").state == "forgotten"
