"""A house that bills: an organisation with terms of payment, and people who buy on its account."""

from __future__ import annotations

from typing import Any

import attrs

from cantinekit import commands as c
from cantinekit import records as m
from support.houses.issuing_house import ADDRESS, described, issuing
from support.houses.small_house import TODAY, House, period

WORKS = c.AddOrganisation(name="Canary-Works", address=ADDRESS, country="FR", lang="en", id="works")
TERMS = c.AgreeBillingTerms(entity_id="asso", payer_id="works", series="invoices", billing_day=1, days_until_due=15)
CLOSE = c.CloseBill(entity_id="asso", payer_id="works")


def billing(**options: Any) -> House:
    """A house that issues documents and bills the organisation ``works``, for which three people may buy."""
    return agreed(issuing(**options))


def on_terms(house: House) -> House:
    """A house without series that issues documents from now on, and bills the organisation."""
    return agreed(described(house))


def agreed(house: House) -> House:
    """A house that issues documents, with terms of payment of the organisation ``works``."""
    house.do(WORKS)
    for person in ("zoe", "bob", "eve"):
        house.do(c.Affiliate(organisation_id="works", person_id=person, role="admin", first_day=TODAY))
    house.do(TERMS)
    return house


def booking(house: House, hours: int = 1, product: str = "t-room", **more: Any) -> c.Book:
    """A booking on the account of the organisation, each of a later day than the one before."""
    begins = 24 * (1 + len(house.all(m.Booking)))
    asked = c.Book(
        space_id="n",
        product_id=product,
        period=period(begins, begins + hours, house.clock.now().date()),
        person_id="zoe",
        payer_id="works",
        on_account=True,
    )
    return attrs.evolve(asked, **more)


def booked(house: House, hours: int = 1, product: str = "t-room", **more: Any) -> m.Charge:
    """The charge of such a booking."""
    return house.do(booking(house, hours, product, **more)).charges[0]
