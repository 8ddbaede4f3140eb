"""Random tariffs over all forms of the format, as plain data, with random questions that fit them.

``tariffs()`` draws data that a TOML writer can spell; ``spell`` writes it in one of many layouts. ``orders()`` and
``states()`` draw questions in the words of those tariffs. A drawn tariff may still be refused by the reader (a rate
that falls inside a scope): ``load`` says so to Hypothesis.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from cantinekit.clock import Period
from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Lot, Order, State, Tariff
from support.tariffs import chance as ch

EPOCH = datetime(2026, 11, 23, 7, tzinfo=UTC)  # a Monday, 08:00 in Paris
DAY = date(2026, 11, 23)
Data = dict[str, Any]
READ: Counter[str] = Counter()
"""How many drawn tariffs were read, and how many the reader refused."""

FACTS: Data = {
    "category": ["visitor", "member", "student"],
    "place": ["blue", "red"],
    "night": "yes/no",
    "persons": "number",
    "weight": "decimal",
    "gift": "money",
    "word": "text",
    "tools": {"set": ["saw", "drill", "laser"]},
}
SECTIONS: Data = {
    "units": {"token": {"decimals": 1}},
    "derive": {"crowd": [{"is": "many", "when": {"persons": {"from": 3}}}, {"is": "few"}]},
    "bands": {
        "daylight": {"clock": "08:00-18:00", "weekday": ["mon", "tue", "wed", "thu", "fri"]},
        "evening": {"clock": "18:00-23:00"},
    },
    "opening": {
        "hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "open": ["08:00-20:00"]},
            {"days": ["sat"], "open": ["10:00-12:00", "14:00-16:00"]},
        ],
        "holidays": [date(2026, 11, 26), date(2026, 12, 25)],
    },
    "tax": {
        "standard": {"rates": [{"from": date(2014, 1, 1), "rate": "20%"}, {"from": date(2026, 11, 25), "rate": "21%"}]},
        "reduced": {"rates": {"from": date(2014, 1, 1), "rate": "5.5%"}},
        "abroad": {
            "rates": {"from": date(2014, 1, 1), "rate": "20%"},
            "reverse": {"category": "member"},
            "reverse_mention": "the customer owes the tax",
        },
        "exempt": {"mention": "exempt from tax"},
        "not subject": {"mention": "no tax is due"},
        "outside scope": {"mention": "outside the scope of the tax"},
    },
}
CLASSES = ("standard", "reduced", "abroad", "exempt", "not subject", "outside scope", "unknown")

euros = ch.integers(0, 5_000).map(lambda cents: Decimal(cents) / 100)
few = ch.sampled_from([Decimal("0.00"), Decimal("0.05"), Decimal("1.00"), Decimal("7.00"), Decimal("9.99")])
amounts = ch.one_of(few, euros)
maybe = ch.integers(0, 3).map(lambda n: n == 3)
rarely = ch.integers(0, 11).map(lambda n: n == 11)

ATOMS: tuple[Data, ...] = (
    {"category": "member"},
    {"category": ["visitor", "student"]},
    {"place": "red"},
    {"night": True},
    {"persons": {"from": 3}},
    {"persons": {"from": 1, "upto": 2}},
    {"weight": {"below": Decimal("1.5")}},
    {"gift": {"from": Decimal("5.00")}},
    {"word": "hello"},
    {"tools": "saw"},
    {"crowd": "many"},
    {"count": {"from": 2}},
    {"minutes": {"upto": "2h"}},
    {"lead": {"from": "2 days"}},
    {"holds": "club"},
    {"lacks": "club"},
    {"code": "HALF"},
    {"weekday": ["sat", "sun"]},
    {"clock": "12:00-14:00"},
    {"season": ["11-24", "03-31"]},
    {"date": {"from": date(2026, 11, 25)}},
    {"holiday": True},
    {"touches": {"weekday": ["sat", "sun"], "clock": "09:00-20:00"}},
    {"inside": {"clock": ["09:00-12:00", "13:00-18:00"]}},
    {"ends": {"clock": "18:00-08:00"}},
    {"not": {"place": "blue", "category": "visitor"}},
)
NEVER: Data = {"persons": {"from": 900_001}}
SCOPES = (["person", "day"], ["person", "week"], ["person", "month"], ["place", "day"], ["person", "category"])


@ch.composite
def clauses(draw: ch.Draw) -> Data:
    out: Data = {}
    for atom in draw(ch.lists(ch.sampled_from(ATOMS), min_size=1, max_size=2)):
        if out.keys().isdisjoint(atom):
            out |= atom
    return out


whens = ch.one_of(clauses(), ch.lists(clauses(), min_size=2, max_size=2))


@ch.composite
def refusals(draw: ch.Draw) -> Data:
    code = draw(ch.sampled_from(["on_quote", "from", "about", "between", "unpublished", "not_for", "over_capacity"]))
    bounds = {"from": {"at_least": 5}, "about": {"amount": Decimal("9.90")}, "between": {"low": 1, "high": 2}}
    return {"refuse": code, "why": "as printed"} | bounds.get(code, {})


# --- rates -----------------------------------------------------------------------------------------------------------


@ch.composite
def totals(draw: ch.Draw, unit: str) -> Data:
    """A form whose price is for the whole, and its ``by``: rows, steps, tiers, sets, grids, offered amounts."""
    kinds = ["flat", "grid", "inline", "of", "tiers", "offered", "share", "sets", "in_units", "upto", "steps", "every"]
    kind = draw(ch.sampled_from(kinds))
    prices = draw(ch.lists(amounts, min_size=4, max_size=4))
    if draw(ch.booleans()):
        prices.sort()
    a, b, c, d = prices
    timed = unit == "minute"
    if kind == "grid":
        rows = [["blue", a, b], ["red", c, draw(ch.one_of(amounts, ch.just("-")))]]
        return {"by": ["place", "category"], "columns": ["visitor", "member"], "rows": rows}
    if kind == "inline":
        return {"by": draw(ch.sampled_from(["crowd"])), "many": a, "few": b}
    if kind == "of":
        rows = [{"upto": 2, "price": a}, {"price": b, "per": "person"} if draw(maybe) else {"price": b}]
        return {"upto": rows, "of": "persons"}
    if kind == "tiers":
        mode = draw(ch.sampled_from(["graduated", "volume", "package"]))
        if mode == "package":
            return {"tiers": {"upto": 3, "price": a}, "mode": mode}
        return {"tiers": [{"upto": 2, "price": a}, {"upto": 5, "price": b}, {"price": c}], "mode": mode}
    if kind == "offered":
        more = {"suggestion": c} if draw(ch.booleans()) else {}
        return {"offered": "gift", "at_least": min(a, b)} | more
    if kind == "every":
        more = {"started": True} if draw(ch.booleans()) else {}
        if unit not in ("piece", "minute"):
            return {"price": a}
        if draw(ch.booleans()):
            return {"price": a, "per": "gift", "every": Decimal("7.50")} | more
        return {"price": draw(ch.sampled_from([a, Decimal("0.0125")])), "per": "weight", "every": 3} | more
    if kind == "share":
        return {"share": draw(ch.sampled_from(["10%", "33.3%", "100%"])), "of": "gift"}
    if kind == "sets":
        cover = draw(ch.sampled_from(["exact parts, cheapest", "smallest superset"]))
        return {"sets": "tools", "cover": cover, "columns": ["saw", "drill", "saw+drill"], "rows": [[a, b, c]]}
    if kind == "in_units":
        return {"in_units": {"token": Decimal("1.5")}} | ({"price": a} if draw(ch.booleans()) else {})
    if kind == "upto":
        bounds = ("1h", "4h") if timed else (1, 3)
        last: Data = {"price": d, "per": "1h", "started": True} if timed and draw(ch.booleans()) else {"price": d}
        return {"upto": [{"upto": bounds[0], "price": a}, {"upto": bounds[1], "price": b}, last]}
    if kind == "steps":
        way = draw(ch.sampled_from(["cheapest", "longest_first", "published_only", "smallest_that_fits"]))
        sizes = ("1h", "3h", "8h") if timed else (1, 3, 8)
        return {"steps": [{"size": s, "price": p} for s, p in zip(sizes, prices, strict=False)], "combination": way}
    return {"price": a}


@ch.composite
def per_unit(draw: ch.Draw, unit: str) -> Data:
    """A price for a unit: of time, of what is measured, or of persons."""
    if unit == "minute":
        out: Data = {"price": draw(amounts), "per": draw(ch.sampled_from(["1h", "30min", "1h30", "minute"]))}
        first: Any = "45min"
    else:
        out = {"price": draw(amounts), "per": "person" if unit == "piece" else unit}
        first = 2
    if draw(maybe) and unit != "piece":
        out["first"] = first
        out |= {"first_price": draw(amounts)} if draw(ch.booleans()) else {}
    return out | ({"started": True} if draw(ch.booleans()) and unit != "piece" else {})


@ch.composite
def rates(draw: ch.Draw, unit: str, *, plain: bool) -> Data:
    if draw(rarely) and not plain:
        return draw(refusals())
    out = draw(per_unit(unit) if plain or draw(ch.booleans()) else totals(unit))
    if draw(maybe) and set(out) <= {"price", "per", "started", "first", "first_price"}:
        price = out.pop("price")
        out["lists"] = [
            {"from": date(2026, 1, 1), "price": price},
            {"from": date(2026, 11, 25), "price": draw(amounts)},
        ]
    if draw(rarely) and "price" in out and "per" in out:
        out["flat"] = draw(amounts)
    if draw(rarely):
        out |= {"tax": draw(ch.sampled_from(CLASSES)), "prices": draw(ch.sampled_from(["incl", "excl"]))}
    if draw(rarely) and not {"in_units"} & set(out):
        out["floor"] = True
    return out


# --- products --------------------------------------------------------------------------------------------------------

MEASURES: tuple[tuple[str, Data | None], ...] = (
    ("piece", None),
    ("piece", None),
    ("minute", None),
    ("minute", {"unit": "minute", "step": "15min", "at_most": "7h"}),
    ("minute", {"unit": "minute", "minimum": "1h"}),
    ("half-day", {"unit": "half-day", "every": "4h", "at_most": 2}),
    ("half-day", {"unit": "half-day", "cut": "13:00"}),
    ("half-day", {"unit": "half-day", "share": "0.5"}),
    ("session", {"unit": "session", "sessions": {"am": "08:00-12:00", "pm": "13:00-18:00"}, "gap": "previous"}),
    ("day", {"unit": "day", "days": True}),
    ("night", {"unit": "night", "nights": True}),
    ("kg", {"unit": "kg", "fact": "weight", "smallest": "0.5"}),
)
SESSION_SETS: Data = {"sets": "session", "columns": ["am", "pm", "am+pm"]}


LINES: tuple[Data, ...] = (
    {"add": "10%"},
    {"add": "12.5%", "tax": "reduced", "tags": ["extra"]},
    {"add": Decimal("0.50"), "once_per": "gift", "every": 10, "tags": ["extra"]},
    {"add": 1, "once_per": "persons", "every": 4, "tax": "exempt"},
)
"""What an adjustment adds as a line of its own."""


@ch.composite
def adjustments(draw: ch.Draw, prefix: str = "a") -> list[Data]:
    rules = []
    for number in range(draw(ch.integers(0, 3))):
        rule: Data = {"id": f"{prefix}{number}"}
        kind = draw(ch.sampled_from(["percent", "percent", "add", "at_least", "at_most", "at_most", "replace", "free",
                                     "round", "refuse"]))  # fmt: skip
        if kind == "percent":
            rule["percent"] = draw(ch.sampled_from(["-30%", "+10%", "-33.3%", "-100%", "0%"]))
            if draw(maybe):
                rule |= {"rounds": draw(ch.sampled_from(["discount", "result"])), "mode": "up"}
        elif kind == "add":
            rule["add"] = draw(ch.one_of(amounts, amounts.map(lambda a: -a)))
            rule |= {"once_per": draw(ch.sampled_from(["day", "hour", "person", "piece"]))} if draw(maybe) else {}
            if draw(maybe):
                rule = {"id": rule["id"]} | draw(ch.sampled_from(LINES))
        elif kind in ("at_least", "at_most", "replace"):
            rule[kind] = draw(amounts)
            rule |= {"same": draw(ch.sampled_from(SCOPES))} if kind == "at_most" and draw(ch.booleans()) else {}
        elif kind == "round":
            rule |= {"round": draw(ch.sampled_from([Decimal("1.00"), Decimal("0.05")])), "mode": "up"}
        elif kind == "free":
            rule |= {"free": True}
        else:
            rule |= draw(refusals())
        if kind in ("refuse", "free") or draw(ch.booleans()):
            rule["when"] = draw(whens)
        if draw(rarely) and kind != "refuse":
            rule["on"] = ["extra"]
        rules.append(rule)
    if len(rules) > 1 and draw(ch.booleans()):
        together = draw(ch.sampled_from(["first", "best for customer", "one of", "unstated", "all in order"]))
        return [{"together": together, "rules": rules}]
    return rules


@ch.composite
def covers(draw: ch.Draw, unit: str) -> list[Data]:
    counted = {"piece": "entry", "minute": draw(ch.sampled_from(["1h", "minute"]))}.get(unit, unit)
    out: list[Data] = []
    for account in draw(ch.lists(ch.sampled_from(["carnet", "gifts"]), max_size=2, unique=True)):
        row: Data = {"by": account, "unit": counted}
        row |= {"partial": True} if draw(ch.booleans()) else {}
        row |= {"takes": 2} if draw(rarely) else {}
        row |= {"limit": {"at_most": 2, "same": ["person", "week"]}} if draw(maybe) else {}
        row |= {"order": "oldest first"} if draw(ch.booleans()) else {}
        row |= {"when": draw(whens)} if draw(rarely) else {}
        out.append(row)
    if draw(maybe) or not out:
        free: Any = draw(ch.sampled_from([1, 3, "all"]))
        row = {"id": "gratis", "free": free, "unit": counted, "when": draw(whens)}
        row |= {"partial": False} if free != "all" and draw(maybe) else {}
        out.append(row | ({} if free == "all" else {"same": draw(ch.sampled_from(SCOPES))}))
    return out


def said_of_parts(measure: Data, rows: list[Data], *, whole: bool) -> Data:
    """What a split has to say of what is rounded; prices that cannot be cut are taken out of the rows."""
    flat = next((row["flat"] for row in rows if "flat" in row), None)
    for row in rows:
        row.pop("first", None)
        row.pop("first_price", None)
        row |= {"flat": flat} if "flat" in row else {}
    if any(row.get("started") for row in rows) or {"every"} & set(measure):
        return {"round": "each part"}
    if {"step", "minimum", "at_most"} & set(measure):
        return {"round": "whole" if whole else "each part"}
    return {}


@ch.composite
def down_payments(draw: ch.Draw) -> Any:
    """What is due at once, and perhaps when the rest is."""
    rest = {"rest": draw(ch.sampled_from(["2 days", "1 month"]))} if draw(ch.booleans()) else {}
    last: Data = draw(ch.sampled_from([{"percent": "30%", "from": 10}, {"price": 7}, {"price": 0}, {"percent": "50%"}]))
    last = dict(last) | rest | ({"on": ["extra"]} if draw(rarely) else {})
    last = {"parts": draw(ch.integers(2, 12)), "every": "1 week"} if draw(rarely) else last
    first: Data = {"when": draw(whens), "price": Decimal("2.50")}
    return [first, last] if draw(ch.booleans()) else last


WEEK: Data = {"weekdays": ["mon", "tue", "wed", "thu", "fri"]}
BUSINESS: Data = {"unit": "business day", "notice_day": "does not count", "workdays": WEEK}


MOVES: Data = {"delay": {"unit": "day"}, "rows": [{"from": 7, "fee": 0}, {"from": 1, "fee": 2, "percent": "10%"}]}


@ch.composite
def cancels(draw: ch.Draw) -> Any:
    """What calling off costs: shares, amounts and fees; in days, or in days and business days; by case."""
    keep: list[Data] = [{"from": 7, "percent": "0%"}, {"from": 2, "percent": "30%"}, {"from": 0, "percent": "100%"}]
    delay: Any = {"unit": "day"}
    if draw(ch.booleans()):
        keep[draw(ch.integers(0, 2))] |= {"fee": draw(ch.sampled_from([0, 2]))}
    if draw(ch.booleans()):
        keep[1] = {"from": 2, "price": draw(amounts)}
    if draw(maybe):
        delay, keep[1]["from"] = [{"unit": "day"}, BUSINESS], "2 business days"
    if draw(maybe):
        keep.append({"from": "after the start", "percent": "90%"})
    if draw(rarely):
        keep[1] = {"from": keep[1]["from"], "refuse": "on_quote", "why": "ask"}
    out: Data = {"delay": delay, "keep": keep} | ({"fee": 3} if draw(ch.booleans()) else {})
    out |= {"no_show": draw(ch.sampled_from(["100%", {"price": 9, "fee": 1}]))} if draw(maybe) else {}
    if draw(maybe):
        return [{"when": draw(whens), "delay": {"unit": "day"}, "keep": {"from": 0, "price": 5}}, out]
    return out


@ch.composite
def products(draw: ch.Draw, name: str) -> Data:
    unit, measure = draw(ch.sampled_from(MEASURES))
    out: Data = {}
    if measure is not None:
        out["measure"] = dict(measure)
    scoped = draw(maybe) and unit != "piece"
    if scoped and measure is not None and unit in ("minute", "half-day"):
        out["measure"]["same"] = ["person", "day"]
    elif unit == "minute" and draw(maybe):
        out["merge"] = {"same": ["person", "day"], "gap": "1h"}
    elif draw(rarely) and unit in ("minute", "half-day", "piece"):
        out["split"] = {"bands": ["daylight", "evening"]} | ({"outside": "else"} if draw(ch.booleans()) else {})
    elif draw(rarely):
        out["rank"] = {"same": ["person", "day"]}
    plain = "split" in out or draw(maybe)
    covered = draw(ch.booleans())
    rows: list[Data] = []
    for _ in range(draw(ch.integers(0, 2))):
        extra = {"rank": {"from": 2}} if "rank" in out else {"band": "evening"} if "split" in out else draw(whens)
        rows.append({"when": extra} | draw(rates(unit, plain=plain or covered)))
    rows.append(draw(rates(unit, plain=plain or covered)))
    if "split" in out:
        out["split"] |= said_of_parts(out.get("measure", {}), rows, whole=covered)
    if unit == "session" and draw(ch.booleans()):
        rows = [SESSION_SETS | {"rows": [[draw(amounts), draw(amounts), draw(amounts)]]}]
    if draw(maybe) and "split" not in out and not any("refuse" in row for row in rows):
        out["offer"] = [{"id": f"offer {n}"} | row for n, row in enumerate(rows)]
        out["choose"] = {
            "take": draw(ch.sampled_from(["cheapest", "dearest"])),
            "compare": draw(ch.sampled_from(["rate", "gross", "final"])),
            "tie": draw(ch.sampled_from(["first", "last"])),
        }
        if draw(rarely) and not {"split", "rank", "merge"} & set(out) and "same" not in out.get("measure", {}):
            out["choose"]["same"] = ["person", "day"]
    else:
        out["rate"] = rows[0] if len(rows) == 1 and draw(ch.booleans()) else rows
    if covered:
        out["cover"] = draw(covers(unit))
        for row in out["cover"] if any("sets" in row for row in rows) else ():
            row.pop("partial", None)
            row["unit"] = "stay" if row.get("free", "all") != "all" else row["unit"]
        if "split" in out and draw(ch.booleans()):
            out["cover"][0]["when"] = {"band": draw(ch.sampled_from(["daylight", "evening"]))}
        beyond: Any = draw(ch.sampled_from(["rate", "rate", "refuse", "count only", {"debt_at": "pack"}]))
        out["beyond"] = beyond
    adjust = draw(adjustments())
    if covered and "partial" not in out["cover"][0]:
        for rule in adjust:
            for each in rule.get("rules", [rule]):
                add = each.get("add", -1)
                each |= (
                    {"when_covered": "due"} if add != "" and not str(add).startswith("-") and "on" not in each else {}
                )
    out |= {"adjust": adjust} if adjust else {}
    out |= {"tax": draw(ch.sampled_from(CLASSES))} if draw(ch.booleans()) else {}
    out |= {"prices": draw(ch.sampled_from(["incl", "excl"]))} if draw(ch.booleans()) else {}
    out |= {"tags": ["extra"]} if draw(maybe) else {}
    out |= {"kind": "penalty"} if draw(rarely) else {}
    needs = ch.sampled_from(["club", [{"product": "club", "add": True}], {"one_of": ["club", "month"]}])
    out |= {"needs": draw(needs)} if draw(rarely) else {}
    if draw(rarely):
        out["eligible"] = {"id": "not at night", "when": draw(whens), "refuse": "not_for"}
    out |= {"asks": ["category"]} if draw(rarely) else {}
    out |= {"opening": "refuse"} if draw(rarely) else {}
    out |= {"afterwards": ["weight"]} if draw(rarely) else {}
    if draw(maybe):
        out["deposit"] = {"id": "key", "price": 20} if draw(ch.booleans()) else {"id": "card", "percent": "50%"}
        out["deposit"] |= {"due": "1 week"} if draw(maybe) else {}
        out["deposit"] |= {"when": draw(whens)} if draw(rarely) else {}
    out |= {"down_payment": draw(down_payments())} if draw(maybe) else {}
    if draw(maybe):
        out["cancel"] = draw(cancels())
        out["move"] = draw(ch.sampled_from([{"fee": 5}, MOVES]))
        out["overrun"] = {"price": 4, "per": "30min"}
        out["end_early"] = {"smaller_of": [{"periods": 2}, {"share": "40%"}]}
    return out


@ch.composite
def grants(draw: ch.Draw) -> Any:
    """What the pack gives: entries, perhaps some for each person, and of another account."""
    first: Data = {"account": "carnet", "unit": "entry", "units": draw(ch.integers(1, 5))}
    if not draw(maybe):
        return first
    return [
        first,
        {"account": draw(ch.sampled_from(["carnet", "gifts"])), "unit": "entry", "units": 2, "each": "persons"},
    ]


@ch.composite
def any_tariff(draw: ch.Draw) -> Data:
    """The data of a tariff: what is sold ("pack", "club", "month") and what is used ("desk", "lab")."""
    head: Data = {
        "id": "t",
        "currency": "EUR",
        "timezone": draw(ch.sampled_from(["Europe/Paris", "America/St_Johns"])),
        "price_date": draw(ch.sampled_from(["use", "use", "purchase"])),
        "rounding": draw(ch.sampled_from(["half_up", "half_even", "up", "down"])),
        "prices": draw(ch.sampled_from(["incl", "excl"])),
        "tax": draw(ch.sampled_from(CLASSES[:-1])),
        "unreachable": draw(ch.sampled_from(["residual", "residual", "adjust tax", "refuse"])),
    }
    data: Data = {"tariff": head, "facts": FACTS, **SECTIONS}
    pack: Data = {"sells": "grant", "tags": ["extra"], "rate": {"price": draw(amounts)}, "grant": draw(grants())}
    if draw(ch.booleans()):
        pack["valid"] = {"lasts": "2 days", "first_day": "counts"}
    data["product"] = {
        "pack": pack,
        "club": {"sells": "membership", "rate": {"price": draw(amounts)}, "valid": {"year": "calendar"}},
        "month": {
            "sells": "plan",
            "rate": {"price": draw(amounts)},
            "valid": {"month": "calendar"},
            "prorate": {"rule": "both ends", "of": "days of the month"},
            "adjust": [{"id": "member", "when": {"holds": "club"}, "percent": "-10%"}],
        },
        "desk": draw(products("desk")),
        "lab": draw(products("lab")),
    }
    if draw(ch.booleans()):
        coupons = {
            "HALF": {"percent": "-50%"},
            "FIVE": {"add": -5, "larger": draw(ch.sampled_from(["ignored", "to zero"]))},
        }
        coupons["LATE"] = {"percent": "-10%", "from": date(2026, 11, 25), "minimum": 10}
        data["coupon"] = coupons
        data["order"] = {"coupons": draw(ch.sampled_from(["one of", "all in order", "best for customer", "unstated"]))}
    rules = draw(adjustments("o")) if draw(maybe) else []
    if rules:
        data["order"] = data.get("order", {}) | {"adjust": rules}
    return data


def load(data: Data) -> Tariff:
    """The tariff of drawn data; the draw is given up where the reader refuses it."""
    try:
        tariff = Tariff.load(spell(data))
    except TariffError:
        READ["refused"] += 1
        reject()
    READ["read"] += 1
    return tariff


# --- spelling --------------------------------------------------------------------------------------------------------


def spell(data: Data, random: Any = None) -> str:
    """The data as TOML; with a source of chance the keys are shuffled, spaced, commented, and 7 is written as 7.00."""
    out: list[str] = []
    for section, tables in _shuffled(data.items(), random):
        names = section in ("units", "bands", "tax", "product", "coupon")
        for name, table in _shuffled(tables.items(), random) if names else [("", tables)]:
            out.append(f"[{section}.{_word(name)}]" if names else f"[{section}]")
            for key, value in _shuffled(table.items(), random):
                out.append(
                    f"{_word(key)} = {_value(value, random)}" + ("   # why" if random and random.random() < 0.2 else "")
                )
            out += ["", "# a remark"] if random and random.random() < 0.3 else [""]
    return "\n".join(out) + "\n"


def _shuffled(pairs: Any, random: Any) -> list[Any]:
    out = list(pairs)
    if random:
        random.shuffle(out)
    return out


def _word(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def _value(value: Any, random: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'" if random and "'" not in value and random.random() < 0.5 else _word(value)
    if isinstance(value, Decimal):
        if random and value == int(value) and random.random() < 0.5:
            return str(int(value))
        return f"{value:.2f}" if value == round(value, 2) else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(k)} = {_value(v, random)}" for k, v in _shuffled(value.items(), random)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(part, random) for part in value) + "]"
    return str(value)


# --- questions -------------------------------------------------------------------------------------------------------


@ch.composite
def any_facts(draw: ch.Draw) -> Data:
    out: Data = {
        "category": draw(ch.sampled_from(FACTS["category"])),
        "place": draw(ch.sampled_from(FACTS["place"])),
        "night": draw(ch.booleans()),
        "persons": draw(ch.integers(0, 6)),
        "weight": draw(ch.sampled_from([Decimal("0.5"), Decimal(2), Decimal("3.5"), Decimal("0.3")])),
        "word": draw(ch.sampled_from(["hello", "x"])),
        "tools": tuple(draw(ch.lists(ch.sampled_from(FACTS["tools"]["set"]), min_size=1, unique=True))),
        "gift": Money(draw(ch.integers(0, 3_000)), "EUR"),
    }
    for name in draw(ch.lists(ch.sampled_from(sorted(out)), max_size=2)) if draw(maybe) else ():
        out.pop(name, None)
    return out


@ch.composite
def any_item(draw: ch.Draw, names: tuple[str, ...] = ("desk", "desk", "lab", "lab", "pack", "club", "month")) -> Item:
    product = draw(ch.sampled_from(names))
    start = (
        EPOCH
        + timedelta(minutes=draw(ch.sampled_from([0, 60, 90, 300, 601])))
        + timedelta(days=draw(ch.sampled_from([0, 0, 0, 1, 2, 5])))
    )
    count = draw(ch.sampled_from([1, 1, 1, 2, 3]))
    given = draw(any_facts())
    if product == "month":
        until = draw(ch.one_of(ch.none(), ch.just(date(2026, 11, 27))))
        return Item(product, day=DAY, count=count, facts=given, until=until)
    if product in ("pack", "club") or draw(rarely):
        until = start.date() + timedelta(days=draw(ch.integers(0, 3))) if draw(maybe) else None
        return Item(product, day=None if draw(rarely) else start.date(), count=count, facts=given, until=until)
    end = start + timedelta(minutes=draw(ch.sampled_from([1, 45, 60, 125, 240, 400, 900, 2000])))
    also = (Period(end + timedelta(hours=1), end + timedelta(hours=2)),) if draw(rarely) else ()
    return Item(product, Period(start, end), count, facts=given, also=also)


@ch.composite
def any_order(draw: ch.Draw, names: tuple[str, ...] | None = None) -> Order:
    one = any_item() if names is None else any_item(names)
    codes = draw(ch.lists(ch.sampled_from(["HALF", "FIVE", "LATE"]), max_size=2, unique=True)) if draw(rarely) else ()
    return Order(
        draw(ch.lists(one, min_size=1, max_size=4)),
        draw(ch.sampled_from([None, "ann", "ann", "bob"])),
        None if draw(rarely) else EPOCH - timedelta(days=draw(ch.sampled_from([0, 1, 5]))),
        None if draw(rarely) else frozenset(draw(ch.sampled_from([(), ("club",), ("month", "club")]))),
        ("NOPE",) if draw(rarely) and draw(rarely) else codes,
    )


@ch.composite
def any_state(draw: ch.Draw) -> State:
    lots = []
    for number in range(draw(ch.integers(0, 4))):
        hours = draw(ch.one_of(ch.none(), ch.integers(-48, 200)))
        lots.append(
            Lot(
                f"lot {number}",
                draw(ch.sampled_from(["carnet", "carnet", "gifts", "other"])),
                draw(ch.integers(0, 6)),
                EPOCH - timedelta(days=draw(ch.integers(1, 3))),
                None if hours is None else EPOCH + timedelta(hours=hours),
                draw(ch.integers(0, 1)),
                draw(ch.one_of(ch.none(), ch.integers(0, 900))),
            )
        )
    return State(lots=tuple(lots))


# --- for Hypothesis --------------------------------------------------------------------------------------------------


def tariffs() -> st.SearchStrategy[Data]:
    return ch.strategy(any_tariff())


def orders(names: tuple[str, ...] | None = None) -> st.SearchStrategy[Order]:
    return ch.strategy(any_order(names))


def states() -> st.SearchStrategy[State]:
    return ch.strategy(any_state())


def facts() -> st.SearchStrategy[Data]:
    return ch.strategy(any_facts())


prices = ch.strategy(amounts)
