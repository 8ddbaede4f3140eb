"""The laws of a house find what is wrong: each planted fault breaks the law that it is about (negative control)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.domain.visits import events as _visits
from cantinekit.errors import CodecError
from cantinekit.money import Money
from cantinekit.runtime import codec
from support.houses import small_house
from support.laws import house_laws


@pytest.fixture
def house():
    """A house in which there is one of most things."""
    house = small_house.open_house(outcomes=("settled", "pending"))
    house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe"))
    house.do(c.CheckIn(place_id="paris", product_id="half-day", account="card"))
    house.do(c.AddOrganisation(name=small_house.CANARIES[0], id="works"))
    house.do(c.Affiliate(organisation_id="works", person_id="eve", role="member", first_day=small_house.TODAY))
    house.do(c.SellPass(product_id="mini", place_id="paris", holder_id="works", account="desk"))
    house.do(c.CheckOut(house.do(c.CheckIn(place_id="paris", product_id="half-day", person_id="eve")).value.id))
    house.do(
        c.Book(space_id="open", product_id="desk", period=small_house.period(10, 12), person_id="bob", account="desk")
    )
    house.do(c.Book(space_id="b", product_id="room", period=small_house.period(10, 12), account="card"))
    for person in ("zoe", "bob", "eve", "ida"):
        house.do(c.Register(session_id="free", person_id=person))
    house.do(c.RefundCharge(house.all(m.Charge)[0].id, amount=Money(100, "EUR"), reason="goodwill"))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)
    return house


def plant(house, cls, change, pick=lambda one: True):
    """Change one record behind the back of the library."""
    record = next(one for one in house.all(cls) if pick(one))
    row = house.storage._rows[codec.key_of(m.Subject(record.kind, record.id))]
    house.storage._rows[row.key] = codec.encode(change(record), row.version)


def more(name, by=1):
    return lambda one: attrs.evolve(one, **{name: getattr(one, name) + by})


def without_first(name):
    return lambda one: attrs.evolve(one, **{name: getattr(one, name)[1:]})


def stretched(page):
    first = page.claims[0]
    moved = attrs.evolve(first, end=first.end + timedelta(minutes=1))
    return attrs.evolve(page, claims=(moved, *page.claims[1:]))


FAULTS = {
    "a unit too many": ("entitlements", m.Entitlement, more("used"), lambda one: one.used),
    "a unit lost": ("entitlements", m.Entitlement, more("left", -1), lambda one: one.left),
    "a spend of nobody": (
        "entitlements",
        m.Visit,
        lambda one: attrs.evolve(one, spends=()),
        lambda one: one.spends,
    ),
    "a user too many": (
        "entitlements",
        m.Entitlement,
        lambda one: attrs.evolve(one, users=(*one.users, m.UnitsUser("bob", 1))),
        lambda one: one.users,
    ),
    "a limit in the wallet only": (
        "affiliations",
        m.Wallet,
        lambda one: attrs.evolve(one, belongs=(attrs.evolve(one.belongs[0], at_most=1),)),
        lambda one: one.belongs,
    ),
    "a wallet that forgets": ("wallets", m.Wallet, without_first("entitlement_ids"), lambda one: one.entitlement_ids),
    "a code given twice": (
        "codes",
        m.CodePool,
        lambda one: attrs.evolve(one, codes=("code-0", *one.codes)),
        lambda one: True,
    ),
    "money from nowhere": ("ledger", m.Attempt, more("captured", -1), lambda one: one.captured),
    "a charge paid twice": ("ledger", m.Charge, more("paid", Money(1, "EUR")), lambda one: True),
    "a refund forgotten": ("ledger", m.Refund, lambda one: attrs.evolve(one, state="declined"), lambda one: True),
    "earned too much": ("ledger", m.Charge, more("billed", Money(1, "EUR")), lambda one: True),
    "a cap that is off": ("meters", m.Meter, more("used", -1), lambda one: one.used),
    "a seat too many": ("seats", m.Session, more("capacity", -1), lambda one: one.confirmed == one.capacity),
    "a rank lost": ("seats", m.Session, without_first("waiting"), lambda one: one.waiting),
    "a rank exchanged": (
        "folds",
        m.Session,
        lambda one: attrs.evolve(one, waiting=one.waiting[::-1]),
        lambda one: len(one.waiting) > 1,
    ),
    "a seat of nobody": ("seats", m.Session, more("confirmed", 1), lambda one: one.confirmed < one.capacity),
    "a solidarity seat of nobody": ("seats", m.Session, more("bursaries"), lambda one: True),
    "a claim lost": ("claims", m.OccupancyPage, without_first("claims"), lambda one: one.claims),
    "a claim stretched": ("claims", m.OccupancyPage, stretched, lambda one: one.claims),
    "more claimed than there is": ("claims", m.StandingPage, more("capacity", -1), lambda one: one.id == "b|always"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_planted_faults_break_a_law(name, house):
    """One record that is off by little is found by the law about it, and by the fold of the journal."""
    law, cls, change, pick = FAULTS[name]
    plant(house, cls, change, pick)
    if law == "folds":
        with pytest.raises(AssertionError):
            house_laws.folds(house.storage)
        return
    records, now = small_house.records(house.storage), house.clock.now()
    check = getattr(house_laws, law)
    with pytest.raises(AssertionError):
        check(records, now) if law in ("seats", "claims") else check(records)
    with pytest.raises(AssertionError):
        house_laws.folds(house.storage)


def test_an_entry_that_does_not_balance_cannot_be_read(house):
    """A ledger entry whose lines do not sum to zero is no record: reading it is refused."""
    key = next(key for key in house.storage._rows if key.kind == m.LedgerEntry.kind)
    row = house.storage._rows[key]
    house.storage._rows[key] = attrs.evolve(row, body=row.body.replace('"amount":8000', '"amount":8001'))
    with pytest.raises(CodecError):
        house_laws.hold(house.storage, house.clock.now())


def test_names_in_the_journal_are_found(house):
    """A name in a booking or in the journal is found, wherever it stands."""
    house_laws.keeps_private(house.storage, small_house.CANARIES)
    house.do(c.CloseSpace("a1", period=small_house.period(14, 15), reason="canary-zoe is ill"))
    with pytest.raises(AssertionError):
        house_laws.keeps_private(house.storage, small_house.CANARIES)


def test_who_waits_beside_a_free_seat_is_found(house):
    """A hold that nobody ended breaks the laws of a house at rest."""
    house.do(c.HoldSpace(space_id="a1", product_id="room", period=small_house.period(14, 15)))
    house.wait(minutes=20)
    with pytest.raises(AssertionError):
        house_laws.settled(house.storage, house.clock.now())
    plant(house, m.Session, more("capacity"), lambda one: one.waiting)
    with pytest.raises(AssertionError):
        house_laws.settled(house.storage, house.clock.now())


def test_a_desk_that_stays_taken_is_found(house, monkeypatch):
    """A library that drops one claim of a lengthened stay and forgets the other is found at the next check."""
    real = _visits.drop_claims
    monkeypatch.setattr(_visits, "drop_claims", lambda state, placed: real(state, tuple(placed)[-1:]))
    visit = house.all(m.Visit)[1]
    house.do(c.UpgradeVisit(visit.id, product_id="day", account="desk"))
    house_laws.hold(house.storage, house.clock.now())
    house.do(c.CheckOut(visit.id))
    with pytest.raises(AssertionError):
        house_laws.hold(house.storage, house.clock.now())
