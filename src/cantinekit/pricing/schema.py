"""The JSON Schema of a tariff file, for editors; built from the records that read the file.

It says what may stand where. What refers to something else (a fact, a product, a tax class) only loading can check.
"""

from __future__ import annotations

from typing import Any

from cantinekit.pricing.format.kinds import Amount, one_or_more
from cantinekit.pricing.format.kinds_time import HOURS, MONTH_DAY, Day, Schema, Weekdays
from cantinekit.pricing.format.records import Subs, record_schema
from cantinekit.pricing.model import sections
from cantinekit.pricing.model.conditions import Condition
from cantinekit.pricing.model.examples import examples_schema
from cantinekit.pricing.model.load import SECTIONS
from cantinekit.pricing.model.product import Product
from cantinekit.pricing.model.read_rules import adjust_schema, rate_schema
from cantinekit.pricing.model.rules import Limit
from cantinekit.pricing.values import MAX_TEXT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_WORDS: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}


def tariff_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a tariff file. Dates of TOML are taken as texts, "2026-01-31"."""
    product = record_schema(Product) | {"anyOf": [{"required": ["rate"]}, {"required": ["offer"]}]}
    found: Schema = {
        "tariff": record_schema(sections.TariffHead),
        "units": _named(record_schema(sections.Unit), "units that are not money"),
        "facts": _facts(),
        "derive": _named(Subs(sections.Fits).schema(), "axes whose value follows from others; the first that fits"),
        "bands": _named(record_schema(sections.Band), "bands of time"),
        "opening": _opening(),
        "calendar": _named(_calendar(), "business days by name"),
        "tax": _named(record_schema(sections.TaxTable), "the tax classes"),
        "product": _named(product, "what is sold") | {"minProperties": 1},
        "coupon": _named(_coupon(), "codes that change an order"),
        "order": record_schema(sections.OrderRules),
        "advice": _named(record_schema(sections.AdviceSection), "what can be bought for a need"),
        "examples": examples_schema() | {"description": "questions with the answers that are expected"},
    }
    defs: Schema = {"condition": Condition().schema(), "rate": rate_schema(), "adjust": adjust_schema()}
    outer: Schema = {name: _shared(part, {n: d for n, d in defs.items() if n != name}) for name, part in defs.items()}
    return {
        "$schema": DIALECT,
        "title": "A tariff of cantinekit",
        "type": "object",
        "properties": {name: _shared(found[name], defs) for name in SECTIONS},
        "required": ["tariff", "product"],
        "additionalProperties": False,
        "$defs": outer,
    }


def _shared(part: Any, defs: Schema) -> Any:
    """The same schema with references to the definitions; a description stays where it stands."""
    if isinstance(part, list):
        return [_shared(entry, defs) for entry in part]
    if not isinstance(part, dict):
        return part
    bare = {key: entry for key, entry in part.items() if key != "description"}
    for name, known in defs.items():
        if bare == known:
            said = {key: part[key] for key in ("description",) if key in part}
            return {"$ref": f"#/$defs/{name}"} | said
    return {key: _shared(entry, defs) for key, entry in part.items()}


def _named(entry: Schema, what: str) -> Schema:
    """Tables by name."""
    names = {"minLength": 1, "maxLength": MAX_TEXT}
    return {"type": "object", "description": what, "propertyNames": names, "additionalProperties": entry}


def _facts() -> Schema:
    chosen = {"type": "object", "properties": {"set": _WORDS}, "required": ["set"], "additionalProperties": False}
    fact: Schema = {"anyOf": [{"enum": list(sections.FACT_WORDS)}, _WORDS, chosen]}
    return _named(fact, "the words that a question may use") | {"maxProperties": sections.MAX_FACTS}


def _coupon() -> Schema:
    rule = adjust_schema()
    own = {"from": Day().schema(), "until": Day().schema(), "minimum": Amount().schema()}
    own |= {"larger": {"enum": ["ignored", "to zero"]}, "limit": record_schema(Limit)}
    properties = {name: part for name, part in rule["properties"].items() if name != "id"}
    return {key: part for key, part in rule.items() if key != "required"} | {"properties": properties | own}


def _calendar() -> Schema:
    days = {"weekdays": Weekdays().schema(), "holidays": one_or_more(Day().schema())}
    return _table(days | {"name": {"type": "string"}}, "weekdays")


def _opening() -> Schema:
    stretches = one_or_more(HOURS.schema())
    row = _table({"days": Weekdays().schema(), "open": stretches}, "days", "open")
    week = one_or_more(row) | {"description": "weekdays and their hours"}
    season = _table({"from": MONTH_DAY.schema(), "to": MONTH_DAY.schema(), "hours": week}, "from", "to", "hours")
    keys = {"hours": week, "holidays": one_or_more(Day().schema()), "on_holidays": stretches}
    return _table(keys | {"seasons": one_or_more(season)}, "hours") | {"description": "the hours in which it is open"}


def _table(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}
