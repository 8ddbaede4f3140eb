"""What each event does to the records, and what it leaves alone; there is no event without an entry here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cantinekit import Money
from cantinekit import events as ev
from cantinekit import records as m
from cantinekit.clock import WallTime, wall_times
from cantinekit.domain.state import State
from cantinekit.errors import NotFoundError
from cantinekit.runtime import codec
from support.houses.small_house import START, TODAY, period, utc
from support.houses.states_by_hand import BOUGHT, ENTITY, PLACE, ROOM, eur, key, state

LATER = START + timedelta(hours=1)
LATEST = START + timedelta(hours=2)
CLAIM = m.Claim("bkg", utc(10), utc(11), 1, LATER)
PLACED = (m.Placed("b", CLAIM),)
KEPT = (m.Placed("b", attrs.evolve(CLAIM, expires=None)),)
GONE = m.Claim("gone", utc(14), utc(15), 1, START)
OTHER = m.Claim("other", utc(12), utc(13), 1)
LONGER = m.Placed("b", m.Claim("longer", utc(11), utc(12), 1, LATER))
CLOSURE = m.Closure("cls", period(9, 10), "works")
SPENDS = (m.Spend("ent", 2),)
MOVES = (m.MeterMove("cap", 300), m.MeterMove("cap", 200))

STANDING = m.StandingPage("b|always", "b", 3, closures=(CLOSURE,))
PAGE = m.OccupancyPage("b|2026-11-24", "b", TODAY, (CLAIM, OTHER, GONE))
REMINDERS = m.Reminders(booking=timedelta(days=1), end=timedelta(days=7))
FACTS = (("cut", Decimal("0.5")), ("fee", eur(150)), ("offers", ("sauna", "tea")), ("site", "port"))
PRODUCT = m.Product("day", "Day", "asso", "net", "day", "visit")
TARIFF = m.TariffText("v1", "text")
LIST = m.PriceList("net", "EUR", (m.ListVersion(START, "v1"),))
POOL = m.CodePool("paris", ("c1", "c2"), 4)
PASS = m.Pass(
    "pas",
    "carnet",
    "paris",
    "asso",
    "zoe",
    sold_at=START,
    tariff_version="v1",
    state="pending",
    entitlement_ids=("ent",),
)
UNITS = m.Entitlement("ent", "pas", "zoe", account="carnet", bought=10, left=6, used=4, bought_at=START, active=False)
GIFT = m.Gift(
    "gft", "carnet", "paris", "asso", "zoe", sold_at=START, tariff_version="v1", sale_id="sal", code_hash="h1"
)
ADMIN = m.Belonging("aff", "works", "admin", TODAY)
AFFILIATION = m.Affiliation("aff", "works", "zoe", "admin", TODAY, made_at=START)
MEMBER = m.Affiliation("aff2", "works", "zoe", "member", TODAY, made_at=START)
VOLUNTEER = m.Role("volunteer", TODAY, None, START)
BOARD = m.Role("board", TODAY, None, START)
ROLES = m.Roles("asso|zoe", "asso", "zoe", (VOLUNTEER,))
STATUS = m.Public("status", ("student", "job-seeker"))
BACKED = m.Sponsorship("spo", "asso", "works", True, "zoe", "1/2", None, Money(3000, "EUR"), (), (), TODAY, None, START)
BACKER = m.SponsorLine("spo", "works", True, TODAY)
MONTH = m.SponsoredMonth("spo|zoe|2026-11", Money(500, "EUR"))
SHARE = m.SponsorShare("spo", "pay2", "chg3", 500, (0,), MONTH.id)
WALLET = m.Wallet("zoe", ("ent", "older"), belongs=(ADMIN,), sponsors=(BACKER,))
UPGRADE = m.Upgrade("day", (LONGER,), utc(12), LATER, SPENDS, charge_id="chg")
CLOCKED = m.Clocked("zoe|asso|net|2026-11-24", "asso", "net", "hour", "day", "Europe/Paris")
VISIT = m.Visit(
    "vis",
    "paris",
    "b",
    "half-day",
    START,
    utc(11),
    "zoe",
    "held",
    expires=LATER,
    placed=PLACED,
    upgrade=UPGRADE,
    charge_ids=("chg0",),
    clocked=CLOCKED,
)
ITEM = m.SaleItem("hour", period(10, 11), label="vis")
STAY = m.TabStay("vis", "hour", "b", ITEM)
TAB = m.Tab(
    CLOCKED.tab_id,
    (m.TabStay("old", "hour", "b", ITEM),),
    lines=(m.TabLine("hour", "", 300),),
    spends=(m.Spend("older", 1),),
    charge_ids=("chg0",),
)
SIGHTING = m.Sighting("sgt", "paris", "b", "vis", "in", START, LATER, "door", "desk:ana", "zoe", number=3)
BOOKING = m.Booking("bkg", "paris", "b", "room", period(10, 11), 1, "held", "zoe", LATER, placed=PLACED)
WORKSHOP = m.Workshop("talk", "paris", "Talk")
ADMISSION = m.Admission(youngest=16, bursaries=m.Quota(percent=10))
SEATS = (m.HeldSeat("reg", LATER), m.HeldSeat("old", START))
SESSION = m.Session(
    "ses",
    "talk",
    "paris",
    WallTime(TODAY, time(11), "Europe/Paris"),
    WallTime(TODAY, time(12), "Europe/Paris"),
    period(10, 11),
    4,
    confirmed=1,
    held=SEATS,
    waiting=("w1", "w2"),
)
MOVED = (WallTime(TODAY, time(12), "Europe/Paris"), WallTime(TODAY, time(13), "Europe/Paris"), period(11, 12))
REGISTRATION = m.Registration("reg", "ses", "paris", "zoe", "held", START, LATER)
WAITING = m.Registration("w1", "ses", "paris", "bob", "waiting", START)
LINE = m.ChargeLine("room", "Room", 1, eur(1000))
CHARGE = m.Charge(
    "chg",
    "asso",
    "paris",
    BOUGHT,
    eur(1000),
    (LINE,),
    START,
    "v1",
    eur(400),
    eur(0),
    eur(1000),
    attempt_ids=("pay",),
    meters=(m.MeterMove("cap", 100),),
)
OWN = m.PayerCredit("asso|zoe|EUR", "asso", "zoe", eur(500))
PAYMENT = m.PayerPayment(
    "pmt", "zoe", "asso", "paris", "desk", eur(700), START, (m.PaidPart("chg", eur(600), 100),), 100, "T-1"
)
JOINT = m.JointAttempt(
    "joi",
    "zoe",
    "asso",
    "card",
    eur(900),
    START,
    (m.JointPart("chg", "pay", eur(500)), m.JointPart("lent", "p", eur(400))),
)
LOST = attrs.evolve(CHARGE, id="lost", state="settled", written_off=600)
LENT = attrs.evolve(
    CHARGE,
    id="lent",
    amount=eur(400),
    billed=eur(400),
    paid=eur(400),
    lines=(LINE, attrs.evolve(LINE, kind="held")),
    deposit=300,
    instalments=(m.Instalment(date(2026, 12, 1), eur(70)), m.Instalment(None, eur(300), "held")),
)
CHEAPER = (m.Instalment(date(2026, 12, 1), eur(20)), LENT.instalments[1])
SHORTER = (LENT.instalments[0], m.Instalment(None, eur(250), "held"))
ATTEMPT = m.Attempt("pay", "chg", "asso", "card", eur(1000), START, "pending", 400, 100, "ch_1")
REFUND = m.Refund("ref", "chg", "pay", "card", "asso", "paris", eur(150), "sorry", START)
METER = m.Meter("cap", 700)
SALE = m.Sale("sal", BOUGHT, "paris", "v1", 1, START, (m.SaleItem("room"),), eur(1000))
EARLIER = m.SaleEarlier("day", (period(9, 10),), 60, (("unknown", 1000),))
SCOPED = m.ScopePart("sal", "1", BOUGHT, "v1", 1000, 1000)
JOINED = attrs.evolve(SCOPED, sale_id="sal2")
PAID = attrs.evolve(SCOPED, paid=(m.ScopeCharge("chg", 1000),))
ENTRY = m.LedgerEntry("led", "asso", "paris", START, "raised", BOUGHT, "EUR", ())
OVERRIDE = m.Override("ovr", "hours", "fair", BOUGHT, "desk:ana", START)
CLOSING = m.Closing("asso|2026-11-24", "asso", None, TODAY, (m.ClosedPlace("paris", None, START),), LATER)
SEALED = attrs.evolve(CLOSING, id="asso|2026-11-20", until=TODAY - timedelta(days=4))
FAIR = m.ClearingRule("fair", "asso", "coop", None, "", TODAY, None, "3/5", None, "0", START)
CLEARED = m.ClearingLine(
    "clr", "asso", "coop", TODAY, LATER, "nantes", "paris", "use", 2, eur(96), "ent", "carnet", "carnet", BOUGHT, "fair"
)
CLEARED_USE = m.ClearingUse(f"ent|{BOUGHT.kind}|{BOUGHT.id}", "coop", "nantes", "fair", 1, 48, 0)
STATEMENT = m.ClearingStatement("asso|coop|2026-11-24", "asso", "coop", None, TODAY, 3, (eur(-48),), LATER)
SERIES = m.NumberSeries("asso|invoices", "asso", "invoices", "invoice", "F", "Europe/Paris", 6, 2026, 4, START)
CREDITS = m.NumberSeries("asso|credits", "asso", "credits", "credit note", "A", "Europe/Paris")
PORT = ("1 rue du Port",)
DOCUMENT_LINE = m.DocumentLine(0, "room", "Room", 1, eur(833), eur(1000), "standard", "S", "20%")
INVOICE = m.Document(
    "asso|F2026-000005", "asso", SERIES.id, "invoice", 2026, 5, "F2026-000005", LATER, TODAY, "chg",
    m.Seller("A", PORT), (DOCUMENT_LINE,), (), eur(833), eur(167), eur(0), eur(1000), eur(400),
)  # fmt: skip
CREDIT_NOTE = attrs.evolve(
    INVOICE, id="asso|A2027-000001", series_id=CREDITS.id, what="credit note", year=2027, number=1, refund_id="ref",
    lines=(attrs.evolve(DOCUMENT_LINE, net=eur(-125), gross=eur(-150)),), corrects=INVOICE.id,
)  # fmt: skip
BILLED = m.BillingTerms(
    "asso|zoe",
    "asso",
    "zoe",
    SERIES.id,
    "Europe/Paris",
    1,
    15,
    "card",
    date(2026, 12, 1),
    TODAY,
    ("asso|F2026-000004",),
)
CHASE = m.BillChase(
    INVOICE.id, BILLED.id, "asso", "zoe", TODAY, date(2026, 12, 5), (date(2026, 12, 4),), (date(2026, 12, 20),)
)
SIGNED = m.DebitMandate(BILLED.id, "asso", "zoe", "core", False, TODAY, 14)
DUE_DEBIT = m.DueDebit(INVOICE.id, "asso", "zoe", SIGNED.id, "core", TODAY, "Europe/Paris", "collecting", "dbt")
PARTS = (m.DebitPart("chg", "pay", eur(600)),)
DEBIT = m.Debit(
    "dbt",
    "ddc",
    "asso",
    "zoe",
    INVOICE.id,
    "F1",
    SIGNED.id,
    TODAY,
    False,
    eur(600),
    (m.DebitPart("chg", "pay", eur(600)),),
)
COLLECTED = m.DebitCollection("ddc", "asso", "core", TODAY, START, TODAY, "Asso", "FR76", "FR12ZZZ1", "", eur(600))
TAKEN = m.Imported("old 1", TODAY, "ab", BOUGHT, START)
NARROWING = m.Narrowing("nar", 1, m.Closure("cls2", period(12, 13), "fair"))

OPENINGS = m.Openings(closed=(m.ClosedDays.on("closure", "works", TODAY),))
TERMS = m.Terms(before=timedelta(minutes=15), notice=timedelta(hours=2), audience={"members"})
ERASURE = m.Erasure("zoe", START, (m.Kept("visit", 2, "names nobody"),))
HELD_DATE = attrs.evolve(
    BOOKING, id="dat", placed=(m.Placed("b", attrs.evolve(GONE, id="dat", expires=LATER)),), series_id="srs",
    part=m.ChargePart(eur(400), (m.MeterMove("cap", 40),)),
)  # fmt: skip
MEETS = (
    m.Meeting("mtg", *MOVED, "b", (m.Placed("b", OTHER),)),
    m.Meeting("mtg2", *(WallTime(TODAY, time(hour), "Europe/Paris") for hour in (16, 17)), period(15, 16)),
)
COURSE = m.Session(
    "crs", "talk", "paris", MEETS[0].starts, MEETS[1].ends, period(11, 16), 4, meetings=MEETS, late_joiners=True
)
THURSDAYS = m.BookingSeries(
    "srs", "paris", "b", "room", "Europe/Paris", TODAY, time(15), time(16), "FREQ=WEEKLY;COUNT=3", 1, START,
    (
        m.SeriesDate(TODAY, "booked", "dat"), m.SeriesDate(TODAY + timedelta(7), "skipped", None, "taken"),
        m.SeriesDate(TODAY + timedelta(14), "booked", "far"),
    ), "held",
)  # fmt: skip
FRIDAYS = m.SessionSeries(
    "sss", "w", "paris", "Europe/Paris", TODAY, time(15), time(16), "FREQ=WEEKLY", 4, START,
    (
        m.PlannedDate(*wall_times(TODAY, time(15), time(16), "Europe/Paris"), 4, "b", "ses"),
        m.PlannedDate(*wall_times(TODAY + timedelta(7), time(15), time(16), "Europe/Paris"), 4, "b", None, "taken"),
    ), until=TODAY + timedelta(7),
)  # fmt: skip
DATE_CLAIM = HELD_DATE.placed[0].claim
LEARNT = (m.Learnt(START, None, "reg"), m.Learnt(LATER, LATEST, reason="at school"))
TRAINED = m.Training("zoe|talk", "zoe", "talk", LEARNT)
ORDER = m.Order(
    "ord", "paris", "asso", START,
    (
        m.OrderLine("room", "Room", part=m.ChargePart(eur(700)), spends=SPENDS, meters=MOVES),
        m.OrderLine(
            "print", "Print", measures=("grams",), part=m.ChargePart(eur(300)), more=(m.ChargeShare("c", eur(1)),)
        ),
    ),
    "zoe", expires=LATER, charge_ids=("chg",), sale_id="sal",
)  # fmt: skip
FIRST, SECOND = ORDER.lines
SOLD = attrs.evolve(ORDER, state="sold", expires=None)
NEW_ORDER = attrs.evolve(ORDER, id="ord2")
INVOICING = m.ClearingInvoicing("asso", "asso|I", "asso|N", "standard", "20%")
EVERYTHING: tuple[m.Record, ...] = (
    TRAINED, AFFILIATION, ROLES, GIFT, BACKED, MONTH,
    ENTITY, PLACE, ROOM, STANDING, PAGE, PRODUCT, TARIFF, LIST, POOL, PASS, UNITS, WALLET, VISIT, BOOKING, WORKSHOP,
    SESSION, REGISTRATION, WAITING, CHARGE, LENT, ATTEMPT, REFUND, METER, m.Scope("day", EARLIER, (SCOPED,)), SALE,
    m.Unique("email", "zoe"), SERIES, CREDITS, SEALED, BILLED, CHASE, SIGNED, DUE_DEBIT, DEBIT,
    HELD_DATE, THURSDAYS, COURSE, LOST, OWN, JOINT,
    HELD_DATE, THURSDAYS, FRIDAYS, TAB, ORDER,
    m.ClearingTerms("asso", (FAIR,)), m.ClearingPair("asso|coop", "asso", "coop", 3), CLEARED_USE,
    m.ClearingAccount("ent|coop", "fair", 3, 144),
)  # fmt: skip


def applied(state, event):
    """The state after an event."""
    return state.put(event.changes(state))


def on(event: ev.Event, *instead: m.Record) -> State:
    """Everything there is, some of it in another shape, after an event."""
    return applied(state(*EVERYTHING, *instead, complete=True), event)


def has(cls: type[Any], id: str, /, **fields: Any) -> Callable[[State], None]:
    """An effect: the record has these fields now."""

    def check(after: State) -> None:
        found = after.need(cls, id)
        assert {name: getattr(found, name) for name in fields} == fields

    check.key = codec.key_of(m.Subject(cls.kind, id))  # type: ignore[attr-defined]
    check.fields = frozenset(fields)  # type: ignore[attr-defined]
    return check


def whole(record: m.Record) -> Callable[[State], None]:
    """An effect: the record is there, as the event brought it."""
    names = [field.name for field in attrs.fields(type(record))]
    return has(type(record), record.id, **{name: getattr(record, name) for name in names})


def page(*claims: m.Claim) -> Callable[[State], None]:
    """An effect: the day's page has these claims, in the order of their start."""
    return has(m.OccupancyPage, "b|2026-11-24", claims=claims)


TO_EVENING = (WallTime(TODAY, time(18), "Europe/Paris"), WallTime(TODAY, time(19), "Europe/Paris"), period(17, 18))
NEW_UNITS = attrs.evolve(UNITS, id="new", left=10, used=0)
NEW_PASS = attrs.evolve(PASS, id="pas2", entitlement_ids=("new",))
DECEMBER = m.PassPeriod(TODAY, TODAY + timedelta(30), "sal", "chg")
PAUSE = m.Pause(TODAY, TODAY + timedelta(7), TODAY, "she travels")
PAUSED = m.Paused(START, LATER)
PLAN = m.PassPlan("net/office", "office", "v2", "sal", "1", "plan")
PLAN_CHANGE = m.PlanChange(TODAY, TODAY, PLAN, *[Money(0, "EUR")] * 4)
FREE = m.FreeDays(0, 7, TODAY, "a gift")
NEW_SEAT = attrs.evolve(REGISTRATION, id="reg2")
NEW_VISIT = attrs.evolve(VISIT, id="vis2", upgrade=None, placed=(LONGER,))
NEW_BOOKING = attrs.evolve(BOOKING, id="bkg2", placed=(LONGER,))
SHARES = (m.ChargeShare("chg2", eur(100)),)
MISSED = m.Missed(START, eur(100), eur(0), eur(100))
LONG_CLAIM_OF_IT = attrs.evolve(LONGER.claim, id="bkg")
MOVED_BOOKING = attrs.evolve(BOOKING, period=period(11, 12), placed=(m.Placed("b", LONG_CLAIM_OF_IT),), more=SHARES)
LONG_CLAIM_OF_DATE = attrs.evolve(LONGER.claim, id="dat")
MOVED_DATE = attrs.evolve(HELD_DATE, period=period(11, 12), placed=(m.Placed("b", LONG_CLAIM_OF_DATE),))
MOVED_SERIES = attrs.evolve(THURSDAYS, starts=time(12), ends=time(13))
MOVED_SEAT = attrs.evolve(REGISTRATION, session_id="crs", moved_from=("ses",))
NEW_SERIES = attrs.evolve(THURSDAYS, id="srs2")
CONFIRMED_CLAIM = attrs.evolve(DATE_CLAIM, expires=None)
NEW_SESSION = attrs.evolve(SESSION, id="ses2", placed=(LONGER,))
FURTHER = m.PlannedDate(*wall_times(TODAY + timedelta(14), time(15), time(16), "UTC"), 4, "b", "ses2")
HAD = attrs.evolve(FRIDAYS.dates[1], session_id="ses2", why="")
NEW_ATTEMPT = attrs.evolve(ATTEMPT, id="pay2")
NEW_CHARGE = attrs.evolve(CHARGE, id="chg2")
KEPT_CLAIM = KEPT[0].claim
LONG_CLAIM = LONGER.claim

CASES: list[tuple[ev.Event, tuple[Callable[[State], None], ...]]] = [
    # places and catalogue
    (ev.EntityAdded(attrs.evolve(ENTITY, id="coop")), (whole(attrs.evolve(ENTITY, id="coop")),)),
    (ev.PlaceAdded(attrs.evolve(PLACE, id="brest")), (whole(attrs.evolve(PLACE, id="brest")),)),
    (ev.PlaceMoved("paris", "Europe/London"), (has(m.Place, "paris", zone="Europe/London"),)),
    (
        ev.SpaceAdded(attrs.evolve(ROOM, id="n", leaves=("n",)), 7),
        (whole(attrs.evolve(ROOM, id="n", leaves=("n",))), whole(m.StandingPage("n|always", "n", 7))),
    ),
    (ev.CapacityRaised("b", 9), (has(m.StandingPage, "b|always", capacity=9),)),
    (ev.NarrowingAnnounced("b", NARROWING), (has(m.StandingPage, "b|always", narrowing=NARROWING),)),
    (ev.NarrowingConfirmed("b", "nar"), (has(m.StandingPage, "b|always", capacity=3, closures=(CLOSURE,)),)),
    (ev.NarrowingWithdrawn("b", "nar"), (has(m.StandingPage, "b|always", narrowing=None),)),
    (ev.ClosureEnded("b", "cls"), (has(m.StandingPage, "b|always", closures=()),)),
    (ev.ProductAdded(attrs.evolve(PRODUCT, id="p2")), (whole(attrs.evolve(PRODUCT, id="p2")),)),
    (
        ev.TariffPublished("net", "EUR", "v2", "text two", LATER),
        (
            has(m.PriceList, "net", versions=(*LIST.versions, m.ListVersion(LATER, "v2"))),
            whole(m.TariffText("v2", "text two")),
        ),
    ),
    (ev.PlaceFactsChanged("paris", FACTS), (has(m.Place, "paris", facts=FACTS),)),
    (ev.RemindersSet("paris", REMINDERS), (has(m.Place, "paris", reminders=REMINDERS),)),
    (ev.Reminded(m.Subject("booking", "bkg"), LATER), (has(m.Booking, "bkg", reminded=LATER),)),
    (
        ev.ProductChanged("day", "Full day", "coop", "whole-day"),
        (has(m.Product, "day", name="Full day", pricelist_id="coop", tariff_product="whole-day"),),
    ),
    (ev.ProductRetired("day", LATER), (has(m.Product, "day", retired=LATER),)),
    (ev.ProductRestored("day"), (has(m.Product, "day", retired=None),)),
    (
        ev.EntityChanged("asso", "Asso 2", ("desk",), "net"),
        (has(m.LegalEntity, "asso", name="Asso 2", accounts=("desk",), pricelist_id="net"),),
    ),
    (
        ev.PlaceChanged("paris", "Paris Est", PORT, "b", "net", (STATUS,)),
        (
            has(
                m.Place,
                "paris",
                name="Paris Est",
                address=PORT,
                open_space_id="b",
                pricelist_id="net",
                publics=(STATUS,),
            ),
        ),
    ),
    (
        ev.SpaceChanged("b", "Blue room", 8, "net/room"),
        (has(m.Space, "b", name="Blue room", seats=8, product_id="net/room"),),
    ),
    (ev.SpaceRetired("b", LATER), (has(m.Space, "b", retired=LATER),)),
    (ev.SpaceRestored("b"), (has(m.Space, "b", retired=None),)),
    (
        ev.WorkshopChanged("talk", "A long talk", "seat", ("materials",)),
        (has(m.Workshop, "talk", title="A long talk", product_id="seat", option_ids=("materials",)),),
    ),
    (ev.WorkshopRetired("talk", LATER), (has(m.Workshop, "talk", retired=LATER),)),
    (ev.WorkshopRestored("talk"), (has(m.Workshop, "talk", retired=None),)),
    (ev.OpeningsChanged("paris", (), OPENINGS), (has(m.Place, "paris", hours=(), openings=OPENINGS),)),
    (ev.TermsChanged("b", TERMS), (has(m.Space, "b", terms=TERMS),)),
    (ev.PersonAdded("zoe"), ()),
    (ev.PersonChanged("zoe"), ()),
    (ev.PersonFactsChanged("zoe"), ()),
    (ev.ProfilePublished("zoe", "paris", "network"), ()),
    (ev.ProfileWithdrawn("zoe"), ()),
    (ev.FeedShared("zoe", "AbCdEfGh1234"), ()),
    (ev.FeedRevoked("zoe", "AbCdEfGh1234"), ()),
    (ev.ForgettingAnnounced("zoe"), ()),
    (ev.ForgettingWithdrawn("zoe"), ()),
    (ev.PersonForgotten(ERASURE), (whole(ERASURE),)),
    (ev.OrganisationAdded("works"), ()),
    (ev.OrganisationChanged("works"), ()),
    (ev.OrganisationFactsChanged("works"), ()),
    (ev.OrganisationForgettingAnnounced("works"), ()),
    (ev.OrganisationForgettingWithdrawn("works"), ()),
    (ev.OrganisationForgotten(ERASURE), (whole(ERASURE),)),
    (
        ev.RoleGiven("asso", "zoe", BOARD),
        (whole(m.Roles("asso|zoe", "asso", "zoe", (BOARD, VOLUNTEER))),),
    ),
    (
        ev.RoleEnded("asso", "zoe", "volunteer", TODAY, TODAY),
        (whole(m.Roles("asso|zoe", "asso", "zoe", (attrs.evolve(VOLUNTEER, last_day=TODAY),))),),
    ),
    (
        ev.SponsorshipAgreed(attrs.evolve(BACKED, id="spo2")),
        (
            whole(attrs.evolve(BACKED, id="spo2")),
            has(m.Wallet, "zoe", sponsors=(BACKER, attrs.evolve(BACKER, sponsorship_id="spo2"))),
        ),
    ),
    (
        ev.SponsorshipEnded("spo", TODAY),
        (
            has(m.Sponsorship, "spo", last_day=TODAY),
            has(m.Wallet, "zoe", sponsors=(attrs.evolve(BACKER, last_day=TODAY),)),
        ),
    ),
    (
        ev.ShareSponsored("chg", SHARE),
        (has(m.Charge, "chg", sponsors=(SHARE,)), has(m.SponsoredMonth, MONTH.id, amount=Money(1000, "EUR"))),
    ),
    (
        ev.MonthSponsoredLess(MONTH.id, Money(200, "EUR")),
        (has(m.SponsoredMonth, MONTH.id, amount=Money(300, "EUR")),),
    ),
    (
        ev.Affiliated(MEMBER),
        (whole(MEMBER), has(m.Wallet, "zoe", belongs=(ADMIN, m.Belonging("aff2", "works", "member", TODAY, None)))),
    ),
    (ev.SharedUnitsUsed("ent", "zoe", 2), (has(m.Entitlement, "ent", users=(m.UnitsUser("zoe", 2),)),)),
    (
        ev.AffiliationEnded("aff", TODAY),
        (
            has(m.Affiliation, "aff", last_day=TODAY),
            has(m.Wallet, "zoe", belongs=(attrs.evolve(ADMIN, last_day=TODAY),)),
        ),
    ),
    (
        ev.CodesAdded("paris", ("c3",)),
        (has(m.CodePool, "paris", codes=("c1", "c2", "c3"), given=4), whole(m.Unique("code|paris|c3", "paris"))),
    ),
    (ev.OverrideUsed(OVERRIDE), (whole(OVERRIDE),)),
    (ev.UniqueTaken("visit", "zoe"), (whole(m.Unique("visit", "zoe")),)),
    (ev.UniqueFreed("email"), (has(m.Unique, "email", holder=None),)),
    # passes
    (
        ev.PassSold(NEW_PASS, (NEW_UNITS,)),
        (whole(NEW_PASS), whole(NEW_UNITS), has(m.Wallet, "zoe", entitlement_ids=("ent", "older", "new"))),
    ),
    (ev.PassActivated("pas", ("ent",)), (has(m.Pass, "pas", state="active"), has(m.Entitlement, "ent", active=True))),
    (ev.PassEnded("pas", "superseded"), (has(m.Pass, "pas", state="superseded"),)),
    (
        ev.PassRenewed("pas", ("new",), (NEW_UNITS,), LATER, DECEMBER),
        (
            has(
                m.Pass,
                "pas",
                entitlement_ids=("new",),
                next_at=LATER,
                last_day=DECEMBER.last_day,
                periods=(DECEMBER,),
            ),
            whole(NEW_UNITS),
            has(m.Wallet, "zoe", entitlement_ids=("ent", "older", "new")),
        ),
    ),
    (
        ev.NoticeGiven("pas", TODAY, TODAY + timedelta(30), TODAY + timedelta(7), (("ent", LATER),)),
        (
            has(
                m.Pass, "pas", end=TODAY + timedelta(30), last_day=TODAY + timedelta(7), notice_day=TODAY
            ),
            has(m.Entitlement, "ent", expires=LATER),
        ),
    ),
    (
        ev.NoticeWithdrawn("pas", TODAY + timedelta(7), (("ent", None),)),
        (has(m.Pass, "pas", last_day=TODAY + timedelta(7)), has(m.Entitlement, "ent")),
    ),
    (
        ev.PassCutShort("pas", TODAY, "she moves away", (("ent", LATER),)),
        (has(m.Pass, "pas", end=TODAY, last_day=TODAY, cut=True), has(m.Entitlement, "ent", expires=LATER)),
    ),
    (
        ev.PassPaused("pas", PAUSE, ev.DaysMoved(None, TODAY, None, (("ent", LATER),), (PAUSED,))),
        (
            has(m.Pass, "pas", last_day=TODAY, pauses=(PAUSE,)),
            has(m.Entitlement, "ent", expires=LATER, pauses=(PAUSED,)),
        ),
    ),
    (
        ev.PassResumed("pas", TODAY, (PAUSE,), ev.DaysMoved(None, TODAY, LATER)),
        (has(m.Pass, "pas", last_day=TODAY, next_at=LATER, pauses=(PAUSE,)), has(m.Entitlement, "ent")),
    ),
    (
        ev.PassExtended("pas", FREE, ev.DaysMoved(TODAY, TODAY, None, (("ent", LATER),))),
        (has(m.Pass, "pas", end=TODAY, last_day=TODAY, free=(FREE,)), has(m.Entitlement, "ent", expires=LATER)),
    ),
    (
        ev.PassTransferred("pas", "works", True, "moved to another team", "asso", True),
        (
            has(m.Pass, "pas", holder_id="works", organisation=True, payer_id="asso", payer_organisation=True),
            has(m.Entitlement, "ent", holder_id="works", organisation=True, users=(m.UnitsUser("zoe", 4),)),
            has(m.Wallet, "zoe", entitlement_ids=("older",)),
            whole(m.Wallet("works", ("ent",))),
        ),
    ),
    (ev.GiftSold(attrs.evolve(GIFT, id="new")), (has(m.Gift, "new"), whole(m.GiftKey("h1", "new")))),
    (ev.GiftOpened("gft"), (has(m.Gift, "gft", state="open"),)),
    (ev.GiftRedirected("gft", "h2"), (has(m.Gift, "gft", code_hash="h2"), whole(m.GiftKey("h2", "gft")))),
    (
        ev.GiftClaimed("gft", ("pas",), LATER),
        (has(m.Gift, "gft", state="claimed", pass_ids=("pas",), ended_at=LATER),),
    ),
    (ev.GiftEnded("gft", "lapsed", LATER), (has(m.Gift, "gft", state="lapsed", ended_at=LATER),)),
    (
        ev.PassChangesPlanned("pas", (m.PlannedChange(TODAY, TODAY, PLAN),), LATER),
        (has(m.Pass, "pas", planned=(m.PlannedChange(TODAY, TODAY, PLAN),), next_at=LATER),),
    ),
    (
        ev.PassChanged("pas", PLAN, PLAN_CHANGE, (), Money(1000, "EUR"), ("ent",), (), LATER),
        (
            has(
                m.Pass,
                "pas",
                product_id="net/office",
                tariff_product="office",
                tariff_version="v2",
                sale_id="sal",
                item="1",
                sells="plan",
                changes=(PLAN_CHANGE,),
                first_price=Money(1000, "EUR"),
                next_at=LATER,
            ),
        ),
    ),
    (
        ev.UnitsSpent(SPENDS, BOUGHT),
        (has(m.Entitlement, "ent", left=4, used=6), has(m.Wallet, "zoe", entitlement_ids=("older", "ent"))),
    ),
    (
        ev.UnitsReturned(SPENDS, BOUGHT),
        (has(m.Entitlement, "ent", left=8, used=2), has(m.Wallet, "zoe", entitlement_ids=("older", "ent"))),
    ),
    (
        ev.UnitsExpired("ent", 6),
        (has(m.Entitlement, "ent", left=0, expired=6), has(m.Wallet, "zoe", entitlement_ids=("older",))),
    ),
    (
        ev.UnitsGivenBack("ent", 6),
        (has(m.Entitlement, "ent", left=0, given_back=6), has(m.Wallet, "zoe", entitlement_ids=("older",))),
    ),
    # orders
    (ev.OrderMade(NEW_ORDER), (whole(NEW_ORDER),)),
    (ev.OrderSold("ord"), (has(m.Order, "ord", state="sold", expires=None),)),
    (
        ev.OrderLinesCancelled("ord", (1, 2), ((m.Spend("ent", 1),), ()), (MOVES[:1], ()), "chg2"),
        (
            has(
                m.Order,
                "ord",
                state="cancelled",
                expires=None,
                charge_ids=("chg", "chg2"),
                lines=(
                    attrs.evolve(FIRST, state="cancelled", spends=(m.Spend("ent", 1),), meters=MOVES[:1]),
                    attrs.evolve(SECOND, state="cancelled", measures=()),
                ),
            ),
        ),
    ),
    (
        ev.OrderEnded("ord", "expired"),
        (
            has(
                m.Order,
                "ord",
                state="expired",
                expires=None,
                lines=(
                    attrs.evolve(FIRST, state="cancelled", spends=(), meters=()),
                    attrs.evolve(SECOND, state="cancelled", measures=()),
                ),
            ),
        ),
    ),
    (
        ev.OrderMeasured("ord", 2, "sal2", SPENDS, MOVES, m.ChargeShare("chg2", eur(240))),
        (
            has(
                m.Order,
                "ord",
                charge_ids=("chg", "chg2"),
                lines=(
                    FIRST,
                    attrs.evolve(
                        SECOND,
                        measures=(),
                        sale_id="sal2",
                        spends=SPENDS,
                        meters=MOVES,
                        more=(*SECOND.more, m.ChargeShare("chg2", eur(240))),
                    ),
                ),
            ),
        ),
    ),
    # visits
    (ev.VisitOpened(NEW_VISIT, START), (whole(NEW_VISIT), page(CLAIM, LONG_CLAIM, OTHER))),
    (
        ev.VisitConfirmed("vis", KEPT, START),
        (has(m.Visit, "vis", state="open", expires=None, placed=KEPT), page(KEPT_CLAIM, OTHER)),
    ),
    (
        ev.CodeGiven("paris", "vis", "c1"),
        (has(m.CodePool, "paris", codes=("c2",), given=5), has(m.Visit, "vis", access_code="c1")),
    ),
    (
        ev.UpgradeHeld("vis", UPGRADE, START),
        (has(m.Visit, "vis", upgrade=UPGRADE, charge_ids=("chg0", "chg")), page(CLAIM, LONG_CLAIM, OTHER)),
    ),
    (
        ev.VisitUpgraded("vis", "day", "pas", "chg", utc(12), SPENDS, (LONGER,), START),
        (
            has(
                m.Visit, "vis", product_id="day", pass_id="pas", until=utc(12), spends=SPENDS, upgrade=None,
                charge_ids=("chg0", "chg"), placed=(*PLACED, LONGER),
            ),
            page(CLAIM, LONG_CLAIM, OTHER),
        ),
    ),
    (ev.UpgradeDropped("vis"), (has(m.Visit, "vis", upgrade=None), page(CLAIM, OTHER, GONE))),
    (
        ev.VisitEnded("vis", "lapsed", LATER),
        (has(m.Visit, "vis", state="lapsed", closed_at=LATER, expires=None, upgrade=None), page(OTHER, GONE)),
    ),
    (ev.Sighted(SIGHTING), (whole(SIGHTING), has(m.Visit, "vis", sighted=3))),
    (
        ev.VisitCorrected("vis", LATER, LATEST, "zoe|asso|net|2026-11-25"),
        (
            has(
                m.Visit, "vis", opened_at=LATER, closed_at=LATEST,
                clocked=attrs.evolve(CLOCKED, tab_id="zoe|asso|net|2026-11-25"),
            ),
        ),
    ),
    (
        ev.VisitReopened("vis", LATEST, PLACED, START),
        (
            has(m.Visit, "vis", state="open", until=LATEST, closed_at=None, placed=PLACED),
            page(CLAIM, OTHER),
        ),
    ),
    (
        ev.TabPriced(
            TAB.id, "vis", (STAY,), ("old",), ("vis",), "missing", (m.TabLine("hour", "", 400),), SPENDS,
            (m.Spend("older", 1),), MOVES, "chg", ("chg0",),
        ),
        (
            has(
                m.Tab, TAB.id, stays=(STAY,), unpriced_ids=("vis",), lines=(m.TabLine("hour", "", 700),),
                spends=(m.Spend("ent", 2),), meters=(m.MeterMove("cap", 500),), charge_ids=("chg",),
            ),
            has(m.Visit, "vis", charge_ids=("chg0", "chg"), unpriced="missing"),
        ),
    ),
    # bookings
    (ev.BookingMade(NEW_BOOKING, START), (whole(NEW_BOOKING), page(CLAIM, LONG_CLAIM, OTHER))),
    (
        ev.BookingPriced("bkg", "chg", SPENDS, None, START, scopes=("scope",)),
        (
            has(m.Booking, "bkg", charge_id="chg", spends=SPENDS, expires=None, placed=KEPT, scopes=("scope",)),
            page(KEPT_CLAIM, OTHER),
        ),
    ),
    (ev.BookingApproved("bkg"), (has(m.Booking, "bkg", state="held"),)),
    (ev.HoldsDropped(PLACED), (page(OTHER, GONE),)),
    (
        ev.BookingConfirmed("bkg", KEPT, START),
        (has(m.Booking, "bkg", state="confirmed", expires=None, placed=KEPT), page(KEPT_CLAIM, OTHER)),
    ),
    (
        ev.BookingMoved(MOVED_BOOKING, START),
        (whole(MOVED_BOOKING), page(LONG_CLAIM_OF_IT, OTHER)),
    ),
    (ev.BookingArrived("bkg", LATER), (has(m.Booking, "bkg", arrived_at=LATER),)),
    (ev.ArrivalUndone("bkg"), (has(m.Booking, "bkg", arrived_at=None),)),
    (
        ev.ReleaseUndone("dat", LATER, SHARES, HELD_DATE.placed, START),
        (
            has(
                m.Booking, "dat", state="confirmed", fee=None, kept=(), kept_meters=(), more=SHARES, arrived_at=LATER,
            ),
            has(m.BookingSeries, "srs", dates=THURSDAYS.dates),
            page(CLAIM, OTHER, HELD_DATE.placed[0].claim),
        ),
    ),
    (
        ev.BookingOverran("dat", LATER, SHARES),
        (has(m.Booking, "dat", overran_until=LATER, more=SHARES),),
    ),
    (
        ev.SeriesMoved(MOVED_SERIES, (MOVED_DATE,), START),
        (whole(MOVED_SERIES), whole(MOVED_DATE), page(CLAIM, LONG_CLAIM_OF_DATE, OTHER)),
    ),
    (
        ev.SeatMoved(MOVED_SEAT, ("old",)),
        (
            whole(MOVED_SEAT),
            has(m.Session, "ses", held=(m.HeldSeat("old", START),), confirmed=1, bursaries=0),
            has(m.Session, "crs", held=(m.HeldSeat("reg", LATER),), confirmed=0, bursaries=0),
        ),
    ),
    (ev.BookingEnded("bkg", "cancelled"), (has(m.Booking, "bkg", state="cancelled", expires=None), page(OTHER, GONE))),
    (
        ev.SeriesBooked(NEW_SERIES, (NEW_BOOKING,), START),
        (whole(NEW_SERIES), whole(NEW_BOOKING), page(CLAIM, LONG_CLAIM, OTHER)),
    ),
    (
        ev.SkippedBooked("srs", (TODAY + timedelta(7),), (NEW_BOOKING,), START),
        (
            has(
                m.BookingSeries, "srs",
                dates=(THURSDAYS.dates[0], m.SeriesDate(TODAY + timedelta(7), "booked", "bkg2"), THURSDAYS.dates[2]),
            ),
            whole(NEW_BOOKING),
            page(CLAIM, LONG_CLAIM, OTHER),
        ),
    ),
    (
        ev.SeriesConfirmed("srs", ("dat",), START),
        (
            has(m.BookingSeries, "srs", state="confirmed"),
            has(m.Booking, "dat", state="confirmed", expires=None, placed=(m.Placed("b", CONFIRMED_CLAIM),)),
            page(CLAIM, OTHER, CONFIRMED_CLAIM),
        ),
    ),
    (
        ev.SeriesEnded("srs", "cancelled", ("dat",), (TODAY + timedelta(7),)),
        (
            has(
                m.BookingSeries, "srs", state="cancelled",
                dates=(
                    m.SeriesDate(TODAY, "cancelled", "dat"),
                    m.SeriesDate(TODAY + timedelta(7), "cancelled", None, "taken"), THURSDAYS.dates[2],
                ),
            ),
            has(m.Booking, "dat", state="cancelled", expires=None),
            page(CLAIM, OTHER, GONE),
        ),
    ),
    # workshops
    (ev.WorkshopAdded(attrs.evolve(WORKSHOP, id="w")), (whole(attrs.evolve(WORKSHOP, id="w")),)),
    (ev.AdmissionChanged("talk", ADMISSION), (has(m.Workshop, "talk", admission=ADMISSION),)),
    (ev.SessionAdded(NEW_SESSION, START), (whole(NEW_SESSION), page(CLAIM, LONG_CLAIM, OTHER))),
    (
        ev.SessionMoved("ses", *MOVED, "b", (LONGER,), LATER, START),
        (
            has(
                m.Session, "ses", starts=MOVED[0], ends=MOVED[1], period=MOVED[2], space_id="b", placed=(LONGER,),
                decide_at=LATER, sequence=1,
            ),
            page(CLAIM, LONG_CLAIM, OTHER),
        ),
    ),
    (
        ev.SessionsPlanned(attrs.evolve(FRIDAYS, id="s2"), (NEW_SESSION,), START),
        (whole(attrs.evolve(FRIDAYS, id="s2")), whole(NEW_SESSION), page(CLAIM, LONG_CLAIM, OTHER)),
    ),
    (
        ev.SessionsExtended("sss", TODAY + timedelta(20), (FURTHER,), (NEW_SESSION,), START),
        (
            has(m.SessionSeries, "sss", dates=(*FRIDAYS.dates, FURTHER), until=TODAY + timedelta(20), zone="UTC"),
            whole(NEW_SESSION),
            page(CLAIM, LONG_CLAIM, OTHER),
        ),
    ),
    (
        ev.SkippedPlanned("sss", (HAD,), (NEW_SESSION,), START),
        (
            has(m.SessionSeries, "sss", dates=(FRIDAYS.dates[0], HAD)),
            whole(NEW_SESSION),
            page(CLAIM, LONG_CLAIM, OTHER),
        ),
    ),
    (
        ev.SessionsChanged(attrs.evolve(FRIDAYS, seats=5), TODAY, (), "light"),
        (whole(attrs.evolve(FRIDAYS, seats=5)),),
    ),
    (
        ev.SessionsCancelled("sss", ("ses",), (TODAY + timedelta(7),), "rain"),
        (
            has(
                m.SessionSeries, "sss", dates=(FRIDAYS.dates[0], attrs.evolve(FRIDAYS.dates[1], why="cancelled"))
            ),
        ),
    ),
    (ev.ThemeChanged("ses", "fillets"), (has(m.Session, "ses", theme="fillets"),)),
    (ev.SessionConfirmed("ses"), (has(m.Session, "ses", state="confirmed", sequence=1),)),
    (
        ev.SessionCancelled("ses", "rain"),
        (has(m.Session, "ses", state="cancelled", reason="rain", placed=(), sequence=1),),
    ),
    (
        ev.MeetingMoved("crs", "mtg", *TO_EVENING, None, (), START),
        (
            has(
                m.Session, "crs", starts=MEETS[1].starts, ends=TO_EVENING[1], period=period(15, 18),
                meetings=(
                    MEETS[1],
                    m.Meeting("mtg", *TO_EVENING, sequence=1),
                ),
            ),
            page(CLAIM, GONE),
        ),
    ),
    (
        ev.MeetingCancelled("crs", "mtg", "ill"),
        (
            has(
                m.Session, "crs", starts=MEETS[1].starts, ends=MEETS[1].ends, period=period(15, 16),
                meetings=(
                    attrs.evolve(MEETS[0], state="cancelled", reason="ill", placed=(), sequence=1),
                    MEETS[1],
                ),
            ),
            page(CLAIM, GONE),
        ),
    ),
    (
        ev.SeatTaken(NEW_SEAT, ("old",)),
        (whole(NEW_SEAT), has(m.Session, "ses", confirmed=1, held=(SEATS[0], m.HeldSeat("reg2", LATER)))),
    ),
    (
        ev.WaitingJoined(attrs.evolve(WAITING, id="w3")),
        (whole(attrs.evolve(WAITING, id="w3")), has(m.Session, "ses", waiting=("w1", "w2", "w3"))),
    ),
    (
        ev.SeatPriced("reg", "chg", SPENDS, ("opt",), LATEST),
        (
            has(m.Registration, "reg", charge_id="chg", spends=SPENDS, option_ids=("opt",), expires=LATEST),
            has(m.Session, "ses", confirmed=1, held=(SEATS[1], m.HeldSeat("reg", LATEST))),
        ),
    ),
    (
        ev.SeatConfirmed("reg"),
        (
            has(m.Registration, "reg", state="confirmed", expires=None),
            has(m.Session, "ses", confirmed=2, held=(SEATS[1],)),
        ),
    ),
    (
        ev.SeatRetaken("reg", START),
        (
            has(m.Registration, "reg", state="confirmed", expires=None),
            has(m.Session, "ses", confirmed=2, held=()),
        ),
    ),
    (
        ev.SeatPromoted("w1", LATER),
        (
            has(m.Registration, "w1", state="held", expires=LATER),
            has(m.Session, "ses", waiting=("w2",), confirmed=1, held=(*SEATS, m.HeldSeat("w1", LATER))),
        ),
    ),
    (
        ev.SeatGivenUp("reg", "expired"),
        (
            has(m.Registration, "reg", state="expired", expires=None),
            has(m.Session, "ses", confirmed=1, held=SEATS[1:], waiting=("w1", "w2")),
        ),
    ),
    (ev.SeatMissed("reg", MISSED, SHARES), (has(m.Registration, "reg", missed=MISSED, more=SHARES),)),
    (ev.SeatNotMissed("reg", SPENDS, SHARES), (has(m.Registration, "reg", missed=None, spends=SPENDS, more=SHARES),)),
    (ev.SeatsChanged("ses", 9), (has(m.Session, "ses", capacity=9),)),
    (ev.SeatsKept("ses", "GROUP", 9), (has(m.Session, "ses", kept_seats=(m.KeptSeats("GROUP", 9),)),)),
    # attendance
    (ev.AttendanceMarked("reg", 1, LATER), (has(m.Registration, "reg", marks=(m.Mark(1, LATER),)),)),
    (ev.MarkTakenBack("w1"), (has(m.Registration, "w1", marks=()),)),
    (ev.SheetClosed("ses", 3, LATER), (has(m.Session, "ses", sheet=m.Sheet(LATER, 3)),)),
    (ev.SheetReopened("ses", "late"), (has(m.Session, "ses", sheet=None),)),
    (
        ev.PrerequisitesChanged("talk", ("safety",), 12),
        (has(m.Workshop, "talk", prerequisites=("safety",), valid_months=12),),
    ),
    (
        ev.TrainingGained("zoe", "talk", m.Learnt(LATEST, reason="again")),
        (has(m.Training, "zoe|talk", ways=(LEARNT[0], m.Learnt(LATEST, reason="again"))),),
    ),
    (ev.TrainingLost("zoe", "talk", "reg"), (has(m.Training, "zoe|talk", ways=LEARNT[1:]),)),
    (ev.TrainingRevoked("zoe", "talk", "misused"), (has(m.Training, "zoe|talk", ways=()),)),
    # money
    (ev.PriceMade(attrs.evolve(SALE, id="sal2")), (whole(attrs.evolve(SALE, id="sal2")),)),
    (ev.ScopeJoined("day", EARLIER, (JOINED,)), (whole(m.Scope("day", EARLIER, (SCOPED, JOINED))),)),
    (ev.ScopePaid("day", (PAID,)), (has(m.Scope, "day", parts=(PAID,)),)),
    (ev.ScopePriced(m.Scope("day", EARLIER)), (whole(m.Scope("day", EARLIER)),)),
    (ev.MetersMoved(MOVES), (has(m.Meter, "cap", used=1200),)),
    (ev.MetersReturned("chg"), (has(m.Charge, "chg", meters=()), has(m.Meter, "cap", used=600))),
    (ev.ChargeRaised(NEW_CHARGE), (whole(NEW_CHARGE),)),
    (ev.ChargeVoided("chg"), (has(m.Charge, "chg", state="void", billed=eur(400)),)),
    (
        ev.ChargeLowered("chg", eur(250), (m.LineRefund(0, eur(250)),)),
        (has(m.Charge, "chg", billed=eur(750), parts=(750, 0)),),
    ),
    (ev.ChargedBack("pay", 300, "lost"), (has(m.Attempt, "pay", lost=300), has(m.Charge, "chg", lost=300))),
    (
        ev.PaymentReturned("pay", eur(300), "MD06"),
        (has(m.Attempt, "pay", captured=100, reason="MD06"), has(m.Charge, "chg", paid=eur(100))),
    ),
    (ev.AttemptStarted(NEW_ATTEMPT), (whole(NEW_ATTEMPT), has(m.Charge, "chg", attempt_ids=("pay", "pay2")))),
    (
        ev.AttemptObserved("pay", "declined", 500, "ch_2", "no funds", "https://x"),
        (
            has(
                m.Attempt, "pay", state="declined", captured=500, reference="ch_2", reason="no funds",
                next_url="https://x",
            ),
        ),
    ),
    (ev.JointAttemptStarted(attrs.evolve(JOINT, id="joi2")), (whole(attrs.evolve(JOINT, id="joi2")),)),
    (
        ev.JointAttemptObserved("joi", "pending", 100, "ch_3", "slow", "https://y"),
        (
            has(
                m.JointAttempt, "joi", state="pending", captured=100, reference="ch_3", reason="slow",
                next_url="https://y",
            ),
        ),
    ),
    (ev.ChargePaid("chg", eur(600)), (has(m.Charge, "chg", paid=eur(1000), state="settled"),)),
    (
        ev.RefundAsked(attrs.evolve(REFUND, id="ref2")),
        (
            whole(attrs.evolve(REFUND, id="ref2")),
            has(m.Charge, "chg", refunded=eur(150), billed=eur(850)),
            has(m.Attempt, "pay", refunded=250),
        ),
    ),
    (ev.RefundObserved("ref", "settled", "re_1"), (has(m.Refund, "ref", state="settled", reference="re_1"),)),
    (ev.LedgerPosted(ENTRY), (whole(ENTRY),)),
    (ev.ChargeStood("chg"), (has(m.Charge, "chg", stands=True),)),
    (
        ev.DepositDropped("lent", eur(50)),
        (has(m.Charge, "lent", billed=eur(350), deposit=250, instalments=SHORTER, state="settled"),),
    ),
    (ev.InstalmentsMoved("lent", SHORTER), (has(m.Charge, "lent", billed=eur(400), instalments=SHORTER, state="due"),)),
    (
        ev.ChargeWrittenOff("chg", eur(600), "gone abroad"),
        (has(m.Charge, "chg", written_off=600, state="settled"),),
    ),
    (ev.CreditMoved("asso", "zoe", eur(-200)), (has(m.PayerCredit, "asso|zoe|EUR", amount=eur(300)),)),
    (ev.OwedPaid(PAYMENT), (whole(PAYMENT),)),
    (ev.WriteOffReversed("lost", eur(200)), (has(m.Charge, "lost", written_off=400),)),
    (
        ev.DepositKept("lent", eur(100), "a scratch"),
        (has(m.Charge, "lent", deposit=200, kept_deposit=100, parts=(100, 0, 100)),),
    ),
    # taken over
    (ev.RowTakenOver(TAKEN), (whole(TAKEN),)),
    (ev.BookingTakenOver(attrs.evolve(BOOKING, id="bkg9")), (whole(attrs.evolve(BOOKING, id="bkg9")),)),
    # books
    (
        ev.PeriodClosed(CLOSING),
        (
            whole(CLOSING),
            has(m.LegalEntity, "asso", closed_until=CLOSING.until),
            has(m.Place, "paris", entries_from=START),
        ),
    ),
    (
        ev.PeriodSealed(SEALED.id, LATER, 3, "ab", (m.AccountTotal("lost", "EUR", 5, 0),), ()),
        (
            has(
                m.Closing,
                SEALED.id,
                sealed_at=LATER,
                entries=3,
                digest="ab",
                totals=(m.AccountTotal("lost", "EUR", 5, 0),),
                owed=(),
            ),
        ),
    ),
    (ev.AccountsMapped(m.Chart("asso")), (whole(m.Chart("asso")),)),
    # bills
    (ev.BillingTermsAgreed(attrs.evolve(BILLED, id="asso|bob")), (whole(attrs.evolve(BILLED, id="asso|bob")),)),
    (ev.BillingTermsEnded(BILLED.id), (has(m.BillingTerms, BILLED.id, next_on=None),)),
    (
        ev.BillClosed(BILLED.id, LATER.date(), ("asso|F2026-000009",), date(2027, 1, 1)),
        (
            has(
                m.BillingTerms,
                BILLED.id,
                billed_until=LATER.date(),
                bill_ids=("asso|F2026-000009",),
                next_on=date(2027, 1, 1),
            ),
        ),
    ),
    (ev.BillChaseBegun(attrs.evolve(CHASE, id="asso|F9")), (whole(attrs.evolve(CHASE, id="asso|F9")),)),
    (
        ev.BillChased(CHASE.id, date(2026, 12, 8), ("chg",)),
        (has(m.BillChase, CHASE.id, seen_on=date(2026, 12, 8), leave_on=date(2026, 12, 9)),),
    ),
    (ev.BillLeftUnpaid(CHASE.id, LATER.date()), (has(m.BillChase, CHASE.id, unpaid_on=LATER.date()),)),
    # direct debits
    (ev.MandateSigned(attrs.evolve(SIGNED, id="asso|bob")), (whole(attrs.evolve(SIGNED, id="asso|bob")),)),
    (
        ev.MandateEnded(SIGNED.id, TODAY, "AC04"),
        (has(m.DebitMandate, SIGNED.id, ended_on=TODAY, reason="AC04"),),
    ),
    (ev.DebitAwaited(attrs.evolve(DUE_DEBIT, id="asso|F9")), (whole(attrs.evolve(DUE_DEBIT, id="asso|F9")),)),
    (
        ev.DebitLeftOut(INVOICE.id, "refused", "no mandate"),
        (has(m.DueDebit, INVOICE.id, state="refused", reason="no mandate"),),
    ),
    (ev.DebitsCollected(COLLECTED), (whole(COLLECTED),)),
    (
        ev.DebitBegun(attrs.evolve(DEBIT, id="dbt2"), LATER.date()),
        (
            whole(attrs.evolve(DEBIT, id="dbt2")),
            has(m.DueDebit, INVOICE.id, debit_id="dbt2"),
            has(m.DebitMandate, SIGNED.id, last_on=LATER.date()),
        ),
    ),
    (
        ev.DebitAnswered("dbt", "back", "AM04"),
        (
            has(m.Debit, "dbt", state="back", reason="AM04"),
            has(m.DueDebit, INVOICE.id, state="refused", reason="AM04"),
        ),
    ),
    (
        ev.BankAnswerRead(m.DebitAnswer("asso|0", "asso", "camt.054", "B1", LATER)),
        (whole(m.DebitAnswer("asso|0", "asso", "camt.054", "B1", LATER)),),
    ),
    # clearing
    (
        ev.ClearingAgreed(attrs.evolve(FAIR, id="new")),
        (has(m.ClearingTerms, "asso", rules=(FAIR, attrs.evolve(FAIR, id="new"))),),
    ),
    (
        ev.ClearingEnded("asso", "fair", TODAY),
        (has(m.ClearingTerms, "asso", rules=(attrs.evolve(FAIR, last_day=TODAY),)),),
    ),
    (
        ev.ClearingPosted(CLEARED, 96),
        (
            whole(CLEARED),
            has(m.ClearingPair, "asso|coop", lines=4),
            has(m.ClearingUse, CLEARED_USE.id, units=3, amount=144),
            has(m.ClearingAccount, "ent|coop", units=5, amount=240),
        ),
    ),
    (
        ev.ClearingInvoicingAgreed(INVOICING),
        (whole(INVOICING),),
    ),
    (
        ev.ClearingClosed(STATEMENT),
        (whole(STATEMENT), has(m.ClearingPair, "asso|coop", closed_until=TODAY)),
    ),
    # documents
    (
        ev.EntityDescribed("asso", PORT, "FR", "123", "FR1", PORT),
        (has(m.LegalEntity, "asso", address=PORT, country="FR", registration="123", vat_number="FR1", mentions=PORT),),
    ),
    (ev.SeriesOpened(attrs.evolve(SERIES, id="asso|x")), (whole(attrs.evolve(SERIES, id="asso|x")),)),
    (
        ev.SeriesContinued("asso|credits", 2026, 118),
        (has(m.NumberSeries, "asso|credits", year=2026, last=118, elsewhere=(2026, 118)),),
    ),
    (ev.ReceiptsAutomated("asso", "asso|r"), (has(m.LegalEntity, "asso", receipts="asso|r"),)),
    (
        ev.DocumentIssued(CREDIT_NOTE),
        (
            whole(CREDIT_NOTE),
            has(m.NumberSeries, CREDITS.id, year=2027, last=1, issued_at=LATER),
            whole(m.ChargeDocuments("chg", credits=(m.Credit(CREDIT_NOTE.id, "ref"),), credited=(150,))),
        ),
    ),
]  # fmt: skip
ALL_CASES = [pytest.param(event, effects, id=type(event).__name__) for event, effects in CASES]


def test_every_event_has_an_entry() -> None:
    """A new event without a line in this table fails here."""
    assert {type(event).__name__ for event, _ in CASES} == set(ev.EVENTS)
    assert len(CASES) == len(ev.EVENTS)


def test_credit_begins_with_the_first_of_it() -> None:
    """Who had none has what came; another legal entity has none of it."""
    after = on(ev.CreditMoved("asso", "bob", eur(70)))
    assert after.need(m.PayerCredit, "asso|bob|EUR") == m.PayerCredit("asso|bob|EUR", "asso", "bob", eur(70))
    assert after.get(m.PayerCredit, "coop|bob|EUR") is None


def test_what_credit_pays_is_noted_on_the_charge() -> None:
    """So that whoever gives it back knows that there is credit to look for."""
    after = on(ev.AttemptStarted(attrs.evolve(NEW_ATTEMPT, account="credit")))
    assert after.need(m.Charge, "chg").by_credit == NEW_ATTEMPT.amount.amount


def test_what_is_debited_is_noted_on_the_charge() -> None:
    """So that what goes back of it becomes credit of the payer."""
    after = on(ev.AttemptStarted(attrs.evolve(NEW_ATTEMPT, account="mandate")))
    assert after.need(m.Charge, "chg").debited


def test_a_payment_that_is_returned_in_full_is_declined_and_owed_again() -> None:
    """A charge that was settled by it is due again; one that is void stays void."""
    settled = attrs.evolve(CHARGE, paid=eur(1000), state="settled")
    taken = attrs.evolve(ATTEMPT, captured=1000, refunded=0, state="settled")
    for charge, state_after in ((settled, "due"), (attrs.evolve(settled, state="void"), "void")):
        changed = ev.PaymentReturned("pay", eur(1000), "MD06").changes(state(charge, taken))
        attempt, after = changed
        assert (attempt.state, attempt.captured, after.state, after.paid) == ("declined", 0, state_after, eur(0))


def test_an_answer_to_an_earlier_debit_leaves_the_bill_alone() -> None:
    """The bill is in another collection by then: what it waits for is the answer to that one."""
    other = attrs.evolve(DUE_DEBIT, debit_id="dbt9")
    changed = ev.DebitAnswered("dbt", "back", "MD06").changes(state(other, DEBIT))
    assert changed == (attrs.evolve(DEBIT, state="back", reason="MD06"),)


def test_a_bill_marks_its_charges() -> None:
    """An invoice with parts is that of each of its charges, which are due on its day; without parts it marks none."""
    part = m.DocumentPart("chg", 0, eur(1000), eur(400))
    bill = attrs.evolve(INVOICE, due_on=TODAY, parts=(part, attrs.evolve(part, charge_id="lent", first=1)))
    after = on(ev.DocumentIssued(bill))
    for id in ("chg", "lent"):
        charge = after.need(m.Charge, id)
        assert (charge.invoice_id, charge.due_on) == (bill.id, TODAY)
        assert after.need(m.ChargeDocuments, id).invoice_id == bill.id
    alone = on(ev.DocumentIssued(INVOICE))
    assert (alone.need(m.Charge, "chg").invoice_id, alone.need(m.Charge, "chg").due_on) == (None, CHARGE.due_on)


def test_a_day_without_anything_to_bill_keeps_the_last_bill() -> None:
    """Where there was nothing to bill only the next day changes."""
    after = on(ev.BillClosed(BILLED.id, LATER.date(), (), date(2027, 1, 1))).need(m.BillingTerms, BILLED.id)
    assert after == attrs.evolve(BILLED, next_on=date(2027, 1, 1))


def test_a_bill_with_credit_marks_its_charges() -> None:
    """What goes back of the charges of a bill that uses credit becomes credit; of what is no such bill it does not."""
    part = m.DocumentPart("chg", 0, eur(1000), eur(400))
    bill = attrs.evolve(INVOICE, due_on=TODAY, parts=(part,))
    state = on(ev.DocumentIssued(bill))
    for to_credit in (False, True):
        closed = ev.BillClosed(BILLED.id, TODAY, (bill.id,), None, to_credit)
        assert applied(state, closed).need(m.Charge, "chg").to_credit == to_credit


def test_what_became_credit_is_known_of_the_attempt() -> None:
    """What no gateway gave back is kept apart; what goes back by the way it came is not of it."""
    for account, credited in (("credit", 100), (ATTEMPT.account, 0)):
        asked = attrs.evolve(REFUND, id="ref9", account=account, amount=eur(100), surplus=False, deposit=False)
        after = on(ev.RefundAsked(asked)).need(m.Attempt, asked.attempt_id)
        assert (after.credited, after.refunded) == (ATTEMPT.credited + credited, ATTEMPT.refunded + 100)


def test_a_part_of_the_meters_goes_back_once() -> None:
    """What one date had moved a meter by is taken off it and off the charge; what the other dates moved stays."""
    after = on(ev.MetersReturned("chg", (m.MeterMove("cap", 40),)))
    assert after.need(m.Charge, "chg").meters == (m.MeterMove("cap", 60),)
    assert after.need(m.Meter, "cap").used == 660
    after = applied(after, ev.MetersReturned("chg", (m.MeterMove("cap", 60),)))
    assert after.need(m.Charge, "chg").meters == ()
    assert after.need(m.Meter, "cap").used == 600


def test_a_date_that_ends_by_itself_is_no_longer_booked() -> None:
    """The series follows a booking that was cancelled alone; with its last date it is cancelled itself."""
    confirmed = attrs.evolve(THURSDAYS, state="confirmed")
    after = on(ev.BookingEnded("dat", "cancelled"), confirmed).need(m.BookingSeries, "srs")
    assert [one.state for one in after.dates] == ["cancelled", "skipped", "booked"]
    assert after.state == "confirmed"
    last = attrs.evolve(confirmed, dates=confirmed.dates[:1])
    assert on(ev.BookingEnded("dat", "cancelled"), last).need(m.BookingSeries, "srs").state == "cancelled"


def test_dates_that_expire_in_a_confirmed_series_are_skipped_again() -> None:
    """What was booked later and never paid can be tried once more; a series that was never paid is over."""
    expired = ev.SeriesEnded("srs", "expired", ("dat",))
    again = on(expired, attrs.evolve(THURSDAYS, state="confirmed")).need(m.BookingSeries, "srs")
    assert (again.state, again.dates[0]) == ("confirmed", m.SeriesDate(TODAY, "skipped", None, "expired"))
    over = on(expired).need(m.BookingSeries, "srs")
    assert (over.state, over.dates[0].state) == ("expired", "cancelled")


def test_each_type_of_document_has_its_place() -> None:
    """A charge lists one receipt, one invoice, and what credit notes took back of each line, note by note."""
    receipt = attrs.evolve(INVOICE, id="asso|R2026-000001", series_id="asso|r", what="receipt", number=1)
    second = attrs.evolve(CREDIT_NOTE, id="asso|A2027-000002", number=2, refund_id=None)
    after = state(*EVERYTHING, attrs.evolve(SERIES, id="asso|r"), complete=True)
    for document in (INVOICE, receipt, CREDIT_NOTE, second):
        after = applied(after, ev.DocumentIssued(document))
    credits = (m.Credit(CREDIT_NOTE.id, "ref"), m.Credit(second.id))
    assert after.need(m.ChargeDocuments, "chg") == m.ChargeDocuments("chg", receipt.id, INVOICE.id, credits, (300,))
    assert after.need(m.NumberSeries, SERIES.id).last == 5
    later = applied(after, ev.DocumentIssued(attrs.evolve(INVOICE, id="asso|F2027-000001", year=2027, number=1)))
    assert later.need(m.NumberSeries, SERIES.id).ended == ((2026, 5),)
    assert after.need(m.ChargeDocuments, "chg").corrected == INVOICE.id
    assert m.ChargeDocuments("chg", receipt.id).corrected == receipt.id


@pytest.mark.parametrize(("event", "effects"), ALL_CASES)
def test_an_event_has_its_effect_and_no_other(event: ev.Event, effects: tuple[Callable[[State], None], ...]) -> None:
    """The records named change in the fields named; every other record and field is as it was."""
    before = state(*EVERYTHING, complete=True)
    after = applied(before, event)
    for effect in effects:
        effect(after)
    expected = {effect.key: effect.fields for effect in effects}  # type: ignore[attr-defined]
    for changed in event.changes(before):
        assert key(changed) in expected
    for found, record in after.records.items():
        old = before.records.get(found)
        if found not in expected:
            assert record == old
        elif old is not None:
            names = [field.name for field in attrs.fields(type(record)) if field.name not in expected[found]]
            assert [getattr(record, name) for name in names] == [getattr(old, name) for name in names]


@pytest.mark.parametrize(("event", "effects"), ALL_CASES)
def test_an_event_changes_the_same_whatever_it_is_written_to(event: ev.Event, effects: object) -> None:
    """Read back from its journal entry an event is equal, and has the same effect."""
    again = codec.decode_event(codec.encode_event(event, START, "desk:ana", ()))
    before = state(*EVERYTHING, complete=True)
    assert again == event
    assert again.changes(before) == event.changes(before)


OF_PERSONS = (
    ev.PersonAdded
    | ev.PersonChanged
    | ev.PersonFactsChanged
    | ev.ProfilePublished
    | ev.ProfileWithdrawn
    | ev.FeedShared
    | ev.FeedRevoked
    | ev.ForgettingAnnounced
    | ev.ForgettingWithdrawn
    | ev.OrganisationAdded
    | ev.OrganisationChanged
    | ev.OrganisationFactsChanged
    | ev.OrganisationForgettingAnnounced
    | ev.OrganisationForgettingWithdrawn
)
"""Who it is stands in a private record, which no event makes."""

REFERRING = [
    pytest.param(event, id=type(event).__name__)
    for event, _ in CASES
    if any(field.name.endswith("_id") for field in attrs.fields(type(event)))
    and not isinstance(
        event,
        OF_PERSONS
        | ev.RoleGiven
        | ev.ScopeJoined
        | ev.TrainingGained
        | ev.UniqueTaken
        | ev.UniqueFreed
        | ev.TariffPublished
        | ev.CodesAdded
        | ev.CreditMoved
        | ev.SponsorshipAgreed
        | ev.MonthSponsoredLess,
    )
]


@pytest.mark.parametrize("event", REFERRING)
def test_an_event_about_nothing_is_a_fault(event: ev.Event) -> None:
    """An event that names a record which is not there is never taken for a new record."""
    with pytest.raises(NotFoundError):
        event.changes(State(complete=True))


def test_an_event_without_a_rule_is_a_fault() -> None:
    """What no rule is registered for is not silently nothing."""

    class Unknown(ev.Event):
        pass

    with pytest.raises(TypeError, match="no rule for Unknown"):
        Unknown().changes(State(complete=True))


# --- the second face of an event -------------------------------------------------------------------------------------


def test_a_confirmed_narrowing_is_what_was_announced() -> None:
    """What was announced becomes the capacity and the closures in force; a wider number is not taken over."""
    announced = attrs.evolve(STANDING, narrowing=NARROWING)
    found = on(ev.NarrowingConfirmed("b", "nar"), announced).need(m.StandingPage, "b|always")
    assert (found.capacity, found.narrowing) == (1, None)
    assert [closure.id for closure in found.closures] == ["cls", "cls2"]
    wider = attrs.evolve(STANDING, narrowing=m.Narrowing("nar", 8))
    assert on(ev.NarrowingConfirmed("b", "nar"), wider).need(m.StandingPage, "b|always").capacity == 3


def test_a_first_price_list_a_replaced_version_and_one_that_was_there() -> None:
    """Another version from the same instant replaces the one before; a known text is not written again."""
    same = ev.TariffPublished("net", "EUR", "v1", "changed?", START)
    assert same.changes(state(*EVERYTHING)) == (LIST,)
    first = ev.TariffPublished("new", "EUR", "v1", "text", START)
    made = first.changes(state(TARIFF, absent=[(m.PriceList, "new")]))
    assert made == (m.PriceList("new", "EUR", (m.ListVersion(START, "v1"),)),)
    earlier = ev.TariffPublished("net", "EUR", "v0", "old", START - timedelta(days=1))
    found = applied(state(*EVERYTHING, complete=True), earlier).need(m.PriceList, "net")
    assert [version.tariff_version for version in found.versions] == ["v0", "v1"]


@pytest.mark.parametrize(("cents", "becomes"), [(599, "due"), (600, "settled"), (601, "settled")])
def test_a_charge_is_settled_by_the_last_cent(cents: int, becomes: str) -> None:
    """A charge stays due until nothing is outstanding; more than that settles it too."""
    assert on(ev.ChargePaid("chg", eur(cents))).need(m.Charge, "chg").state == becomes


def test_money_for_a_void_charge_does_not_revive_it() -> None:
    """A void charge takes note of the money and stays void."""
    void = attrs.evolve(CHARGE, state="void", billed=eur(400))
    assert on(ev.ChargePaid("chg", eur(600)), void).need(m.Charge, "chg").state == "void"


def test_voiding_never_bills_more_than_was_billed() -> None:
    """When more is held than billed, voiding keeps what is billed."""
    over = attrs.evolve(CHARGE, paid=eur(1500))
    assert on(ev.ChargeVoided("chg"), over).need(m.Charge, "chg").billed == eur(1000)


@pytest.mark.parametrize(("by", "state"), [(599, "due"), (600, "settled")])
def test_a_charge_that_is_lowered_to_what_was_paid_is_settled(by: int, state: str) -> None:
    """What is no longer owed may be all that was not paid: then nothing more is due. Instalments are less by it."""
    lent = on(ev.ChargeLowered("lent", eur(50))).need(m.Charge, "lent")
    assert (lent.billed, lent.instalments, lent.state) == (eur(350), CHEAPER, "settled")
    after = on(ev.ChargeLowered("chg", eur(by))).need(m.Charge, "chg")
    assert (after.billed, after.paid, after.state) == (eur(1000 - by), eur(400), state)


@pytest.mark.parametrize(("surplus", "billed"), [(False, 1150), (True, 1000)])
def test_a_declined_refund_is_as_if_never_asked(surplus: bool, billed: int) -> None:
    """Charge and attempt take the refund back; surplus never was billed."""
    asked = attrs.evolve(REFUND, surplus=surplus)
    held = attrs.evolve(CHARGE, paid=eur(2000), refunded=eur(150))
    after = on(ev.RefundObserved("ref", "declined", ""), asked, held)
    assert (after.need(m.Charge, "chg").refunded, after.need(m.Charge, "chg").billed) == (eur(0), eur(billed))
    assert after.need(m.Attempt, "pay").refunded == -50


def test_a_promotion_without_an_end_is_for_good() -> None:
    """A free workshop's promoted seat is confirmed at once."""
    after = on(ev.SeatPromoted("w1", None))
    assert after.need(m.Registration, "w1").state == "confirmed"
    session = after.need(m.Session, "ses")
    assert (session.confirmed, session.held) == (2, SEATS)


def test_giving_up_a_seat_for_good_takes_one_off_the_count() -> None:
    """Who has a seat for good and gives it up frees that one, and no seat that is held."""
    confirmed = attrs.evolve(REGISTRATION, state="confirmed", expires=None)
    before = state(*[confirmed if one is REGISTRATION else one for one in EVERYTHING], complete=True)
    (_, after) = ev.SeatGivenUp("reg", "cancelled").changes(before)
    assert (after.confirmed, after.held) == (0, SEATS[1:])


def test_giving_up_a_rank_leaves_the_seats() -> None:
    """Who waits and gives up frees a rank and no seat."""
    after = on(ev.SeatGivenUp("w1", "cancelled")).need(m.Session, "ses")
    assert (after.waiting, after.confirmed, after.held) == (("w2",), 1, SEATS)


def test_a_long_claim_is_on_the_standing_page_and_makes_its_day_pages() -> None:
    """A claim of months stands once; pages of its days that do not exist are made blank, to be guarded."""
    long = m.Placed("b", m.Claim("long", START, START + timedelta(days=63), 1))
    before = START - timedelta(minutes=1)
    made = ev.BookingMade(attrs.evolve(BOOKING, placed=(long,)), before).changes(state(*EVERYTHING, complete=True))
    pages = {one.id: one for one in made if isinstance(one, m.OccupancyPage)}
    standing = next(one for one in made if isinstance(one, m.StandingPage))
    assert standing.claims == (long.claim,)
    assert "b|2026-11-24" not in pages, "the page that is there, with nothing that ran out, is left alone"
    assert len(pages) == 63
    assert all(page.claims == () and page.id == m.page_id("b", page.day) for page in pages.values())
    dropped = ev.HoldsDropped((long,)).changes(state(attrs.evolve(STANDING, claims=(long.claim, OTHER))))
    assert dropped == (attrs.evolve(STANDING, claims=(OTHER,)),)


def test_a_long_claim_takes_short_holds_that_ran_out_from_their_pages() -> None:
    """What was taken for over goes from the pages of the days too, though the long claim is not on them."""
    long = m.Placed("b", m.Claim("long", START, START + timedelta(days=63), 1))
    made = ev.BookingMade(attrs.evolve(BOOKING, placed=(long,)), START).changes(state(*EVERYTHING, complete=True))
    (page,) = [one for one in made if one.id == "b|2026-11-24"]
    (was,) = [one for one in EVERYTHING if one.id == "b|2026-11-24"]
    assert page.claims == tuple(claim for claim in was.claims if claim != GONE)


def test_a_short_claim_takes_long_holds_that_ran_out_from_the_standing_page() -> None:
    """Of the holds on the standing page only those go that ran out and are in the time of the claim: else the page is
    read and not written."""
    gone = m.Claim("gone", START, START + timedelta(days=63), 1, START)
    before, after = attrs.evolve(gone, end=utc(10)), attrs.evolve(gone, id="after", start=utc(11))
    live, for_good = attrs.evolve(gone, id="live", expires=LATER), attrs.evolve(gone, id="good", expires=None)

    def standing(*claims: m.Claim) -> list[m.Record]:
        there = [attrs.evolve(one, claims=claims) if one == STANDING else one for one in EVERYTHING]
        event = ev.BookingMade(attrs.evolve(BOOKING, placed=PLACED), START)
        return [one for one in event.changes(state(*there, complete=True)) if isinstance(one, m.StandingPage)]

    assert standing(before, after, live, for_good) == []
    assert standing(before, gone, live, for_good) == [attrs.evolve(STANDING, claims=(before, live, for_good))]


def test_several_claims_of_one_event_come_to_one_page() -> None:
    """Two claims on one page are both on it, two long ones both on the standing page, and what one of them takes from a
    page comes back with none of the others."""
    gone = m.Claim("gone", START, START + timedelta(days=63), 1, START)
    first, second = m.Claim("one", utc(15), utc(16), 1), m.Claim("two", utc(16), utc(17), 1)
    long = [m.Claim(name, START, START + timedelta(days=63), 1) for name in ("long", "longer")]

    def made(*claims: m.Claim, at: datetime = START) -> dict[str, m.OccupancyPage | m.StandingPage]:
        there = [attrs.evolve(one, claims=(gone,)) if one == STANDING else one for one in EVERYTHING]
        event = ev.BookingMade(attrs.evolve(BOOKING, placed=tuple(m.Placed("b", one) for one in claims)), at)
        found = event.changes(state(*there, complete=True))
        return {one.id: one for one in found if isinstance(one, m.OccupancyPage | m.StandingPage)}

    day, standing = "b|2026-11-24", STANDING.id
    kept = {claim.id for claim in next(one for one in EVERYTHING if one.id == day).claims} - {GONE.id}
    assert {claim.id for claim in made(first, second)[day].claims} == kept | {"one", "two"}
    assert made(first, second)[standing].claims == ()
    assert {claim.id for claim in made(*long)[standing].claims} == {"long", "longer"}
    for claims in ((first, *long), (*long, first)):
        assert {claim.id for claim in made(*claims)[standing].claims} == {"long", "longer"}
        assert {claim.id for claim in made(*claims)[day].claims} == kept | {"one"}


def test_seats_that_are_taken_for_over_go_from_the_session() -> None:
    """A promotion, and another number of seats, take the holds off the session that they count as over."""
    kept = tuple(seat for seat in SEATS if seat.registration_id != "reg")
    assert on(ev.SeatPromoted("w1", None, (), ("reg",))).need(m.Session, "ses").held == kept
    assert on(ev.SeatsChanged("ses", 9, ("reg",))).need(m.Session, "ses").held == kept


def test_units_without_a_holder_have_no_wallet() -> None:
    """A pass sold to nobody in particular gives units that no wallet lists."""
    nobody = attrs.evolve(NEW_UNITS, holder_id=None)
    made = ev.PassSold(NEW_PASS, (nobody,)).changes(state(complete=True))
    assert made == (NEW_PASS, nobody)


def test_an_order_stands_as_long_as_a_line_does() -> None:
    """One line of two is cancelled: the other stands, and so does the order; a measure that costs no more adds no
    charge.
    """
    one = on(ev.OrderLinesCancelled("ord", (1,), ((),), ((),)), SOLD).need(m.Order, "ord")
    assert (one.state, [line.state for line in one.lines]) == ("sold", ["cancelled", "sold"])
    same = on(ev.OrderMeasured("ord", 2, "sal2"), SOLD).need(m.Order, "ord")
    assert (same.charge_ids, same.lines[1].more) == (SOLD.charge_ids, SECOND.more)


def test_the_first_thing_that_joins_a_scope_begins_it() -> None:
    """A scope of which nothing is known yet has what joined it, and nothing else."""
    made = ev.ScopeJoined("evening", EARLIER, (JOINED,)).changes(state(complete=True))
    assert made == (m.Scope("evening", EARLIER, (JOINED,)),)


def test_what_pays_for_a_thing_leaves_the_others_of_its_scope() -> None:
    """Of two things in a scope the charges of one become known: the other is as it was, and their order stays."""
    both = m.Scope("day", EARLIER, (SCOPED, JOINED))
    assert on(ev.ScopePaid("day", (PAID,)), both).need(m.Scope, "day") == attrs.evolve(both, parts=(PAID, JOINED))


def test_two_spends_of_one_entitlement_add_up() -> None:
    """Both are taken off, the second from what the first has left."""
    after = on(ev.UnitsSpent((m.Spend("ent", 2), m.Spend("ent", 3)), BOUGHT)).need(m.Entitlement, "ent")
    assert (after.left, after.used) == (1, 9)
    assert after.bought == after.left + after.used + after.expired + after.given_back


def test_a_party_takes_waits_and_leaves_with_all_its_seats() -> None:
    """Several seats of one registration are held, counted and freed together, and are wanted together on the list."""
    party = attrs.evolve(WAITING, id="w9", seats=3)
    after = applied(state(*EVERYTHING, complete=True), ev.WaitingJoined(party))
    assert after.need(m.Session, "ses").parties == (m.Party("w9", 3),)
    after = applied(after, ev.SeatPromoted("w9", LATER))
    session = after.need(m.Session, "ses")
    assert (session.parties, session.waiting, session.held[-1]) == ((), ("w1", "w2"), m.HeldSeat("w9", LATER, 3))
    assert session.taken(START) == 1 + 1 + 3
    after = applied(after, ev.SeatConfirmed("w9"))
    assert after.need(m.Session, "ses").confirmed == 4
    after = applied(after, ev.SeatGivenUp("w9", "cancelled"))
    assert after.need(m.Session, "ses").confirmed == 1
    left = applied(applied(state(*EVERYTHING, complete=True), ev.WaitingJoined(party)), ev.SeatGivenUp("w9", "expired"))
    assert (left.need(m.Session, "ses").parties, left.need(m.Session, "ses").waiting) == ((), ("w1", "w2"))
