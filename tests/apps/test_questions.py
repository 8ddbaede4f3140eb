"""How many questions each page of the example application takes to the store: a page does not slowly get worse."""

from __future__ import annotations

from datetime import date

import pytest

from cantinekit import Cantine
from cantinekit.records import SessionSeries
from support.pages.tiers_lieu_site import Site
from support.stores.counting import Counting

DAY = date(2026, 12, 7)
MOST = {
    ("", "/"): 8,
    ("", "/rooms"): 3,
    ("", "/sessions/{id}"): 4,
    ("zoe", "/"): 10,
    ("zoe", "/rooms"): 5,
    ("zoe", "/rooms/nantes.ada?day=2026-12-02&starts=10:00&ends=11:00"): 10,
    ("zoe", "/sessions/{id}"): 7,
    ("zoe", "/me"): 10,
    ("zoe", "/me?only=bookings"): 5,
    ("nadia", "/me"): 8,
    ("ana", "/desk"): 5,
    ("ana", "/desk?q=ma"): 18,
    ("karim", "/me"): 9,
    ("karim", "/admin/week"): 11,
    ("karim", "/admin/prices"): 6,
    ("karim", "/admin/closures"): 5,
    ("karim", "/admin/figures"): 14,
    ("karim", "/admin/month-end"): 23,
}
"""The most questions of each page, by who opens it: Zoé has a carnet, bookings and seats, Nadia a plan and a bill."""


@pytest.fixture(scope="module")
def counted():
    """The application on a store that counts."""
    site = Site()
    store = Counting(site.house._storage)
    house = Cantine.open(store, payments=site.settings.payments, clock=site.clock)
    yield Site.of(house, site.settings), store
    site.house.close()


def test_questions_of_each_page(counted):
    """No page takes more questions than the table says, once the process has shown it before, and none takes far
    fewer: the table would hold nothing then."""
    site, store = counted
    series = site.house.read.need(SessionSeries, "soudure")
    id = next(one.session_id for one in series.dates if one.day == DAY)
    needed = {}
    for (person, url), _ in MOST.items():
        with site.visitor(person or None) as visitor:
            for _ in range(2):
                store.clear()
                visitor.get(url.format(id=id))
            needed[person, url] = store.trips
    assert {page: (trips, MOST[page]) for page, trips in needed.items() if trips > MOST[page]} == {}
    assert {page: (trips, MOST[page]) for page, trips in needed.items() if trips < MOST[page] - 2} == {}
