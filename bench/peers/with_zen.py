"""The tariff on zen-engine: decision graphs made from the dict.

The first is what the engine is for: four decision tables that feed one node of expressions. In the second the tables
are expressions too, which nobody would maintain by hand, but which is the fastest form found. Both run from a static
loader: ``create_decision`` and ``get_decision`` cost about ten times as much for each evaluation. Amounts are
integer cents in and out, since the Python binding gives a number that is not an integer as a float.
"""

from __future__ import annotations

from typing import Any

import zen

from .hand_int import DAY, ENTRIES, PRICES, SWITCH
from .workload import CATEGORIES, PRODUCTS, ROOMS, TARIFF, Call, Figures, PeerQuote, Usage, Variant, full, same
from .workload import peer_quote as build

KEY = "tables"
FLAT = "expressions"
Row = dict[str, str]


def table(name: str, inputs: dict[str, str], outputs: list[str], rows: list[Row]) -> dict[str, Any]:
    """A decision table, first match; ``inputs`` maps column ids to expressions, a column left out matches anything."""
    filled = [{"_id": f"{name}-{number}"} | dict.fromkeys(inputs, "") | row for number, row in enumerate(rows)]
    return {
        "id": name,
        "name": name,
        "type": "decisionTableNode",
        "content": {
            "hitPolicy": "first",
            "inputs": [{"id": column, "name": column, "field": field} for column, field in inputs.items()],
            "outputs": [{"id": column, "name": column, "field": column} for column in outputs],
            "rules": filled,
        },
    }


def price_rows() -> list[Row]:
    """Newest list first, so that its lower bound is enough; each row also has the day price and entries a unit."""
    cap = TARIFF["cap"]["product"]
    return [
        {
            "day": f">= {dated['from'].toordinal()}",
            "product": str(product),
            "room": str(room),
            "category": str(category),
            "price": str(dated["prices"][PRODUCTS[product]][room][category]),
            "most": str(dated["prices"][cap][room][category]),
            "entries": str(ENTRIES[room * len(PRODUCTS) + product]),
        }
        for dated in reversed(TARIFF["lists"])
        for product in range(len(PRODUCTS))
        for room in range(len(ROOMS))
        for category in range(len(CATEGORIES))
    ]


def modifier_rows() -> list[Row]:
    rows = []
    for modifier in TARIFF["modifiers"]:
        share = str(100 + modifier["percent"])
        row = {"share": share, "cap_share": share if modifier["caps"] else "100"}
        if "weekdays" in modifier:
            row["weekday"] = f">= {min(modifier['weekdays'])}"
        if "from_minute" in modifier:
            row["minute"] = f">= {modifier['from_minute']}"
        rows.append(row)
    return [*rows, {"share": "100", "cap_share": "100"}]


def code_rows() -> list[Row]:
    rows = [
        {
            "code": str(number),
            "day": f"[{code['from'].toordinal()}..{code['until'].toordinal()})",
            "code_share": str(100 + code["percent"]),
        }
        for number, code in enumerate(TARIFF["codes"], 1)
    ]
    return [*rows, {"code_share": "100"}]


def tables() -> list[dict[str, Any]]:
    groups = [
        {"persons": f">= {step['from']}", "group_share": str(100 + step["percent"])}
        for step in reversed(TARIFF["groups"])
    ]
    cell = {"day": "day", "product": "product", "room": "room", "category": "category"}
    moment = {"weekday": "(day + 6) % 7", "minute": "minute"}
    return [
        table("prices", cell, ["price", "most", "entries"], price_rows()),
        table("modifiers", moment, ["share", "cap_share"], modifier_rows()),
        table("groups", {"persons": "persons"}, ["group_share"], groups),
        table("codes", {"code": "code", "day": "day"}, ["code_share"], code_rows()),
    ]


def expressions(name: str, values: dict[str, str]) -> dict[str, Any]:
    """A node whose expressions see its input by name, and those before them as ``$.name``."""
    listed = [{"id": key, "key": key, "value": value} for key, value in values.items()]
    return {"id": name, "name": name, "type": "expressionNode", "content": {"expressions": listed}}


def lookups() -> dict[str, Any]:
    """The four tables as expressions."""
    cell = f"[(day >= {SWITCH} ? 48 : 0) + room * 4 + category"
    weekend, evening = TARIFF["modifiers"]
    is_weekend = f"(day + 6) % 7 >= {min(weekend['weekdays'])}"
    code_share = group_share = ""
    for number, code in enumerate(TARIFF["codes"], 1):
        dated = f"day >= {code['from'].toordinal()} and day < {code['until'].toordinal()}"
        code_share += f"code == {number} and {dated} ? {100 + code['percent']} : "
    for step in reversed(TARIFF["groups"][1:]):
        group_share += f"persons >= {step['from']} ? {100 + step['percent']} : "
    late = f"minute >= {evening['from_minute']} ? {100 + evening['percent']} : 100"
    return expressions(
        "lookups",
        {
            "price": f"{PRICES}{cell} + product * 16]",
            "most": f"{PRICES}{cell} + {DAY * 16}]",
            "entries": f"{ENTRIES}[room * 3 + product]",
            "share": f"{is_weekend} ? {100 + weekend['percent']} : {late}",
            "cap_share": f"{is_weekend} ? {100 + weekend['percent']} : 100",
            "group_share": f"{group_share}100",
            "code_share": f"{code_share}100",
        },
    )


def amounts() -> dict[str, Any]:
    return expressions(
        "amounts",
        {
            "used": "entries == 0 ? 0 : quantity * entries < left ? quantity * entries : left",
            "units": "entries == 0 ? quantity : (quantity * entries - $.used) / entries",
            "base": "round(price * $.units * share * group_share / 10000)",
            "room_left": "round(most * cap_share / 100) - spent",
            "due": "$.base < $.room_left ? $.base : $.room_left > 0 ? $.room_left : 0",
            "total": "round($.due * code_share / 100)",
            "net": f"round($.total * 100 / {100 + TARIFF['tax_percent']})",
            "vat": "$.total - $.net",
        },
    )


def graph(sources: list[dict[str, Any]]) -> dict[str, Any]:
    """The JSON form of the engine: the usage goes into the sources, what they say and the usage into the amounts."""
    links = [("usage", "amounts"), ("amounts", "answer")]
    for node in sources:
        links += [("usage", node["id"]), (node["id"], "amounts")]
    first = {"id": "usage", "name": "usage", "type": "inputNode"}
    last = {"id": "answer", "name": "answer", "type": "outputNode"}
    edges = [{"id": f"{a}-{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in links]
    return {"nodes": [first, *sources, amounts(), last], "edges": edges}


GRAPHS = {KEY: graph(tables()), FLAT: graph([lookups()])}
ENGINE = zen.ZenEngine({"loader": {"type": "static", "content": GRAPHS}})
TRACE: Any = {"trace": True}


def context(usage: Usage, left: int, spent: int) -> dict[str, int]:
    return {
        "day": usage.day,
        "minute": usage.minute,
        "product": usage.product,
        "room": usage.room,
        "category": usage.category,
        "quantity": usage.quantity,
        "persons": usage.persons,
        "code": usage.code,
        "left": left,
        "spent": spent,
    }


def arguments(call: Call) -> tuple[dict[str, int]]:
    return (context(call.usage, call.left, call.spent),)


def request(call: Call) -> tuple[dict[str, Any]]:
    return ({"key": KEY, "context": context(call.usage, call.left, call.spent)},)


def evaluate(given: dict[str, int]) -> Any:
    return ENGINE.evaluate(KEY, given)


def evaluate_flat(given: dict[str, int]) -> Any:
    return ENGINE.evaluate(FLAT, given)


def evaluate_traced(given: dict[str, int]) -> Any:
    return ENGINE.evaluate(KEY, given, TRACE)


def evaluate_batch(requests: list[tuple[Any]]) -> list[Any]:
    return ENGINE.evaluate_batch([given for (given,) in requests])


def figures(response: Any) -> Figures:
    result = response["result"]
    return result["base"], result["due"], result["total"], result["net"], result["vat"], result["used"]


def quote(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The full variant."""
    return build(usage, left, spent, figures(ENGINE.evaluate(KEY, context(usage, left, spent))))


def quote_flat(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The full variant on the graph without tables."""
    return build(usage, left, spent, figures(ENGINE.evaluate(FLAT, context(usage, left, spent))))


def quote_traced(usage: Usage, left: int, spent: int) -> PeerQuote:
    """The full variant, with the trace of every node beside it."""
    return build(usage, left, spent, figures(ENGINE.evaluate(KEY, context(usage, left, spent), TRACE)))


def variants() -> list[Variant]:
    return [
        Variant("zen, evaluate", arguments, evaluate, figures, ("25.5-28", "23-25")),
        Variant("zen, evaluate, no tables", arguments, evaluate_flat, figures),
        Variant(
            "zen, evaluate_batch", request, evaluate_batch, lambda item: figures(item["data"]), ("47", ""), batch=True
        ),
        Variant("zen, evaluate + trace", arguments, evaluate_traced, figures, ("80", "72-73")),
        Variant("zen, quote", full, quote, same),
        Variant("zen, quote, no tables", full, quote_flat, same),
        Variant("zen, quote + trace", full, quote_traced, same),
    ]
