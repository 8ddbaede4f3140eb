"""The pricing engine beside a slow interpreter that reads lists in the plainest way, on random lists and orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.pricing import Item, Lot, Order, State, Tariff
from support.run.soak import scaled

HEAD = """
[tariff]
id = "t"
currency = "EUR"
timezone = "Europe/Paris"
price_date = "use"
[facts]
room = ["blue", "red"]
who = ["visitor", "member"]
"""
EPOCH = datetime(2026, 10, 23, 5, tzinfo=UTC)  # two days before the clock change
ROOMS, WHO = ("blue", "red"), ("visitor", "member")


# --- a tariff, as plain data -----------------------------------------------------------------------------------------


@attrs.frozen
class Form:
    """A price in cents, or a grid of them with holes (``None``); ``per`` so many minutes, or per piece (0)."""

    prices: dict[tuple[str, str], int | None] | int
    per: int = 0
    started: bool = False
    only: str = ""
    """The room for which it holds; empty: for all."""

    def toml(self) -> str:
        parts = [f'when = {{ room = "{self.only}" }}'] if self.only else []
        if isinstance(self.prices, int):
            parts.append(f"price = {_euros(self.prices)}")
        else:
            rows = ", ".join(
                f'["{room}", ' + ", ".join(_euros(self.prices[room, who]) for who in WHO) + "]" for room in ROOMS
            )
            parts.append(f'by = ["room", "who"], columns = ["visitor", "member"], rows = [{rows}]')
        if self.per:
            parts.append(f'per = "{self.per}min", started = {str(self.started).lower()}')
        return "{ " + ", ".join(parts) + " }"


@attrs.frozen
class Thing:
    """A product: the forms of its rate, whether a carnet covers it (and whether beyond it is sold), its caps."""

    name: str
    forms: tuple[Form, ...]
    cover: str = ""
    caps: tuple[tuple[int, str, str], ...] = ()
    """Cents, scope ("item", "day", "month"), and the room for which it holds."""

    def toml(self) -> str:
        lines = [f"[product.{self.name}]", f"rate = [{', '.join(form.toml() for form in self.forms)}]"]
        if self.cover:
            lines += ['cover = { by = "carnet", unit = "entry" }', f'beyond = "{self.cover}"']
        caps = []
        for number, (cents, scope, only) in enumerate(self.caps):
            same = "" if scope == "item" else f', same = ["person", "{scope}"]'
            when = f', when = {{ room = "{only}" }}' if only else ""
            caps.append(f'{{ id = "c{number}", at_most = {_euros(cents)}{same}{when} }}')
        return "\n".join([*lines, f"adjust = [{', '.join(caps)}]"] if caps else lines)


def _euros(cents: int | None) -> str:
    return '"-"' if cents is None else f"{cents // 100}.{cents % 100:02}"


# --- the slow interpreter --------------------------------------------------------------------------------------------


class Ledger:
    """What an order has used so far: units by lot, and what was charged under each cap."""

    def __init__(self, lots: tuple[Lot, ...], meters: dict[tuple[str, ...], int]) -> None:
        self.left = {lot.id: lot.left for lot in lots}
        self.lots = lots
        self.meters = dict(meters)


def half_up(value: Fraction) -> int:
    """To the nearest whole, a tie away from zero."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def price_of(thing: Thing, item: Item, book: Ledger) -> tuple[int, dict[str, int]] | str:
    """The cents and the units used of one item, or why it has no price. The book is changed only when it has one."""
    assert item.period is not None
    room, who = str(item.facts["room"]), str(item.facts["who"])
    day = item.period.start.astimezone(ZoneInfo("Europe/Paris")).date()
    count, used = item.count, {}
    if thing.cover:
        usable = [
            lot
            for lot in book.lots
            if lot.account == "carnet"
            and book.left[lot.id]
            and (lot.expires is None or item.period.start < lot.expires)
        ]
        far = datetime.max.replace(tzinfo=UTC)
        usable.sort(key=lambda lot: (lot.priority, lot.expires or far, lot.bought, lot.id))
        if sum(book.left[lot.id] for lot in usable) >= count:
            for lot in usable:
                units = min(count, book.left[lot.id])
                if units:
                    used[lot.id] = units
                    count -= units
        if count and thing.cover == "refuse":
            return "not covered"
    cents = 0
    if count:
        form = next((form for form in thing.forms if form.only in ("", room)), None)
        if form is None:
            return "no rate"
        price = form.prices if isinstance(form.prices, int) else form.prices[room, who]
        if price is None:
            return "hole"
        if form.per and form.started:
            blocks = 0
            while blocks * form.per < item.period.minutes:
                blocks += 1
            cents = price * blocks * count
        elif form.per:
            cents = half_up(Fraction(price * item.period.minutes * count, form.per))
        else:
            cents = price * count
    moved = {}
    for number, (limit, scope, only) in enumerate(thing.caps):
        if only not in ("", room):
            continue
        if scope == "item":
            cents = min(cents, limit)
            continue
        name = (thing.name, str(number), day.isoformat() if scope == "day" else day.isoformat()[:7])
        before = book.meters.get(name, 0)
        cents = min(cents, max(0, limit - before))
        moved[name] = before + cents
    book.meters.update(moved)
    for id, units in used.items():
        book.left[id] -= units
    return cents, used


# --- random lists and orders -----------------------------------------------------------------------------------------

cents = st.integers(0, 5000)
grids = st.fixed_dictionaries({(room, who): st.one_of(cents, cents, st.none()) for room in ROOMS for who in WHO})
lengths = st.sampled_from([0, 1, 15, 30, 60, 90])


@st.composite
def forms(draw: st.DrawFn, only: str = "") -> Form:
    per = draw(lengths)
    return Form(draw(st.one_of(cents, grids)), per, draw(st.booleans()) if per else False, only)


@st.composite
def things(draw: st.DrawFn, name: str) -> Thing:
    made = [draw(forms(only)) for only in draw(st.lists(st.sampled_from(ROOMS), max_size=2, unique=True))]
    if not made or draw(st.integers(0, 3)):
        made.append(draw(forms()))
    cap = st.tuples(cents, st.sampled_from(["item", "day", "month"]), st.sampled_from(["", *ROOMS]))
    return Thing(
        name,
        tuple(made),
        draw(st.sampled_from(["", "rate", "refuse"])),
        tuple(draw(st.lists(cap, max_size=3))),
    )


@st.composite
def items(draw: st.DrawFn) -> Item:
    start = EPOCH + timedelta(minutes=draw(st.integers(0, 96 * 60)))
    period = Period(start, start + timedelta(minutes=draw(st.integers(1, 700))))
    facts = {"room": draw(st.sampled_from(ROOMS)), "who": draw(st.sampled_from(WHO))}
    return Item(draw(st.sampled_from(["desk", "hall"])), period, draw(st.integers(1, 3)), facts=facts)


@st.composite
def lots(draw: st.DrawFn) -> tuple[Lot, ...]:
    def lot(number: int) -> Lot:
        hours = draw(st.one_of(st.none(), st.integers(-10, 120)))
        return Lot(
            id=f"lot{number}",
            account=draw(st.sampled_from(["carnet", "carnet", "other"])),
            left=draw(st.integers(0, 6)),
            bought=EPOCH - timedelta(days=draw(st.integers(1, 2))),
            expires=None if hours is None else EPOCH + timedelta(hours=hours),
            priority=draw(st.integers(0, 1)),
        )

    return tuple(lot(number) for number in range(draw(st.integers(0, 4))))


everything = given(st.tuples(things("desk"), things("hall")), st.lists(items(), min_size=1, max_size=6), lots())


def load(pair: tuple[Thing, Thing]) -> Tariff:
    return Tariff.load(HEAD + "\n".join(thing.toml() for thing in pair) + "\n")


@settings(max_examples=scaled(60), deadline=None)
@everything
def test_the_engine_and_the_slow_interpreter_agree(
    pair: tuple[Thing, Thing], asked: list[Item], state: tuple[Lot, ...]
) -> None:
    """Amounts, uses and refusals of every item of an order are those that the plain reading of the list gives."""
    quote = load(pair).quote(Order(tuple(asked), "zoe"), State(lots=state))
    book, by_name = Ledger(state, {}), {thing.name: thing for thing in pair}
    refused = {refusal.item for refusal in quote.refusals}
    total = 0
    for (id, _), item in zip(Order(tuple(asked), "zoe").named(), asked, strict=True):
        expected = price_of(by_name[item.product], item, book)
        assert (id in refused) == isinstance(expected, str), expected
        if isinstance(expected, str):
            continue
        amount, used = expected
        total += amount
        assert sum(line.amount.amount for line in quote.lines if line.item == id) == amount
        assert {use.lot: use.units for use in quote.uses if use.item == id} == used
    assert quote.total.amount == total
    assert {lot.id: lot.left for lot in quote.state.lots} == book.left
    moved = {tuple(key.split("/")): used for key, used in quote.state.meters.items() if used}
    named = {
        ("cap", "t", product, f"c{number}", "person=zoe", ("day=" if len(when) == 10 else "month=") + when): used
        for (product, number, when), used in book.meters.items()
        if used
    }
    assert moved == named


@settings(max_examples=40, deadline=None)
@everything
def test_an_order_is_its_items_one_after_the_other(
    pair: tuple[Thing, Thing], asked: list[Item], state: tuple[Lot, ...]
) -> None:
    """Items asked one by one, each with the state that the one before left, cost what they cost in one order."""
    tariff = load(pair)
    at_once = tariff.quote(Order(tuple(asked), "zoe"), State(lots=state))
    now, total, refusals = State(lots=state), 0, []
    for item in asked:
        quote = tariff.quote(Order((item,), "zoe"), now)
        now, total = quote.state, total + quote.total.amount
        refusals += [refusal.code for refusal in quote.refusals]
    assert at_once.total.amount == total
    assert [refusal.code for refusal in at_once.refusals] == refusals
    assert (now.lots, dict(now.meters)) == (at_once.state.lots, dict(at_once.state.meters))


@settings(max_examples=40, deadline=None)
@everything
def test_all_meters_that_move_were_named_before(
    pair: tuple[Thing, Thing], asked: list[Item], state: tuple[Lot, ...]
) -> None:
    """``meters`` names every key that a quote may move, so that all can be loaded first; ``accounts`` every account."""
    tariff, order = load(pair), Order(tuple(asked), "zoe")
    quote = tariff.quote(order, State(lots=state))
    assert {key for key, _ in quote.meters} <= set(tariff.meters(order))
    assert {use.account for use in quote.uses} <= set(tariff.accounts(order))


days = st.lists(st.dates(date(2026, 1, 2), date(2026, 12, 30)), min_size=1, max_size=4, unique=True).map(sorted)


@settings(max_examples=40, deadline=None)
@given(days, st.data())
def test_a_dated_list_holds_from_its_day_up_to_the_next(starts: list[date], data: st.DataObject) -> None:
    """The day before a list begins has the one before (or none), its first day has the list itself."""
    rows = ", ".join(f"{{ from = {day}, price = {number + 1}.00 }}" for number, day in enumerate(starts))
    caps = ", ".join(f"{{ from = {day}, at_most = {number + 1}.00 }}" for number, day in enumerate(starts))
    tariff = Tariff.load(
        f"{HEAD}[product.desk]\nrate = {{ lists = [{rows}] }}\n"
        f'[product.hall]\nrate = {{ price = 99.00 }}\nadjust = {{ id = "c", lists = [{caps}] }}\n'
    )
    edge = data.draw(st.sampled_from(starts))
    day = edge + timedelta(days=data.draw(st.sampled_from([-1, 0, 1])))
    held = [number + 1 for number, start in enumerate(starts) if start <= day]
    quote = tariff.quote(Item("desk", day=day))
    assert quote.ok is bool(held)
    if held:
        assert quote.total.amount == held[-1] * 100
    else:
        assert [refusal.code for refusal in quote.refusals] == ["unpublished"]
    capped = tariff.quote(Item("hall", day=day))
    assert capped.total.amount == (held[-1] * 100 if held else 9900), "before the first list there is no cap"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3), st.integers(-2, 2))
def test_the_local_day_of_the_use_picks_the_list(hours: int, minutes: int) -> None:
    """A list begins at local midnight, not at midnight in UTC."""
    tariff = Tariff.load(
        f"{HEAD}[product.desk]\nrate = {{ lists = [{{ from = 2026-01-01, price = 1 }}, "
        f"{{ from = 2026-10-25, price = 2 }}] }}\n"
    )
    start = datetime(2026, 10, 24, 20 + hours, tzinfo=UTC) + timedelta(minutes=minutes)
    quote = tariff.quote(Item("desk", Period(start, start + timedelta(hours=1))))
    assert quote.total.amount == (200 if start >= datetime(2026, 10, 24, 22, tzinfo=UTC) else 100)


def test_the_interpreter_is_not_the_engine() -> None:
    """The control: an interpreter with a fault in it is told apart from the engine on a plain order."""
    thing = Thing("desk", (Form(300, 60, True),), caps=((1000, "day", ""),))
    start = EPOCH
    asked = [
        Item("desk", Period(start, start + timedelta(minutes=minutes)), facts={"room": "blue", "who": "member"})
        for minutes in (61, 180)
    ]
    quote = load((thing, attrs.evolve(thing, name="hall"))).quote(Order(tuple(asked), "zoe"))
    amounts = [line.amount.amount for line in quote.lines]
    right, wrong = Ledger((), {}), Ledger((), {})
    found: list[Any] = [price_of(thing, item, right) for item in asked]
    broken: list[Any] = [price_of(attrs.evolve(thing, caps=()), item, wrong) for item in asked]
    assert amounts == [600, 400] == [amount for amount, _ in found]
    assert amounts != [amount for amount, _ in broken]
