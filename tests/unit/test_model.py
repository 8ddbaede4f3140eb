"""What records and commands accept: ids, texts, counts and instants, checked once, when they are made."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.calendar import MINUTES_A_DAY
from cantinekit.common import fields
from cantinekit.errors import CurrencyError, InputError, NaiveDatetimeError, TextError
from support.houses.small_house import START, TODAY, period
from support.houses.states_by_hand import BOUGHT, PLACE, eur

BAD_IDS = ["", " ", "a|b", "a\nb", "a\rb", "a\tb", "nul\0", "\x7f", "\ud800", "x" * 201, "é" * 101, 7, None, b"x"]

MADE: dict[type[Any], dict[str, Any]] = {
    m.LegalEntity: {"id": "i", "name": "n"},
    m.Space: {"id": "i", "place_id": "p", "entity_id": "e", "name": "n", "use": "room"},
    m.Pass: {
        "id": "i", "product_id": "p", "place_id": "p", "entity_id": "e", "sold_at": START, "tariff_version": "v"
    },
    m.Entitlement: {"id": "i", "pass_id": "p", "account": "a", "bought": 1, "left": 1, "bought_at": START},
    m.Wallet: {"id": "i"},
    m.Visit: {"id": "i", "place_id": "p", "space_id": "s", "product_id": "d", "opened_at": START, "until": START},
    m.CodePool: {"id": "i"},
    m.Workshop: {"id": "i", "place_id": "p", "title": "t"},
    m.Registration: {
        "id": "i", "session_id": "s", "place_id": "p", "person_id": "z", "state": "held", "asked_at": START
    },
    m.Booking: {
        "id": "i", "place_id": "p", "space_id": "s", "product_id": "d", "period": period(9, 10), "units": 1,
        "state": "held",
    },
    m.Person: {"id": "i", "name": "n"},
    m.Product: {
        "id": "i", "name": "n", "entity_id": "e", "pricelist_id": "l", "tariff_product": "t", "sells": "option"
    },
    m.Holding: {"pass_id": "p", "pricelist_id": "l", "tariff_product": "t", "first_day": TODAY},
    m.Claim: {"id": "i", "start": START, "end": START, "units": 1},
    m.Spend: {"entitlement_id": "i", "units": 1},
    c.AddEntity: {"name": "n"},
    c.AddSpace: {"place_id": "p", "name": "n"},
    c.AddPerson: {"name": "n"},
    c.AddAccessCodes: {"place_id": "p", "codes": ("c",)},
    c.AddWorkshop: {"place_id": "p", "title": "t"},
    c.ChangeAdmission: {"workshop_id": "w", "admission": m.Admission()},
    m.Answers: {"id": "i", "session_id": "s", "person_id": "z", "asked_at": START},
    m.Imported: {"id": "i", "day": TODAY, "fingerprint": "f", "made": m.Subject("pass", "p"), "at": START},
    m.ImportedWho: {"id": "i", "person_id": "z", "fingerprint": "f"},
    m.Profile: {"id": "z", "place_id": "p", "audience": "members", "name": "n", "published_at": START},
    c.PublishProfile: {"person_id": "z", "place_id": "p", "audience": "members"},
    c.WithdrawProfile: {"person_id": "z"},
    m.FeedLink: {"id": "i", "person_id": "z", "digest": "0f" * 32, "made_at": START},
    c.ShareFeed: {"person_id": "z", "link_id": "i", "digest": "0f" * 32},
    c.RevokeFeed: {"link_id": "i"},
    c.ImportUnits: {
        "source": "s", "day": TODAY, "account": "a", "units": 1, "pricelist_id": "l", "place_id": "p", "holder_id": "z"
    },
    c.ContinueSeries: {"source": "s", "day": TODAY, "entity_id": "e", "name": "n", "year": 2026, "last": 1},
    m.Admission: {"bursaries": m.Quota(seats=1)},
    c.SellPass: {"product_id": "p", "place_id": "p", "holder_id": "z"},
    c.CancelPass: {"pass_id": "p"},
    c.GiveNotice: {"pass_id": "p"},
    c.WithdrawNotice: {"pass_id": "p"},
    c.EndPass: {"pass_id": "p", "reason": "r"},
    c.PausePass: {"pass_id": "p", "reason": "r"},
    c.ResumePass: {"pass_id": "p"},
    c.ChangePass: {"pass_id": "p", "product_id": "q"},
    c.WithdrawPassChange: {"pass_id": "p"},
    c.ExtendPass: {"pass_id": "p", "days": 1, "reason": "r"},
    c.AgreeSponsorship: {"entity_id": "e", "sponsor_id": "s", "beneficiary_id": "b", "first_day": TODAY},
    c.EndSponsorship: {"sponsorship_id": "s", "last_day": TODAY},
    c.TransferPass: {"pass_id": "p", "holder_id": "z", "reason": "r"},
    c.GiftPass: {"product_id": "p", "place_id": "p", "buyer_id": "z"},
    c.ClaimPass: {"code": "k", "holder_id": "z"},
    c.RedirectGift: {"gift_id": "g"},
    c.WithdrawGift: {"gift_id": "g"},
    m.Gift: {
        "id": "i", "product_id": "p", "place_id": "p", "entity_id": "e", "buyer_id": "z", "sold_at": START,
        "tariff_version": "v", "sale_id": "s", "code_hash": "h",
    },
    m.GiftPart: {"item": "1", "tariff_product": "t", "product_id": "p"},
    m.GiftUnits: {"account": "a", "units": 1},
    c.Sell: {"lines": ("l",), "place_id": "p"},
    c.SellLine: {"product_id": "p"},
    c.CancelOrder: {"order_id": "o"},
    c.MeasureOrder: {"order_id": "o", "line": 1, "facts": ()},
    m.Order: {"id": "i", "place_id": "p", "entity_id": "e", "sold_at": START, "lines": ()},
    m.OrderLine: {"product_id": "p", "name": "n"},
    c.CheckIn: {"place_id": "p", "product_id": "p"},
    c.UpgradeVisit: {"visit_id": "v", "product_id": "p"},
    c.CheckOut: {"visit_id": "v"},
    c.CorrectVisit: {"visit_id": "v", "reason": "r"},
    c.CancelVisit: {"visit_id": "v", "reason": "r"},
    c.ReopenVisit: {"visit_id": "v", "reason": "r"},
    c.HoldSpace: {"space_id": "s", "product_id": "p", "period": period(9, 10)},
    c.Book: {"space_id": "s", "product_id": "p", "period": period(9, 10)},
    c.ConfirmBooking: {"booking_id": "b"},
    c.CancelBooking: {"booking_id": "b"},
    c.Register: {"session_id": "s", "person_id": "z"},
    c.TakeSeat: {"registration_id": "r"},
    c.CancelRegistration: {"registration_id": "r"},
    c.ChangeSeats: {"session_id": "s", "seats": 0},
    c.KeepSeats: {"session_id": "s", "code": "GROUP", "seats": 0},
    c.Pay: {"charge_id": "c", "account": "a"},
    c.RefundCharge: {"charge_id": "c", "amount": eur(1), "reason": "r"},
    c.PayOwed: {"payer_id": "z", "place_id": "p", "amount": eur(1), "account": "a"},
    c.PayTogether: {"charge_ids": ("c",), "account": "a"},
    c.PayBack: {"payer_id": "z", "place_id": "p", "account": "a"},
    c.WriteOff: {"charge_id": "c", "reason": "r"},
    c.CloseSpace: {"space_id": "s", "period": period(9, 10), "reason": "r"},
    c.ReopenSpace: {"space_id": "s", "closure_id": "c"},
    c.ChangeCapacity: {"space_id": "s", "capacity": 0},
    c.ChangeTerms: {"space_id": "s", "terms": m.Terms()},
}  # fmt: skip
"""The least that each of these is made of."""
INSTEAD = {(c.SellLine, "product_id"): {"booking_id": "b"}}
"""What is named where something else is not."""


def one(cls: type[Any], **instead: Any) -> Any:
    return cls(**{**MADE[cls], **instead})


def id_fields(cls: type[Any]) -> list[str]:
    return [field.name for field in attrs.fields(cls) if field.name == "id" or field.name.endswith("_id")]


ALL_IDS = [pytest.param(cls, name, id=f"{cls.__name__}.{name}") for cls in MADE for name in id_fields(cls)]


@pytest.mark.parametrize(("cls", "name"), ALL_IDS)
def test_every_id_of_every_record_and_command_is_checked(cls: type[Any], name: str) -> None:
    """No field that names something takes a text that cannot be a key; ``None`` only where nothing may be named."""
    one(cls)
    optional = next(field for field in attrs.fields(cls) if field.name == name).default is None
    for bad in BAD_IDS:
        if bad is None and optional:
            assert getattr(one(cls, **{name: None}, **INSTEAD.get((cls, name), {})), name) is None
            continue
        with pytest.raises(InputError if bad is None else TextError):
            one(cls, **{name: bad})


@given(st.text(max_size=210))
def test_an_id_is_taken_as_it_is_or_refused(text: str) -> None:
    """What is accepted is stored unchanged, fits in 200 bytes and cannot be read as a composite key."""
    good = (
        bool(text.strip())
        and len(text.encode("utf-8", "replace")) <= 200
        and not any(ch == "|" or ch == "\x7f" or ord(ch) < 32 or 0xD800 <= ord(ch) < 0xE000 for ch in text)
    )
    if good:
        assert fields.check_id(text) == text
        assert one(m.Wallet, id=text).id == text
    else:
        with pytest.raises(TextError):
            fields.check_id(text)


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_text_keeps_its_line_breaks_and_its_length(text: str, limit: int) -> None:
    """Texts may have several lines and tabs; control characters, and more than the limit, are refused."""
    plain = all(ch in "\t\n\r" or (ord(ch) >= 32 and ch != "\x7f" and not 0xD800 <= ord(ch) < 0xE000) for ch in text)
    if plain and len(text) <= limit:
        assert fields.check_text(text, "it", limit=limit) == text
    else:
        with pytest.raises(TextError, match="it "):
            fields.check_text(text, "it", limit=limit)


COUNTS = [
    (m.Claim, "units", 1, m.WHOLE), (m.Entitlement, "bought", 1, 10**9), (m.Entitlement, "left", 0, 10**9),
    (m.Spend, "units", 1, 10**9), (m.Pass, "count", 1, 100_000), (c.SellPass, "count", 1, 10_000),
    (m.Booking, "units", 1, 10_000), (m.OrderLine, "count", 1, 10_000), (c.SellLine, "count", 1, 10_000),
    (m.Space, "seats", 0, 10_000), (c.AddSpace, "capacity", 1, 10_000), (c.ChangeCapacity, "capacity", 0, 10_000),
    (c.ChangeSeats, "seats", 0, 10_000), (c.KeepSeats, "seats", 0, 10_000),
    (c.HoldSpace, "minutes", 1, 7 * 24 * 60), (c.Book, "units", 1, 10_000),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "name", "least", "most"), COUNTS)
def test_counts_are_integers_within_their_bounds(cls: type[Any], name: str, least: int, most: int) -> None:
    """Both bounds are possible, one beyond is not; a bool, a float or a text is no count."""
    for good in (least, most):
        assert getattr(one(cls, **{name: good}), name) == good
    for bad in (least - 1, most + 1, True, 1.0, "1", None):
        with pytest.raises(InputError, match=name):
            one(cls, **{name: bad})


@pytest.mark.parametrize(
    ("cls", "name"),
    [(m.Space, "use"), (m.Pass, "state"), (m.Visit, "state"), (m.Booking, "state"), (m.Registration, "state"),
     (m.Person, "lang"), (c.AddSpace, "use"), (c.AddPerson, "lang")],
)  # fmt: skip
@pytest.mark.parametrize("bad", ["", "nonsense", None, 1])
def test_words_are_of_their_list(cls: type[Any], name: str, bad: object) -> None:
    """A state or a use that nobody knows is refused when it is made."""
    with pytest.raises(InputError, match=f"{name} must be one of"):
        one(cls, **{name: bad})


@pytest.mark.parametrize(
    ("cls", "name"),
    [(m.LegalEntity, "accounts"), (m.Space, "parts"), (m.Wallet, "entitlement_ids"), (m.Product, "places"),
     (m.Visit, "charge_ids"), (c.AddEntity, "accounts"), (c.Register, "option_ids"), (c.TakeSeat, "option_ids"),
     (c.AddAccessCodes, "codes"), (m.Pass, "entitlement_ids")],
)  # fmt: skip
def test_lists_of_ids_are_lists_without_repeats(cls: type[Any], name: str) -> None:
    """Any iterable becomes a tuple; one text, a repeat or a bad id in it is refused. A wallet lists nothing twice."""
    assert getattr(one(cls, **{name: iter(["a", "b"])}), name) == ("a", "b")
    for bad in ("ab", ["a", "a"], ["a", ""], ["a|b"], [1]):
        with pytest.raises(InputError):
            one(cls, **{name: bad})


@pytest.mark.parametrize(
    ("cls", "name"),
    [(m.Pass, "sold_at"), (m.Visit, "until"), (m.Visit, "expires"), (m.Claim, "start"), (m.Claim, "expires"),
     (m.Entitlement, "expires"), (m.Registration, "expires"), (m.Booking, "expires")],
)  # fmt: skip
def test_instants_are_kept_in_utc(cls: type[Any], name: str) -> None:
    """Another zone becomes UTC, a datetime without one is refused."""
    tokyo = START.astimezone(timezone(timedelta(hours=9)))
    assert getattr(one(cls, **{name: tokyo}), name).tzinfo is UTC
    assert getattr(one(cls, **{name: tokyo}), name) == START
    with pytest.raises(NaiveDatetimeError):
        one(cls, **{name: datetime(2026, 11, 24)})


@pytest.mark.parametrize("cls", list(MADE))
def test_records_and_commands_are_frozen(cls: type[Any]) -> None:
    """Nothing is changed in place, and equal content is equal."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(one(cls), attrs.fields(cls)[0].name, "other")
    assert one(cls) == one(cls)


# --- invariants over several fields ----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["cash", "owed", "sales"]), st.integers(-5, 5)), max_size=5))
def test_an_entry_of_the_ledger_sums_to_zero(amounts: list[tuple[str, int]]) -> None:
    """Lines that do not balance make no entry, whatever accounts they are on."""
    lines = tuple(m.LedgerLine(account, amount) for account, amount in amounts)

    def made() -> m.LedgerEntry:
        return m.LedgerEntry("led", "asso", "paris", START, "raised", BOUGHT, "EUR", lines)

    if sum(amount for _, amount in amounts):
        with pytest.raises(InputError, match="sum to zero"):
            made()
    else:
        assert made().lines == lines


stretches = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 23), st.integers(1, 6)), max_size=5)


@given(stretches)
def test_the_hours_of_a_place_do_not_overlap(hours: list[tuple[int, int, int]]) -> None:
    """Two stretches of one weekday may touch and may not overlap, in whatever order they are given."""
    made = tuple(m.OpenHours(day, opens * 60, min(24, opens + length) * 60) for day, opens, length in hours)
    minutes = [(one.weekday, minute) for one in made for minute in range(one.opens, one.closes, 60)]
    if len(set(minutes)) == len(minutes):
        assert attrs.evolve(PLACE, hours=made).hours == made
    else:
        with pytest.raises(InputError, match="overlap on weekday"):
            attrs.evolve(PLACE, hours=made)


@pytest.mark.parametrize(("opens", "closes"), [(540, 540), (540, 539), (-1, 60), (0, 1441), (1440, 1440)])
def test_a_stretch_closes_after_it_opens_within_its_day(opens: int, closes: int) -> None:
    """Hours lie within one day and are not empty."""
    with pytest.raises(InputError):
        m.OpenHours(0, opens, closes)


def test_midnight_closes_at_the_end_of_the_day() -> None:
    """00:00 as a closing time is the end of the day, as an opening time its beginning."""
    (monday, tuesday) = m.OpenHours.weekly(range(2), time(0), time(0))
    assert (monday.opens, monday.closes, tuesday.weekday) == (0, MINUTES_A_DAY, 1)


@pytest.mark.parametrize("zone", ["", "Paris", "localtime", "../etc/passwd", "right/Europe/Paris", None])
def test_a_place_and_its_commands_know_their_zone(zone: Any) -> None:
    """Only IANA zones are taken: by the record, by adding and by moving a place."""
    for make in (
        lambda: attrs.evolve(PLACE, zone=zone),
        lambda: c.AddPlace(name="n", entity_id="e", zone=zone, currency="EUR"),
        lambda: c.MovePlace("p", zone=zone),
    ):
        with pytest.raises(InputError):
            make()


def test_a_place_has_a_currency_that_exists() -> None:
    """An unknown currency is refused by the record and by the command."""
    for make in (
        lambda: attrs.evolve(PLACE, currency="XXQ"),
        lambda: c.AddPlace(name="n", entity_id="e", zone="Europe/Paris", currency="XXQ"),
    ):
        with pytest.raises(CurrencyError):
            make()


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [(datetime(2026, 11, 24), time(9), time(10)), ("2026-11-24", time(9), time(10)), (TODAY, time(9, tzinfo=UTC),
     time(10)), (TODAY, "09:00", time(10)), (TODAY, time(9), None)],
)  # fmt: skip
def test_a_session_is_planned_in_wall_time(day: Any, starts: Any, ends: Any) -> None:
    """A date and two times of day without a zone; nothing else is guessed from."""
    assert c.AddSession(workshop_id="w", day=date(2026, 11, 24), starts=time(23), ends=time(1), seats=3).ends == time(1)
    with pytest.raises(InputError):
        c.AddSession(workshop_id="w", day=day, starts=starts, ends=ends, seats=3)


@pytest.mark.parametrize(
    "facts",
    [
        "x",
        1,
        {"a": None},
        {"a": 1.5},
        {"a": "x" * 201},
        {1: "x"},
        [["a", 1]],
        {"a\0": 1},
        {"a": ""},
        {"": 1},
        {"a": -1},
        {"a": 100_001},
        {"a": 2**63},
        {"a": Decimal("NaN")},
        {"a": Decimal("sNaN")},
        {"a": Decimal("-Infinity")},
        {"a": Decimal("100000.1")},
        {"a": Decimal("0.00001")},
        {"a": Decimal("1E+1000000")},
        {"a": datetime(2026, 1, 1)},
        {"a": date(2026, 1, 1)},
        {"a": []},
        {"a": [1]},
        {"a": ["\ud800"]},
        {"a": b"x"},
        {"a": {"b": "c"}},
        {"a": [""]},
        {"a": [str(n) for n in range(101)]},
        {"a": "\ud800"},
        {"\ud800": 1},
        {str(n): n for n in range(101)},
        (("a", 1), ("a", True)),
        {"a": 1.0},
        {"a": object()},
    ],
)
def test_facts_are_names_with_plain_values(facts: Any) -> None:
    """A fact is what a price list may ask for; anything else is refused when the command is made."""
    with pytest.raises(InputError):
        one(c.Book, facts=facts)


def test_facts_are_in_the_order_of_their_names() -> None:
    """The same facts in another order are the same command."""
    first, second = one(c.Book, facts={"b": True, "a": 1}), one(c.Book, facts=(("a", 1), ("b", True)))
    assert first == second
    assert first.facts == (("a", 1), ("b", True))


@pytest.mark.parametrize("reason", ["", " ", "\n", "x" * 1001, 5])
@pytest.mark.parametrize("cls", [c.Book, c.HoldSpace])
def test_an_override_has_a_reason(cls: type[Any], reason: Any) -> None:
    """Nobody breaks a rule without saying why."""
    assert one(cls, override="fair").override == "fair"
    with pytest.raises(InputError):
        one(cls, override=reason)


@pytest.mark.parametrize(
    "cls", [c.Book, c.ConfirmBooking, c.SellPass, c.CheckIn, c.UpgradeVisit, c.Register, c.TakeSeat]
)
def test_a_quote_is_a_promise(cls: type[Any]) -> None:
    """A command carries the promise of a quote, not a number that somebody typed."""
    promise = c.PricePromise(eur(1), "v", 1, START, START)

    class Quote:
        pass

    Quote.promise = promise  # type: ignore[attr-defined]
    assert one(cls, quote=Quote()).quote == one(cls, quote=promise).quote == promise
    for bad in (1, "7.00", eur(1), object()):
        with pytest.raises(InputError, match=r"Cantine\.quote"):
            one(cls, quote=bad)


@pytest.mark.parametrize("cls", [m.Booking, c.Book, c.HoldSpace, c.CloseSpace])
def test_a_period_is_a_period(cls: type[Any]) -> None:
    """Two instants in a tuple are no period."""
    with pytest.raises((TypeError, InputError)):
        one(cls, period=(START, START))


@pytest.mark.parametrize(("lapse", "free"), [(-1, 1), (0, 2), (1, 2)])
def test_free_seats_are_those_that_nobody_has_now(lapse: int, free: int) -> None:
    """A held seat counts up to the instant of its expiry; more seats taken than there are is below zero."""
    from cantinekit.clock import WallTime

    wall = WallTime(TODAY, time(9), "Europe/Paris")
    held = m.HeldSeat("a", START)
    session = m.Session("s", "w", "p", wall, wall, period(8, 9), 3, confirmed=1, held=(held,))
    now = START + timedelta(seconds=lapse)
    assert (session.free(now), session.taken(now)) == (free, 3 - free)
    assert attrs.evolve(session, capacity=0).free(now) == free - 3


@pytest.mark.parametrize(("days", "version"), [(-2, None), (-1, "v1"), (0, "v2"), (9, "v2")])
def test_the_version_in_force(days: int, version: str | None) -> None:
    """A version holds from its instant on, up to the next; before the first there is none."""
    listed = m.PriceList("net", "EUR", (m.ListVersion(START - timedelta(days=1), "v1"), m.ListVersion(START, "v2")))
    assert listed.version_at(START + timedelta(days=days)) == version
