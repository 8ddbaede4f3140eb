"""No key of a price list is read and then ignored: each one changes an answer, the printed list, or is a problem.

The price lists are those of the pages docs/reference/tariff, and below what they have no example of.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import Item, Order, State, Tariff
from cantinekit.pricing.engine import order as engine
from cantinekit.pricing.format import toml
from cantinekit.pricing.format.read import Notes
from cantinekit.pricing.listing import price_list
from cantinekit.pricing.model import load
from cantinekit.pricing.schema import tariff_schema

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "tariff"
HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
MORE = {
    "head": """
tariff = { id = "t", name = "T", currency = "EUR", timezone = "Europe/Paris", prices = "excl", tax = "standard", rounding = "down", seconds = "down", unreachable = "refuse", due = "1 month", source = "s", uncertain = "u" }
tax.standard = { rates = [{ from = 2014-01-01, rate = "20%" }] }
tax.exempt = { mention = [{ text = "m", from = 2014-01-01, code = "VATEX-EU-132", source = "s" }] }
product.exempt = { tax = "exempt", rate = { price = 5.00 } }
product.p = { name = "P", optional = true, tax = "unknown", prices = "incl", kind = "penalty", tags = "x", rate = { price = 10.01, per = "1h", tax = "standard", prices = "excl", kind = "revenue", tags = "y", name = "N" } }
order.adjust = { id = "a", on = "y", percent = "-10%" }
examples.list = [{ id = "x", product = "p", day = 2026-11-24, minutes = 61, net = 9 }, { id = "e", product = "exempt", day = 2026-11-24, net = 9 }]
""",
    "times": HEAD
    + """
opening = { hours = [{ days = ["mon"], open = ["09:00-18:00"] }], holidays = [2026-11-24], on_holidays = "10:00-12:00", seasons = { from = "07-01", to = "08-31", hours = [{ days = "tue", open = "09:00-10:00" }] } }
bands.late = { weekday = "mon-fri", clock = "18:00-24:00", holiday = false }
calendar.c = { weekdays = ["mon", "tue"], holidays = [2026-12-25], name = "Office" }
product.studio = { split = { bands = "late", outside = "day", round = "whole" }, measure = { unit = "minute", step = "30min", minimum = "1h", at_most = "8h" }, rate = { by = "band", per = "1h", late = 30.00, day = 20.00 } }
product.night = { measure = { unit = "night", nights = true }, rate = { price = 20.00, per = "night" } }
product.open = { opening = "refuse", measure = { unit = "half", share = "0.5" }, rate = { price = 20.00, per = "half" } }
product.school = { sells = "plan", rate = { price = 1.00 }, valid = { year = "school", begins = "09-01" } }
product.days = { sells = "plan", rate = { price = 1.00 }, valid = { lasts = "4 business days", first_day = "counts", workdays = "c" } }
product.contract = { sells = "plan", rate = { price = 9.00 }, term = { period = "1 month", minimum = 1, renewal = "monthly", ends = "period end", notice = "3 business days", notice_day = "counts", workdays = "c" } }
product.table = { rate = { price = 9.00 }, cancel = { delay = { unit = "hour" }, keep = [{ from = 0, percent = "50%" }], fee = 1.00, no_show = "100%", free = { code = "ILL" } }, overrun = { price = 5.00, per = "1h" }, move = { fee = 2.00, delay = { unit = "business day", day_ends = "17:00", notice_day = "counts", workdays = "c" }, from = 2 } }
product.chair = { rate = { price = 9.00 }, move = { allowed = false } }
product.visits = { measure = { unit = "visit block", every = "2h", same = ["person", "day"] }, rate = { price = 3.00, per = "visit block" } }
product.best = { choose = { take = "dearest", compare = "final", tie = "last", same = ["person", "day"] }, offer = [{ id = "a", price = 3.00, per = "1h" }, { id = "b", price = 5.00 }] }
[examples]
defaults = { day = 2026-11-23, customer = "anna" }
list = [
  { id = "studio", product = "studio", at = ["17:15-18:20"], gross = 1.00 },
  { id = "night", product = "night", at = ["17:00-03:00"], gross = 1.00 },
  { id = "open", product = "open", at = ["09:00-17:00"], gross = 1.00 },
  { id = "visits", product = "visits", at = ["09:00-10:00", "11:00-12:00"], gross = 1.00 },
  { id = "best", product = "best", at = ["09:00-10:00", "11:00-12:00"], gross = 1.00 },
  { id = "no show", product = "table", at = ["09:00-10:00"], cancelled = 1, fee = 1.00 },
  { id = "longer", product = "table", at = ["09:00-10:00"], overrun = 61, fee = 1.00 },
  { id = "moved", product = "table", at = ["09:00-10:00"], moved = 1, fee = 1.00 },
  { id = "not moved", product = "chair", at = ["09:00-10:00"], moved = 9, fee = 1.00 },
]
""",
    "others": HEAD
    + """
facts.seats = "number"
product.halves = { measure = { unit = "half-day", cut = "13:00" }, rate = { price = 9.00, per = "half-day" } }
product.each-day = { measure = { unit = "day", days = true }, rate = { price = 9.00, per = "day" } }
product.room = { measure = { unit = "session", sessions = { am = "09:00-12:00", pm = "13:00-17:00" }, gap = "next" }, rate = { price = 9.00, per = "session" } }
product.around = { rate = { refuse = "about", amount = 9.00 } }
product.capped = { price_date = "use", rate = { price = 9.00 }, adjust = { id = "a", lists = [{ from = 2026-01-01, at_most = 5.00 }] } }
coupon.OLD = { lists = [{ from = 2026-01-01, percent = "-10%" }] }
[examples]
defaults = { day = 2026-11-24, seats = 2 }
list = [
  { id = "halves", product = "halves", at = ["09:00-14:00"], gross = 1.00 },
  { id = "days", product = "each-day", at = ["22:00-02:00"], gross = 1.00 },
  { id = "room", product = "room", at = ["12:00-13:00"], gross = 1.00 },
  { id = "around", product = "around", gross = 1.00 },
  { id = "capped", product = "capped", gross = 1.00 },
  { id = "code", product = "capped", codes = "OLD", gross = 1.00 },
]
""",
    "prices": HEAD
    + """
facts = { persons = "number", seats = "number", extras = { set = ["a", "b"] }, budget = "money" }
units.token = { name = "Token", plural = "Tokens", decimals = 1 }
product.half = { cover = { by = "carnet", unit = "1h", smallest = "0.5", takes = 2, partial = true, order = "oldest first", id = "c", when = { persons = 1 }, limit = { at_most = 9, same = ["person", "day"] }, beyond = "rate" }, rate = { price = 9.00, per = "1h", started = true, each = "seats", flat = 1.00 } }
product.free = { cover = { free = 1, unit = "stay", same = ["person", "day"] }, beyond = "rate", rate = { price = 9.00 } }
product.key = { rate = { in_units = { token = 1.5 } }, deposit = { id = "d", percent = "10%" }, down_payment = { percent = "50%", from = 1.00 } }
product.late = { tags = "t", rate = { price = 9.00 }, adjust = { id = "extra", add = 2.00, tags = "u" }, down_payment = { percent = "50%", on = "t" }, cancel = [{ when = { seats = 3 }, delay = { unit = "day" }, keep = [{ from = 0, percent = "10%" }], no_show = { percent = "80%", fee = 1.00 } }, { delay = { unit = "day" }, keep = [{ from = 0, percent = "10%" }], no_show = { price = 7.00 } }] }
product.offered = { rate = { offered = "budget", at_least = 1.00, suggestion = 2.00 }, deposit = { id = "d", price = 3.00, per = "seats", when = { persons = 1 } } }
product.extras = { rate = { sets = "extras", cover = "smallest superset", columns = ["a", "a+b"], rows = [[3.00, 4.00]] } }
product.dated = { price_date = "use", rate = { lists = [{ from = 2026-01-01, upto = [{ upto = 2, price = 5.00 }, { upto = 4, refuse = "on_quote", why = "w" }, { price = 9.00, per = "1h", started = true }], of = "seats" }] } }
product.pack = { rate = { tiers = [{ upto = 5, price = 4.00 }], mode = "package", of = "seats" } }
product.grants = { sells = "grant", rate = { price = 9.00 }, grant = [{ unit = "1h", units = 9, account = "carnet", renews = "month", rollover = true, when = { persons = 1 } }, { unit = "EUR", value = 5.00, account = "purse" }] }
product.member = { sells = "membership", rate = { price = 2.00 } }
product.team = { needs = { product = "member", add = true, per = "seats", when = { persons = 1 } }, eligible = { id = "e", when = { persons = { from = 5 } }, refuse = "not_for", why = "w" }, asks = "seats", rate = { price = 3.00 } }
product.adjusted = { tags = "t", rate = { price = 9.99, per = "persons" }, adjust = [
  { id = "a", on = "t", percent = "-15%", rounds = "discount", mode = "up" },
  { id = "b", add = 1.00, once_per = "person", when = { persons = { from = 2 } } },
  { together = "first", rules = [{ id = "c1", at_least = 2.00 }, { id = "c2", free = true }] },
  { id = "d", at_most = 15.00, same = ["person", "day"], pool = "p" },
  { id = "e", round = 0.05, mode = "down" },
  { id = "f", replace = 3.00, when = { seats = 7 } },
  { id = "g", refuse = "between", low = 1.00, high = 2.00, why = "w", when = { seats = 8 } },
  { id = "h", refuse = "about", amount = 1.00, when = { seats = 9 } },
] }
order = { vouchers = "purse", coupons = "all in order", adjust = [{ id = "o", add = -1.00, when = { seats = 3 } }] }
coupon.A = { add = -20.00, larger = "ignored", from = 2026-01-01, until = 2026-12-31, minimum = 1.00, limit = { at_most = 1, same = "person" } }
coupon.B = { percent = "-10%" }
advice.need = { unit = "day", offers = [{ product = "free", count = 2, units = 2, at_most = 1 }, { product = "member", days = 7 }] }
[examples]
defaults = { day = 2026-11-24, customer = "anna", holds = "nothing", persons = 1, seats = 3, extras = "a", budget = 3.00 }
list = [
  { id = "half", product = "half", at = ["09:00-10:10"], held = [{ account = "carnet", units = 1 }, { account = "carnet", units = 9, expires = 2026-12-01 }], gross = 1.00 },
  { id = "free", product = "free", count = 2, gross = 1.00 },
  { id = "key", product = "key", gross = 1.00 },
  { id = "late", product = "late", due_now = 1.00 },
  { id = "late, nobody", product = "late", cancelled = "no show", fee = 1.00 },
  { id = "late, nobody of four", product = "late", seats = 4, cancelled = "no show", fee = 1.00 },
  { id = "offered", product = "offered", gross = 1.00 },
  { id = "extras", product = "extras", extras = "b", gross = 1.00 },
  { id = "dated", product = "dated", at = ["09:00-10:10"], gross = 1.00 },
  { id = "asked", product = "dated", seats = 4, gross = 1.00 },
  { id = "many", product = "dated", at = ["09:00-10:10"], seats = 5, gross = 1.00 },
  { id = "pack", product = "pack", seats = 6, gross = 1.00 },
  { id = "grants", product = "grants", gross = 1.00 },
  { id = "team", product = "team", gross = 1.00 },
  { id = "adjusted", product = "adjusted", persons = 2, gross = 1.00 },
  { id = "codes", product = "adjusted", codes = ["A", "B"], gross = 1.00 },
  { id = "paid", product = "member", held = [{ account = "purse", units = 5.00 }], gross = 1.00 },
]
""",
}
PIECES = Path(__file__).parents[1] / "tariffs_small" / "pieces.toml"
NAMED = ("facts", "derive", "units", "bands", "calendar", "tax", "product", "coupon", "advice")
Key = tuple[str, str]
"""Of which kind of table, and the key."""

RESTATED: dict[Key, str] = {
    ("product.*.valid", "covers"): "says in words what 'bought_from' means, and nothing else can be said",
    ("tax.*", "kind"): "the kind that a class has anyhow",
    ("tariff", "name"): "the id, where it says the same",
}
"""Keys that may be left out, since they only say again what holds."""
DEFAULTS: list[tuple[str, str, Any]] = [
    ("product.*", "prices", "incl"),
    ("product.*", "tax", "unknown"),
    ("product.*.cover", "partial", True),
    ("product.*.grant", "rollover", False),
    ("adjust", "once_per", "booking"),
]
"""Values that say again what holds: in the head, or of every allowance."""
UNPRINTED: dict[Key, str] = {
    ("tax.*.mention", "code"): "for the invoice",
    ("tax.*.mention", "source"): "for who reads the file",
    ("calendar.*", "name"): "for messages",
}


def corpus() -> dict[str, dict[str, Any]]:
    """The price lists as data, by name."""
    texts = dict(MORE) | {"pieces": PIECES.read_text(encoding="utf-8")}
    for page in sorted(DOCS.glob("*.md")):
        blocks = re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        texts |= {f"{page.stem} {number}": block for number, block in enumerate(blocks)}
    return {name: toml.parse(text)[0] for name, text in texts.items()}


CORPUS = corpus()


def signature(data: dict[str, Any]) -> Any:
    """Everything that a price list tells: its problems; or the printed list, answers with their reasons, and terms."""
    notes = Notes({})
    parts = load.read(copy.deepcopy(data), notes)
    if notes.problems:
        return sorted(map(str, notes.problems))
    tariff = Tariff(parts, "sha256-0", "")
    out: list[Any] = [price_list(tariff)]
    for example in tariff.examples:
        state = State(lots=example.lots(tariff.zone, tariff.smallest))
        if example.buy:
            order, _ = example.order(tariff.zone)
            quote = tariff.quote(order, state)
            amounts = (quote.gross, quote.net, quote.due_now, quote.held, quote.documents)
            out.append((quote.lines, quote.uses, quote.meters, quote.refusals, quote.grants, amounts))
            out += [quote.explain("en"), quote.explanation()]
    out += [(result.got, result.why) for result in tariff.check()]
    for name in tariff.products:
        for start in (date(2026, 3, 31), date(2026, 12, 15)):
            try:
                out.append(tariff.terms(name, start, notice=start + timedelta(days=3), left=3))
            except InputError as error:
                out.append(str(error))
    return out


@cache
def whole(name: str) -> Any:
    return signature(CORPUS[name])


def kind_of(path: str) -> str:
    """Tables that are read in the same way have one kind: rates and offers, rules of products and of the order."""
    path = re.sub(r"^(order|product\.\*)\.adjust(\.rules)?", "adjust", re.sub(r"\.offer\b", ".rate", path))
    return re.sub(r"(rate|adjust|coupon\.\*)\.lists", r"\1", path)


def tables(
    value: Any, path: str = "", at: tuple[Any, ...] = ()
) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """The tables with their kinds and places, without conditions and examples, whose keys are free words."""
    if isinstance(value, list):
        for number, entry in enumerate(value):
            yield from tables(entry, path, (*at, number))
    elif isinstance(value, dict):
        if path and path not in NAMED:
            yield kind_of(path), at, value
        for key, part in value.items():
            if path == "" and key in ("examples", "facts"):
                continue
            if key not in ("when", "reverse", "free", "with", "in_units") or path in NAMED:
                inner = f"{path}.*" if path in NAMED else f"{path}.{key}".removeprefix(".")
                yield from tables(part, inner, (*at, key))


def changed(name: str, at: tuple[Any, ...], key: str, value: Any = None) -> bool:
    """Whether a key that is added, or taken out, changes anything."""
    data = copy.deepcopy(CORPUS[name])
    table: Any = data
    for part in at:
        table = table[part]
    if value is None:
        del table[key]
    else:
        table[key] = copy.deepcopy(value)
    return signature(data) != whole(name)


PLACES = [(name, kind, at, table) for name, data in CORPUS.items() for kind, at, table in tables(data)]
STATED: dict[Key, list[Any]] = {}
for _, _kind, _, _table in PLACES:
    for _key, _value in _table.items():
        if _value not in STATED.setdefault((_kind, _key), []):
            STATED[_kind, _key].append(_value)


def documented(schema: Any, path: str, defs: Any) -> Iterator[Key]:
    """The keys that the schema knows, by kind of table."""
    found = defs[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if schema.get("$ref", "").endswith("condition") or path.startswith("examples"):
        return
    for part in (*found.get("anyOf", ()), *([found["items"]] if isinstance(found.get("items"), dict) else [])):
        yield from documented(part, path, defs)
    for key, part in found.get("properties", {}).items():
        if path and path not in NAMED:
            yield kind_of(path), key
        yield from documented(part, f"{path}.{key}".removeprefix("."), defs)
    more = found.get("additionalProperties")
    if isinstance(more, dict) and path in NAMED:
        yield from documented(more, f"{path}.*", defs)


def test_the_price_lists_can_be_read() -> None:
    """The control: what is changed below was a price list without problems."""
    assert [name for name in MORE if not isinstance(whole(name)[0], str) or "\n" not in whole(name)[0]] == []


def test_every_key_has_an_example() -> None:
    """Each key of the schema is in a page of the reference, or in the price lists above."""
    schema = tariff_schema()
    found = dict.fromkeys(documented(schema, "", schema["$defs"]))
    missing = [key for key in found if key not in STATED and not key[0].startswith("facts")]
    rules = [key for key in missing if key[0] != "coupon.*" or ("adjust", key[1]) not in STATED]
    assert [key for key in rules if key[1] not in ("form", "version", "with")] == []  # those of a plug-in
    assert len(found) > 150


@pytest.mark.parametrize("key", sorted(STATED), ids=lambda key: " ".join(key))
def test_a_key_that_is_taken_out(key: Key) -> None:
    """Without the key something is another: an answer, the printed list, or there is a problem."""
    places = [(name, at) for name, kind, at, table in PLACES if kind == key[0] and key[1] in table]
    found = any(changed(name, at, key[1]) for name, at in places)
    assert found or key in RESTATED or key in UNPRINTED


@pytest.mark.parametrize("key", sorted(STATED), ids=lambda key: " ".join(key))
def test_a_key_that_is_added(key: Key) -> None:
    """A key that is put into a table without it changes something or is a problem, unless it says what holds anyhow."""
    kind, name = key
    idle = []
    places = [(where, at) for where, found, at, table in PLACES if found == kind and name not in table][:4]
    for where, at in places:
        for value in STATED[key][:3]:
            if (kind, name, value) not in DEFAULTS and not changed(where, at, name, value):
                idle.append((where, at, value))
    assert idle == [] or key in RESTATED or key in UNPRINTED, idle


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("coupon.A = { percent = '-10%', larger = 'ignored' }\nproduct.p.rate = { price = 1 }", "coupon.A.larger"),
        ("coupon.A = { add = 5.00, larger = 'ignored' }\nproduct.p.rate = { price = 1 }", "coupon.A.larger"),
        ("order.coupons = 'one of'\nproduct.p.rate = { price = 1 }", "order.coupons"),
        ("tax.a = { rates = [{ from = 2014-01-01, rate = '20%' }], reverse_mention = 'm' }\nproduct.p.rate = { price = 1 }", "tax.a.reverse_mention"),
        ("opening = { hours = [{ days = 'mon', open = '09:00-18:00' }], on_holidays = '10:00-12:00' }\nproduct.p.rate = { price = 1 }", "opening"),
        ("facts.n = 'number'\nproduct.m = { sells = 'plan', rate = { price = 1 } }\nproduct.p = { needs = { product = 'm', per = 'n' }, rate = { price = 1 } }", "product.p.needs[0].per"),
        ("product.p = { move = { allowed = false, fee = 2.00 }, rate = { price = 1 } }", "product.p.move.fee"),
        ("bands.a.clock = '09:00-10:00'\nproduct.p = { split = { bands = 'a', outside = 'b', round = 'whole' }, rate = { price = 1, per = '1h' } }", "product.p.split.round"),
        ("bands.a.clock = '09:00-10:00'\nproduct.p = { split = { bands = ['a', 'b'], outside = 'b' }, rate = { price = 1, per = '1h' } }", "product.p.split.bands"),
        ("product.p = { rate = { upto = [{ price = 1, why = 'w' }] } }", "product.p.rate[0].upto[0].why"),
        ("product.p = { rate = { upto = [{ price = 1, per = 'tour', started = true }] } }", "product.p.rate[0].upto[0].started"),
        ("product.p = { rate = { upto = [{ refuse = 'on_quote', per = 'tour' }] } }", "product.p.rate[0].upto[0].per"),
        ("facts.n = 'number'\nproduct.p = { measure = { unit = 'x', fact = 'n', smallest = 0 }, rate = { price = 1, per = 'x' } }", "product.p.measure.smallest"),
        ("product.p = { deposit = { id = 'd', price = 1, when = { amount = { from = 3 } } }, rate = { price = 1 } }", "product.p"),
    ],
)  # fmt: skip
def test_a_key_without_effect_is_a_problem(text: str, path: str) -> None:
    """What would be read and then change nothing is said, with its place."""
    with pytest.raises(TariffError) as error:
        Tariff.load(f"{HEAD}{text}\n")
    assert [problem.path for problem in error.value.problems] == [path]


def test_a_deposit_that_needs_to_know_more() -> None:
    """A deposit on a condition asks for what is missing, as any rule does; the item has no price until it is said."""
    tariff = Tariff.load(
        HEAD + "facts = { persons = 'number', seats = 'number' }\n"
        "product.p = { rate = { price = 9.00 }, deposit = [{ id = 'a', price = 1.00, when = { persons = 2 } }, "
        "{ id = 'b', price = 3.00, per = 'seats' }] }\n"
    )
    assert [stop.facets for stop in tariff.quote(Item("p")).refusals] == [("persons",)]
    assert [stop.facets for stop in tariff.quote(Item("p", facts={"persons": 1})).refusals] == [("seats",)]
    assert tariff.quote(Item("p", facts={"persons": 2, "seats": 2})).held.amount == 700


def test_rows_by_a_number_with_a_price_for_a_length() -> None:
    """A row that a number of persons picks may have a price by the hour; programs and phases say the same."""
    tariff = Tariff.load(
        HEAD + "facts.persons = 'number'\nproduct.room.rate = { of = 'persons', "
        "upto = [{ upto = 4, price = 10.00, per = '1h' }, { price = 15.00, per = '1h', started = true }] }\n"
    )
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    for persons, minutes, euros in ((4, 90, 15), (5, 90, 30), (5, 60, 15)):
        order = Order((Item("room", Period(start, start + timedelta(minutes=minutes)), facts={"persons": persons}),))
        quote = tariff.quote(order)
        assert quote == engine.quote(tariff.parts, tariff.version, order, State())
        assert quote.total.amount == euros * 100
    assert tariff.quote(Item("room", facts={"persons": 4})).refusals[0].facets == ("period",)
