"""A house whose card is ``helloasso://`` on a fake of its API, and payers who go where the house sends them."""

from __future__ import annotations

import json

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.helloasso import open_helloasso
from cantinekit.urls import BackendUrl
from support.houses.edges import Between, charge_of
from support.houses.small_house import journal, open_house

BACK = "https://cantine.invalid/paid"
PRICE = 8000


def house_on(server, clock, timeout=5):
    """The house, whose clock the others follow."""
    card = open_helloasso(BackendUrl.parse(f"{server.url}&timeout={timeout}"), clock)
    clock.house = open_house(Between(), card=card)
    return clock.house


def ask(house):
    """A pass for which the house asks the payer to pay; its charge."""
    charge = charge_of(house, house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe")).value)
    house.do(c.Pay(charge.id, account="card", return_url=BACK))
    return house.get(m.Charge, charge.id)


def attempt_of(house, charge):
    return house.get(m.Attempt, house.get(m.Charge, charge.id).attempt_ids[-1])


def deliver(house, server, since=0, **how):
    """Hand the notifications over; what the house made of each."""
    return [one for hook in server.notifications(since=since, **how) for one in house.cantine.receive("card", *hook)]


def told(house, attempt):
    """The addresses that anybody can have been told of an attempt: those that were recorded, in order."""
    found = []
    for entry in journal(house.storage):
        body = json.loads(entry.body)
        if body.get("attempt_id") == attempt.id and body.get("next_url") not in (None, *found):
            found.append(body["next_url"])
    return found


def page(server, address):
    """The id of the page at an address."""
    (id,) = [one["id"] for one in server.book.intents.values() if one["redirectUrl"] == address]
    return id


def taken(server, attempt):
    """What HelloAsso took for an attempt, over all pages with its key."""
    ours = {
        one["order"] for one in server.book.intents.values() if one["asked"]["metadata"]["cantinekit_key"] == attempt.id
    }
    return sum(one["amount"] for one in server.book.payments.values() if one["of"] in ours)
