"""Random tariffs of what the lowering to programs can say, and a little of what it cannot, with questions that fit.

Beside the forms of a price there is what lies between them: holes in a grid, lists with and without a first day, bounds
that a question may just miss, scopes that several rules share. ``compiled_tariffs`` are for questions one by one,
``table_tariffs`` for columns of rows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cantinekit.clock import Period
from cantinekit.pricing import Item, Lot, Order, State
from support.tariffs import chance as ch
from support.tariffs.strategies import spell

Data = dict[str, Any]
DAYS = (
    date(2026, 3, 28),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 11, 24),
    date(2026, 11, 25),
    date(2026, 12, 31),
)
"""Among them the days on which the clocks change in Paris, and the day before a new list."""
CHANGE = date(2026, 11, 25)
HOURS = ("00:00-06:00", "09:00-12:00", "18:00-24:00", "22:00-02:00")
CODES = ("TEN", "HALF")

FACTS: Data = {
    "category": ["visitor", "member", "student"],
    "place": ["blue", "red"],
    "night": "yes/no",
    "persons": "number",
    "units": "number",
    "weight": "decimal",
    "word": "text",
    "tools": {"set": ["saw", "drill"]},
}
DERIVED: Data = {
    "crowd": [{"is": "many", "when": {"persons": {"from": 3}}}, {"is": "few"}],
    "corner": [
        {"is": "far", "when": [{"place": "red", "night": True}, {"category": "student"}]},
        {"is": "near", "when": {"place": "blue"}},
    ],
}
OPENING: Data = {
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "open": ["08:00-20:00"]}],
    "holidays": [date(2026, 11, 24)],
}
TAXES: Data = {
    "standard": {"rates": [{"from": date(2014, 1, 1), "rate": "20%"}, {"from": CHANGE, "rate": "5.5%"}]},
    "late": {"rates": {"from": CHANGE, "rate": "19.6%"}},
    "zero": {"rates": {"from": date(2014, 1, 1), "rate": "0%"}},
    "exempt": {"mention": "exempt from tax"},
    "not subject": {"mention": "no tax is due"},
}

maybe = ch.integers(0, 3).map(lambda n: n == 3)
rarely = ch.integers(0, 24).map(lambda n: n == 24)
amounts = ch.one_of(
    ch.integers(0, 3_000).map(lambda cents: Decimal(cents) / 100),
    ch.integers(1, 99).map(lambda cents: Decimal(cents) / 100),
    ch.sampled_from([Decimal(0), Decimal("0.01"), Decimal("0.05"), Decimal(7)]),
)
SCOPES = (
    ["person", "day"], ["person", "week"], ["person", "month"], ["person", "year"], ["person"], ["place", "day"],
    ["person", "category", "day"], ["night"], ["persons", "month"],
)  # fmt: skip
TABLE_SCOPES = SCOPES[:7]

ATOMS: tuple[Data, ...] = (
    {"category": "member"},
    {"category": ["visitor", "student"]},
    {"place": "red"},
    {"night": True},
    {"night": False},
    {"persons": {"from": 3}},
    {"persons": {"from": 1, "upto": 2}},
    {"units": {"below": 4}},
    {"crowd": "many"},
    {"corner": "far"},
    {"count": {"from": 2}},
    {"weekday": ["sat", "sun"]},
    {"weekday": "tue"},
    {"date": {"from": CHANGE}},
    {"date": {"upto": date(2026, 11, 24)}},
    {"not": {"place": "blue", "category": "visitor"}},
)
TIMED = tuple({"clock": hours} for hours in HOURS)
ELSEWHERE: tuple[Data, ...] = (
    {"minutes": {"upto": "2h"}},
    {"holds": "club"},
    {"lacks": "club"},
    {"holds": "desk"},
    {"code": "TEN"},
    {"code": ["TEN", "HALF"]},
    {"weight": {"below": Decimal("1.5")}},
    {"word": "hello"},
    {"tools": "saw"},
    {"season": ["11-24", "03-31"]},
    {"lead": {"from": "2 days"}},
    {"holiday": True},
    {"touches": {"weekday": ["sat", "sun"]}},
    {"inside": {"clock": "09:00-18:00"}},
    {"not": {"code": "HALF"}},
)
"""What a column cannot say: it is looked up, or decided outside of the program."""


@ch.composite
def clauses(draw: ch.Draw, timed: bool, table: bool) -> Data:
    atoms = ATOMS + (TIMED * 2 if timed else ()) + (() if table else ELSEWHERE)
    out: Data = {}
    for atom in draw(ch.lists(ch.sampled_from(atoms), min_size=1, max_size=2)):
        if out.keys().isdisjoint(atom):
            out |= atom
    return out


@ch.composite
def whens(draw: ch.Draw, timed: bool, table: bool) -> Any:
    one = clauses(timed, table)
    return [draw(one), draw(one)] if draw(maybe) else draw(one)


@ch.composite
def grids(draw: ch.Draw, *, inline: bool = False) -> Data:
    """A grid over one or two axes, of facts or derived, often with a hole."""
    by = draw(ch.sampled_from([["category"], ["crowd"], ["corner"], ["place", "category"], ["corner", "category"]]))
    values = {
        "category": ["visitor", "member", "student"],
        "crowd": ["many", "few"],
        "place": ["blue", "red"],
        "corner": ["far", "near"],
    }
    if len(by) == 1:
        cells = {value: draw(amounts) for value in values[by[0]]}
        if draw(maybe):
            cells.popitem()
        return {"by": by[0], **cells}
    columns = list(values[by[1]])[: draw(ch.integers(2, 3))]
    cell = ch.one_of(amounts, amounts, amounts, ch.just("-"))
    return {"by": by, "columns": columns, "rows": [[value, *(draw(cell) for _ in columns)] for value in values[by[0]]]}


@ch.composite
def dated(draw: ch.Draw, key: str, value: ch.Gen[Any]) -> Data:
    """A value, or two or three by date; the first one may have a first day."""
    if not draw(maybe):
        return {key: draw(value)}
    first = (
        {"from": draw(ch.sampled_from([date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 29)]))}
        if draw(ch.booleans())
        else {}
    )
    rows = [first | {key: draw(value)}, {"from": CHANGE, key: draw(value)}]
    return {"lists": rows}


@ch.composite
def rates(draw: ch.Draw, unit: str, covered: bool) -> Data:
    kinds = ["per", "per", "per", "grid", "grid dated"] + ([] if covered else ["flat"])
    if not covered and unit not in ("piece",):
        kinds += ["upto", "steps"]
    kind = draw(ch.sampled_from(kinds))
    per: Data = {}
    if kind in ("per", "grid", "grid dated"):
        words = {"piece": ["person", "word of mine"], "minute": ["1h", "30min", "7min", "minute", "1h30"]}.get(
            unit, [unit, unit, "person"]
        )
        words = words[:1] if covered and unit != "minute" else words
        per = {"per": draw(ch.sampled_from(words))}
        if unit == "minute" and draw(ch.booleans()):
            per["started"] = True
        if unit == "piece" and draw(maybe):
            per = {}
    if kind == "per":
        return draw(dated("price", amounts)) | per
    if kind == "flat":
        return draw(dated("price", amounts))
    if kind == "grid":
        return draw(grids()) | per
    if kind == "grid dated":
        names = ["visitor", "member", "student"]
        first = {"from": date(2026, 3, 29)} if draw(ch.booleans()) else {}
        rows = [
            first | {name: draw(amounts) for name in names},
            {"from": CHANGE} | {name: draw(amounts) for name in names},
        ]
        return {"by": "category", "lists": rows} | per
    if kind == "upto":
        bounds: list[Any] = ["1h", "4h"] if unit == "minute" else [1, 3]
        last: Data = {"price": draw(amounts)}
        if draw(ch.booleans()):
            last |= {"per": "1h", "started": draw(ch.booleans())} if unit == "minute" else {"per": unit}
            last = {key: value for key, value in last.items() if value is not False}
        if draw(maybe):
            last = {"refuse": "on_quote"}
        return {
            "upto": [{"upto": bounds[0], "price": draw(amounts)}, {"upto": bounds[1], "price": draw(amounts)}, last]
        }
    sizes: list[Any] = ["1h", "3h", "8h"] if unit == "minute" else [1, 3, 8]
    way = draw(ch.sampled_from(["cheapest", "longest_first", "published_only", "smallest_that_fits"]))
    return {"steps": [{"size": size, "price": draw(amounts)} for size in sizes], "combination": way}


MEASURES: tuple[tuple[str, Data | None], ...] = (
    ("piece", None),
    ("piece", None),
    ("minute", None),
    ("minute", {"unit": "minute", "step": "15min", "at_most": "7h"}),
    ("minute", {"unit": "minute", "minimum": "1h", "step": "20min"}),
    ("half", {"unit": "half", "every": "4h", "at_most": 2}),
    ("block", {"unit": "block", "every": "90min", "minimum": 2}),
    ("unit", {"unit": "unit", "fact": "units"}),
    ("unit", {"unit": "unit", "fact": "units", "step": 3, "minimum": 4}),
    ("day", {"unit": "day", "fact": "units", "smallest": "0.5"}),
    ("pack", {"unit": "pack", "fact": "units", "every": 4}),
)
ELSEWHERE_MEASURES: tuple[tuple[str, Data | None], ...] = (
    ("day", {"unit": "day", "days": True}),
    ("night", {"unit": "night", "nights": True}),
    ("half", {"unit": "half", "cut": "13:00"}),
    ("half", {"unit": "half", "share": "0.5"}),
    ("kg", {"unit": "kg", "fact": "weight", "smallest": "0.5"}),
)


@ch.composite
def covers(draw: ch.Draw, unit: str, timed: bool, table: bool) -> list[Data]:
    scopes = TABLE_SCOPES if table else SCOPES
    words = {"piece": ["entry"], "minute": ["minute", "1h", "stay"]}.get(unit, [unit])
    out: list[Data] = []
    for number in range(draw(ch.integers(1, 2))):
        word = draw(ch.sampled_from(words))
        row: Data = {"unit": word}
        if draw(ch.booleans()):
            row |= {"by": ("carnet", "gifts")[number]}
            row |= {"partial": True} if draw(ch.booleans()) and word != "1h" else {}
            row |= (
                {"limit": {"at_most": draw(ch.integers(1, 9)), "same": draw(ch.sampled_from(scopes))}}
                if draw(maybe)
                else {}
            )
            row |= {"order": "oldest first"} if draw(ch.booleans()) else {}
        elif draw(maybe):
            row |= {"id": f"free {number}", "free": "all", "when": draw(whens(timed, table))}
        else:
            row |= {"id": f"free {number}", "free": draw(ch.integers(1, 90)), "same": draw(ch.sampled_from(scopes))}
            row |= {"partial": False} if draw(maybe) else {}
        row |= (
            {"takes": draw(ch.integers(2, 3))}
            if draw(maybe) and "partial" not in row and row.get("free") != "all"
            else {}
        )
        row |= {"when": draw(whens(timed, table))} if draw(maybe) and "when" not in row else {}
        out.append(row)
    return out


@ch.composite
def rules(draw: ch.Draw, name: str, timed: bool, table: bool) -> Data:
    kinds = [
        "percent",
        "percent",
        "percent",
        "at_most",
        "at_most",
        "at_most",
        "at_least",
        "add",
        "replace",
        "free",
        "round",
    ]
    rule: Data = {"id": name}
    kind = draw(ch.sampled_from([*kinds * 2, "refuse"]))
    if kind == "percent":
        rule["percent"] = draw(ch.sampled_from(["-30%", "+10%", "-33.3%", "-100%", "0%", "+25%", "-12.5%"]))
        if draw(maybe):
            rule |= {
                "rounds": draw(ch.sampled_from(["discount", "result"])),
                "mode": draw(ch.sampled_from(["up", "down", "half_even"])),
            }
    elif kind == "add":
        rule |= draw(dated("add", amounts.map(lambda amount: -amount or Decimal("-0.01"))))
    elif kind in ("at_least", "at_most", "replace"):
        if draw(maybe):
            rule[kind] = draw(grids(inline=True))
        else:
            rule |= draw(dated(kind, amounts))
        if kind == "at_most" and draw(ch.booleans()):
            rule["same"] = draw(ch.sampled_from(TABLE_SCOPES if table else SCOPES))
            rule |= {"pool": "pool"} if draw(ch.booleans()) else {}
    elif kind == "round":
        rule |= {
            "round": draw(ch.sampled_from([Decimal(1), Decimal("0.05")])),
            "mode": draw(ch.sampled_from(["up", "down", "half_up"])),
        }
    elif kind == "free":
        rule |= {"free": True}
    else:
        rule |= {"refuse": "on_quote"}
    if kind in ("refuse", "free", "replace") or draw(ch.booleans()):
        rule["when"] = draw(whens(timed, table))
        if draw(maybe) and isinstance(rule["when"], dict):
            rule["when"] |= {"amount": {"from": draw(ch.integers(0, 10))}}
    return rule


@ch.composite
def adjustments(draw: ch.Draw, timed: bool, table: bool) -> list[Data]:
    out: list[Data] = []
    for number in range(draw(ch.integers(0, 3))):
        if draw(maybe):
            together = draw(ch.sampled_from(["first", "one of", "one of", "all in order", "all in order", "unstated"]))
            group = [draw(rules(f"rule {number} {n}", timed, table)) for n in range(2)]
            out.append({"together": together, "rules": group})
        else:
            out.append(draw(rules(f"rule {number}", timed, table)))
    if any("together" in row for row in out):
        return [row if "together" in row else {"together": "all in order", "rules": [row]} for row in out]
    return out


@ch.composite
def products(draw: ch.Draw, table: bool) -> Data:
    measures = MEASURES if table or not draw(maybe) else ELSEWHERE_MEASURES
    unit, measure = draw(ch.sampled_from(measures))
    timed = unit in ("minute", "half", "block", "night") or bool(measure and "fact" not in measure)
    out: Data = {} if measure is None else {"measure": dict(measure)}
    covered = draw(ch.booleans())
    rows = [{"when": draw(whens(timed, table))} | draw(rates(unit, covered)) for _ in range(draw(ch.integers(0, 1)))]
    if draw(rarely) or draw(rarely):
        rows.append({"when": draw(whens(timed, table)), "refuse": "unpublished"})
    rows.append(
        draw(rates(unit, covered))
        if not draw(rarely)
        else {"when": draw(whens(timed, table))} | draw(rates(unit, covered))
    )
    if draw(ch.booleans()) and "when" not in rows[-1]:
        for row in rows:
            if "refuse" not in row and draw(maybe):
                row |= {"tags": ["extra"], "name": "a name"}
    out["rate"] = rows
    if covered:
        out |= {"cover": draw(covers(unit, timed, table)), "beyond": draw(ch.sampled_from(["rate"] * 5 + ["refuse"]))}
    adjust = draw(adjustments(timed, table))
    out |= {"adjust": adjust} if adjust else {}
    if draw(rarely) or draw(rarely):
        out["eligible"] = {"id": "not here", "when": draw(whens(timed, table)), "refuse": "not_for"}
    if draw(maybe):
        out["price_date"] = draw(ch.sampled_from(["use", "purchase"]))
    out |= {"asks": ["category"]} if draw(rarely) else {}
    if not table and draw(rarely):
        out["needs"] = draw(ch.sampled_from(["club", [{"product": "club", "when": {"night": True}}]]))
    return out


@ch.composite
def any_tariff(draw: ch.Draw, table: bool) -> Data:
    taxed = draw(ch.booleans())
    classes = (
        ["standard"] * 12 + ["late", "not subject", "unknown", "zero", "exempt"]
        if taxed
        else ["not subject"] * 6 + ["unknown"]
    )
    head: Data = {
        "id": "t",
        "currency": "EUR",
        "timezone": draw(ch.sampled_from(["Europe/Paris", "Europe/Paris", "UTC", "America/St_Johns"])),
        "price_date": draw(ch.sampled_from(["use", "use", "use", "purchase"])),
        "rounding": draw(ch.sampled_from(["half_up"] * 7 + ["half_even", "up", "down"])),
        "prices": draw(ch.sampled_from(["incl", "excl"])),
        "tax": draw(ch.sampled_from(classes)),
        "unreachable": draw(ch.sampled_from(["residual"] * 6 + ["adjust tax", "refuse"])),
    }
    data: Data = {"tariff": head, "facts": FACTS, "derive": DERIVED, "opening": OPENING}
    if taxed:
        data["tax"] = TAXES
    data["product"] = {
        "club": {"sells": "membership", "rate": {"price": draw(amounts)}, "valid": {"year": "calendar"}},
        "pack": {
            "sells": "grant",
            "rate": {"price": draw(amounts)},
            "grant": {"account": "carnet", "unit": "entry", "units": 5},
        },
        "desk": draw(products(table)),
        "lab": draw(products(table)),
    }
    if draw(rarely):
        data["order"] = {"adjust": [{"id": "all", "at_most": draw(amounts), "same": ["person", "day"]}]}
    return data


def compiled_tariffs() -> ch.Gen[Data]:
    return any_tariff(False)


def table_tariffs() -> ch.Gen[Data]:
    return any_tariff(True)


# --- questions -------------------------------------------------------------------------------------------------------

ZERO = datetime(2026, 1, 1, tzinfo=UTC)
edges = ch.sampled_from([0, 1, 2, 10_000, 10_001])


@ch.composite
def any_item(draw: ch.Draw) -> Item:
    facts: Data = {
        "category": draw(ch.sampled_from(FACTS["category"])),
        "place": draw(ch.sampled_from(FACTS["place"])),
        "night": draw(ch.booleans()),
        "persons": draw(edges) if draw(rarely) else draw(ch.integers(0, 6)),
        "units": draw(edges) if draw(rarely) else draw(ch.integers(0, 12)),
        "weight": draw(ch.sampled_from([Decimal("0.5"), 2, Decimal("3.5"), Decimal("0.3")])),
        "word": draw(ch.sampled_from(["hello", "x"])),
        "tools": draw(ch.sampled_from([("saw",), ("drill", "saw")])),
    }
    if draw(rarely):
        facts.pop(draw(ch.sampled_from(sorted(facts))))
    if draw(rarely):
        facts[draw(ch.sampled_from([*sorted(facts), "nothing"]))] = draw(
            ch.sampled_from(["nobody", 3, True, "visitor"])
        )
    product = draw(ch.sampled_from(["desk"] * 6 + ["lab"] * 6 + ["pack", "club"]))
    count = draw(edges) or 3 if draw(rarely) else draw(ch.sampled_from([1, 1, 1, 2, 3, 17]))
    day = draw(ch.sampled_from(DAYS))
    start = datetime(
        day.year, day.month, day.day, draw(ch.integers(0, 23)), draw(ch.sampled_from([0, 0, 30, 59])), tzinfo=UTC
    )
    minutes = draw(ch.sampled_from([1, 45, 59, 60, 61, 90, 120, 240, 241, 400, 700, 1440, 1441]))
    if draw(rarely):
        minutes = draw(ch.sampled_from([31 * 1440, 31 * 1440 + 1]))
    id = draw(ch.sampled_from(["desk 7", "x"])) if draw(rarely) else ""
    if draw(ch.integers(0, 7)) == 0:
        return Item(product, day=None if draw(rarely) else day, count=count, facts=facts, id=id)
    seconds = draw(ch.sampled_from([0, 0, 0, 29, 30]))
    end = start + timedelta(minutes=minutes, seconds=seconds)
    also = (Period(end + timedelta(hours=1), end + timedelta(hours=2)),) if draw(rarely) else ()
    given = draw(ch.sampled_from(DAYS)) if draw(rarely) else None
    until = day + timedelta(days=3) if draw(rarely) else None
    return Item(product, Period(start, end), count, given, facts, id, also, until)


@ch.composite
def any_order(draw: ch.Draw) -> Order:
    items = [draw(any_item()) for _ in range(draw(ch.sampled_from([1, 1, 1, 1, 2])))]
    used = [item.id for item in items]
    items = [
        item if not item.id or used.count(item.id) == 1 else Item(item.product, item.period, item.count)
        for item in items
    ]
    bought = draw(ch.sampled_from([date(2026, 1, 1), *DAYS[1:]]))
    return Order(
        items,
        draw(ch.sampled_from([None, "ann", "ann", "ann", "bob", "a/b=%é"])),
        None if draw(rarely) else datetime(bought.year, bought.month, bought.day, 12, tzinfo=UTC),
        None if draw(rarely) else frozenset(draw(ch.sampled_from([(), ("club",), ("other",)]))),
        ("NOPE",) if draw(rarely) else draw(ch.sampled_from([("TEN",), ("HALF", "TEN")])) if draw(rarely) else (),
    )


@ch.composite
def any_lots(draw: ch.Draw) -> tuple[Lot, ...]:
    out = []
    for number in range(draw(ch.sampled_from([0, 1, 2, 4]))):
        days = draw(ch.sampled_from([None, None, 80, 320, 328, 400]))
        out.append(
            Lot(
                f"lot {number}",
                draw(ch.sampled_from(["carnet", "carnet", "gifts", "other"])),
                10**9 + 1 if draw(rarely) else draw(ch.sampled_from([0, 1, 2, 5, 100, 1000])),
                ZERO + timedelta(days=draw(ch.integers(0, 2))),
                None if days is None else ZERO + timedelta(days=days, hours=draw(ch.integers(0, 23))),
                draw(ch.integers(0, 1)),
                draw(ch.sampled_from([None, 0, 700])),
            )
        )
    return tuple(out)


def first_state(draw: ch.Draw) -> State:
    return State(lots=draw(any_lots()))


__all__ = [
    "CODES",
    "DAYS",
    "FACTS",
    "any_item",
    "any_lots",
    "any_order",
    "compiled_tariffs",
    "first_state",
    "spell",
    "table_tariffs",
]
