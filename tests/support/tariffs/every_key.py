"""Small price lists, as data, which together have every key of the format in every form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

Data = dict[str, Any]

HEAD: Data = {"id": "t", "currency": "EUR", "timezone": "Europe/Paris", "prices": "incl", "price_date": "use"}
FACTS: Data = {
    **dict.fromkeys(("n", "m"), "number"),
    **dict.fromkeys(("p", "q"), "money"),
    **dict.fromkeys(("k", "j"), "yes/no"),
    **{name: ["a", "b"] for name in ("who", "also")},
    **{name: {"set": ["saw", "drill"]} for name in ("tools", "bits")},
    "org": "text",
    "grams": "decimal",
}
UNITS: Data = {"tok": {"name": "Token", "plural": "Tokens"}, "hlp": {"decimals": 1}}
TAXES: Data = {
    "std": {"rates": [{"from": date(2014, 1, 1), "rate": "20%"}, {"from": date(2030, 1, 1), "rate": "21%"}]},
    "low": {"rates": {"from": date(2014, 1, 1), "rate": "5%"}},
}
OPENING: Data = {
    "hours": [
        {"days": ["mon", "tue"], "open": ["09:00-12:00", "14:00-18:00"]},
        {"days": ["sat"], "open": ["10:00-12:00"]},
    ],
    "holidays": [date(2026, 5, 1), date(2026, 12, 25)],
    "on_holidays": ["10:00-12:00"],
    "seasons": [
        {"from": "07-01", "to": "08-31", "hours": []},
        {"from": "12-01", "to": "12-31", "hours": [{"days": ["mon"], "open": ["09:00-10:00"]}]},
    ],
}
CALENDAR: Data = {
    "office": {"weekdays": ["mon", "tue"], "holidays": [date(2026, 5, 1)], "name": "Office"},
    "house": {"weekdays": ["sat", "sun"]},
}
BANDS: Data = {
    "day": {"clock": ["09:00-18:00"], "weekday": ["mon", "tue"], "holiday": False},
    "late": {"clock": "18:00-20:00"},
}
SHOP: Data = {
    "card": {"name": "Card", "sells": "membership", "rate": {"price": 1}},
    "pass": {"name": "Pass", "sells": "plan", "rate": {"price": 1}},
    "pack": {"sells": "grant", "rate": {"price": 1}, "grant": {"account": "pages", "unit": "page", "units": 4}},
    "copy": {"tags": ["work", "play"], "rate": {"price": 1, "per": "page"}},
}
MEMBER: Data = {"k": True}


def made(product: Data | None = None, **sections: Any) -> Data:
    """A price list with the product ``x``."""
    own = {"x": {"rate": {"price": 9}} | (product or {})}
    return {"tariff": HEAD, "facts": FACTS, "product": own} | sections


def _clock() -> Data:
    return {
        "weekday": ["sat", "sun"],
        "clock": ["09:00-12:00"],
        "season": ["11-01", "03-31"],
        "date": {"from": date(2026, 1, 2), "upto": date(2026, 1, 3)},
        "holiday": True,
    }


def _conditions() -> Iterator[tuple[str, Data]]:
    for place in ("starts", "ends", "inside", "touches"):
        yield f"when {place}", {place: _clock()}
        yield f"when {place} on a day", {place: {"date": date(2026, 1, 2)}, "j": True}
    yield "when on the clock", _clock()
    yield "when on a day", {"date": date(2026, 1, 2)}
    yield "when counted", {"count": {"from": 2, "below": 4}, "rank": 1, "size": {"upto": 3}}
    yield "when so long", {"minutes": {"upto": "2h"}, "amount": {"from": 5}}
    for lead in ("2 days", {"from": "3 months"}, {"below": "24h", "from": "2h"}):
        yield f"when asked {lead}", {"lead": lead}
    office = {"unit": "business day", "notice_day": "counts", "workdays": "office", "day_ends": "17:00"}
    yield "when asked in business days", {"lead": {"delay": office, "from": 2}}
    yield "when held", {"holds": ["card", "pass"], "lacks": "pack", "code": ["SUN"]}
    yield "when not", {"k": True, "not": {"n": 2, "not": {"m": 3}}}
    yield "when said", {"who": ["a"], "n": 3, "p": {"from": 2, "upto": 4}, "org": "acme", "tools": "saw"}


def _product(when: Data) -> Data:
    own = {"rank": {"same": ["person", "year"]}, "adjust": {"id": "r", "when": [when, {"k": False}], "percent": "-1%"}}
    coupon = {"SUN": {"percent": "-1%"}}
    made_up = made(own, opening=OPENING, calendar=CALENDAR, coupon=coupon)
    return made_up | {"product": made_up["product"] | SHOP}


FORMS: dict[str, Data] = {
    "price": {"price": 3, "in_units": {"tok": 2}},
    "units": {"in_units": {"tok": 2, "hlp": 1}},
    "offered": {"offered": "p", "at_least": 5, "suggestion": 8},
    "share": {"share": "50%", "of": "p"},
    "refusal": {"refuse": "on_quote", "why": "ask"},
    "from": {"refuse": "from", "at_least": 9, "why": "ask", "once_per": "booking"},
    "about": {"refuse": "about", "amount": 9},
    "between": {"refuse": "between", "low": 9, "high": 12},
    "upto": {
        "upto": [
            {"upto": "2h", "price": 3, "per": "1h", "started": True},
            {"upto": "4h", "price": 7},
            {"refuse": "on_quote", "why": "ask"},
        ]
    },
    "upto of": {"upto": [{"upto": 2, "price": 3}, {"price": 9, "per": "n"}], "of": "n"},
    "steps": {"steps": [{"size": "1h", "price": 3}, {"size": "4h", "price": 9}], "combination": "cheapest"},
    "sizes": {"steps": [{"size": 1, "price": 3}, {"size": 4}], "combination": "longest_first"},
    "tiers": {"tiers": [{"upto": 2, "price": 3}, {"price": 2}], "mode": "graduated", "of": "n"},
    "package": {"tiers": [{"upto": 10, "price": 3}], "mode": "package", "of": "n"},
}
GRIDS: dict[str, Data] = {
    "grid": {"columns": ["a", "b"], "rows": [["a", 1, 2], ["b", 3, "-"]]},
    "column": {
        "tiers": [{"upto": 2, "column": "few"}, {"column": "many"}],
        **{"mode": "volume", "of": "n", "columns": ["few", "many"], "rows": [["a", 1, 2], ["b", 3, "-"]]},
    },
    "sets": {
        **{"sets": "tools", "cover": "smallest superset", "columns": ["saw", "drill", "saw+drill"]},
        "rows": [["a", 1, 2, 3], ["b", 3, 4, 5]],
    },
}
ADJUSTS: dict[str, Data] = {
    "percent": {"percent": "-10%"},
    "add": {"add": -3},
    "share": {"add": "10%"},
    **{kind: {kind: 30} for kind in ("at_least", "at_most", "replace", "round")},
    "free": {"free": True},
    **{name: FORMS[name] for name in ("refusal", "from", "about", "between")},
    **{f"{kind} by": {kind: {"by": "who", "a": 1, "b": 2}} for kind in ("add", "at_least", "at_most", "replace")},
}
PLUGGED: Data = {"form": "every nth free", "version": 1, "with": {"n": 10}}
MORE: dict[str, Data] = {
    "scope": {"at_most": 30, "same": ["person", "day"]},
    "pool": {"at_most": 30, "same": ["person", "day"], "pool": "all"},
    "once": {"add": 3, "once_per": "day"},
    **{f"once {kind}": {kind: 3, "once_per": "piece"} for kind in ("at_least", "at_most", "replace")},
    "begun": {"add": 3, "once_per": "n", "every": 10},
    "begun money": {"add": 3, "once_per": "p", "every": 10},
    "line": {"add": 3, "tax": "low", "tags": ["clean", "late"]},
    "step": {"round": 1, "mode": "down"},
    "rounds": {"percent": "-10%", "rounds": "discount", "mode": "up"},
    "on": {"percent": "-10%", "on": ["card", "work"], "when": MEMBER},
}


def _dated(form: Data) -> list[Data]:
    return [form, {"from": date(2026, 2, 3)} | form]


def _rates() -> Iterator[tuple[str, Data]]:
    for name, form in FORMS.items():
        yield f"rate {name}", made({"rate": form}, units=UNITS)
        yield f"rate {name}, dated", made({"rate": {"lists": _dated(form)}}, units=UNITS)
    for name, form in GRIDS.items():
        by = ["who", "also"] if name == "grid" else "who"
        yield f"rate {name}", made({"rate": {"by": by} | form})
        yield f"rate {name}, dated", made({"rate": {"by": by, "lists": _dated(form)}})
    yield "rate by one axis", made({"rate": {"by": "who", "a": 1, "b": 2}})
    sessions = {"unit": "part", "sessions": {"am": "09:00-12:00", "pm": "13:00-17:00"}, "gap": "next"}
    sets = {"sets": "session", "columns": ["am", "pm", "am+pm"], "rows": [[1, 2, 3]]}
    yield "rate of sessions", made({"measure": sessions, "rate": sets})
    yield "rate only then", made({"rate": {"when": MEMBER, "price": 3}})
    yield "rate for so many", made({"rate": {"price": Decimal("0.059"), "per": "n", "every": 100, "started": True}})
    yield "rate for so much", made({"rate": {"price": 3, "per": "p", "every": 10}})
    fine = [["a", Decimal("0.059"), 2], ["b", 3, "-"]]
    yield "rate below a cent", made({"rate": {"by": ["who", "also"], "columns": ["a", "b"], "rows": fine, "per": "n"}})
    own = {"id": "r", "name": "Half", "when": MEMBER, "price": 3, "per": "1h", "each": "n", "flat": 1}
    own |= {"tax": "low", "prices": "excl", "kind": "penalty", "tags": ["work"], "floor": True, "started": True}
    first = {"price": 4, "per": "30min", "first": "1h", "first_price": 5, "each": "m"}
    yield "rate beside", made({"rate": [own, first]}, tax=TAXES)
    pieces = {"price": 4, "per": "page", "first": 2, "started": True}
    yield "rate first", made({"measure": {"unit": "page", "fact": "n"}, "rate": pieces})
    yield "rate floor of a share", made({"rate": {"share": "50%", "of": "p", "floor": True}})
    yield "rate floor of a grid", made({"rate": {"by": "who", "a": 1, "b": 2, "per": "1h", "floor": True, "flat": 1}})
    yield "rate floor of tiers", made({"rate": FORMS["tiers"] | {"floor": True}})
    yield "rate floor of rows", made({"rate": FORMS["upto of"] | {"floor": True}})
    offers = [{"id": "one", "name": "One", "price": 3, "tax": "low", "tags": "work"}, {"id": "two", "price": 4}]
    choose = {"take": "dearest", "compare": "final", "tie": "last", "same": ["person", "day"]}
    yield "offers", made({"offer": offers, "choose": choose, "rate": None}, tax=TAXES)


def _adjusts() -> Iterator[tuple[str, Data]]:
    for name, rule in (ADJUSTS | MORE | {"form": PLUGGED}).items():
        for kind in ("product", "order", "coupon"):
            for dated in (False, True):
                if (name == "form" and kind != "product") or (dated and name in MORE):
                    continue
                value: Data = {"lists": _dated(rule)} if dated else rule
                row = {"id": "r"} | value
                base = made({"adjust": row} if kind == "product" else {})
                base |= {"product": base["product"] | SHOP, "tax": TAXES}
                base |= {"order": {"adjust": row}} if kind == "order" else {}
                base |= {"coupon": {"SUN": value}} if kind == "coupon" else {}
                yield f"adjust {name} of {kind}" + (", dated" if dated else ""), base
    for due in ("due", "not due"):
        cover = {"cover": {"free": "all", "unit": "page", "when": MEMBER}, "beyond": "rate"}
        yield f"adjust {due} beside a cover", made(cover | {"adjust": {"id": "r", "add": 3, "when_covered": due}})
    rules = [{"id": "one", "percent": "-1%"}, {"id": "two", "add": 2}]
    group = {"together": "best for customer", "rules": rules}
    yield "adjust together", made({"adjust": [group, {"id": "three", "add": 1}]}, order={"adjust": group})
    coupon = {"add": -5, "from": date(2026, 1, 1), "until": date(2026, 12, 31), "minimum": 20, "larger": "ignored"}
    coupon |= {"limit": {"at_most": 1, "same": ["person", "year"]}, "on": "x", "when": MEMBER}
    voucher = {"sells": "grant", "grant": {"account": "gifts", "unit": "EUR", "value": 60}}
    yield "order", made(voucher, coupon={"SUN": coupon}, order={"coupons": "one of", "vouchers": ["gifts"]})


def _measures() -> Iterator[tuple[str, Data]]:
    scope = ["person", "day"]
    ways: dict[str, Data] = {
        "minutes": {"unit": "minute", "step": "15min", "minimum": "1h", "at_most": "8h", "same": scope},
        "blocks": {"unit": "part", "every": "5h", "step": 2, "minimum": 2, "at_most": 4},
        "halves": {"unit": "part", "cut": "13:30"},
        "sessions": {"unit": "part", "sessions": {"am": "09:00-12:00", "pm": "13:00-17:00"}, "gap": "next"},
        "days": {"unit": "part", "days": True},
        "nights": {"unit": "part", "nights": True},
        "share": {"unit": "part", "share": "0.5"},
        "fact": {"unit": "part", "fact": "n", "every": 10},
        "parts": {"unit": "part", "fact": "grams", "smallest": "0.5"},
    }
    for name, measure in ways.items():
        per = "1h" if name == "minutes" else "part"
        yield f"measure {name}", made({"measure": measure, "rate": {"price": 9, "per": per}}, opening=OPENING)


def _covers() -> Iterator[tuple[str, Data]]:
    limit = {"at_most": 4, "same": ["person", "week"]}
    account = {"by": "pages", "unit": "1h", "takes": 2, "partial": True, "order": "oldest first", "bought_later": True}
    account |= {"limit": limit}
    rate = {"price": 9, "per": "1h"}
    free = {"id": "own", "free": 4, "unit": "1h", "same": ["person", "month"], "when": MEMBER}
    for beyond in ("rate", {"debt_at": "card"}):
        base = made({"cover": [free, account], "beyond": beyond, "rate": rate})
        yield f"cover, then {beyond}", base | {"product": base["product"] | SHOP}
    parts = made(
        {"cover": {"by": "pages", "unit": "1h", "smallest": "0.5", "partial": True}, "beyond": "rate", "rate": rate}
    )
    yield "cover of parts", parts | {"product": parts["product"] | SHOP}
    inside = made({"cover": account | {"beyond": "count only"}, "rate": rate})
    yield "cover with beyond", inside | {"product": inside["product"] | SHOP}
    base = made({"cover": {"by": "pages", "unit": "page", "takes": 2}, "beyond": "refuse"})
    yield "cover of pages", base | {"product": base["product"] | SHOP}
    bands = {"split": {"bands": ["day"], "outside": "eve"}, "rate": rate, "beyond": "rate"}
    bands["cover"] = [
        {"by": "pages", "unit": "1h", "takes": n, "when": {"band": b}} for n, b in ((1, "day"), (2, "eve"))
    ]
    base = made(bands, bands={"day": {"clock": "09:00-18:00"}})
    yield "cover by bands", base | {"product": base["product"] | SHOP}
    yield "cover of all", made({"cover": {"free": "all", "unit": "page", "when": MEMBER}, "beyond": "rate"})


def _products() -> Iterator[tuple[str, Data]]:
    beside = {"name": "The x", "optional": True, "price_date": "start", "prices": "excl", "tax": "low", "kind": "held"}
    beside |= {"tags": ["work"], "asks": ["n"], "opening": "refuse", "afterwards": ["grams"]}
    own = made(beside, opening=OPENING, tax=TAXES)
    yield "product", own
    for stay in ("half-day", "day", "4h", "13:00"):
        yield f"stay {stay}", made({"stay": stay})
    grants = {"account": "acc", "unit": "page", "units": 4, "renews": "week", "rollover": True, "when": MEMBER}
    plan = {"sells": "plan", "grant": [grants, {"unit": "1h", "units": 3, "account": "hours", "each": "n"}]}
    plan |= {"needs": [{"product": "card", "when": MEMBER, "add": True, "per": "n"}, "pass"]}
    plan["needs"].append({"one_of": ["card", "pass"], "when": MEMBER})
    plan |= {"eligible": {"id": "full", "when": {"n": {"from": 13}}, "refuse": "over_capacity", "why": "12 seats"}}
    base = made(plan)
    yield "plan", base | {"product": base["product"] | SHOP}
    yield "unlimited", made({"sells": "grant", "grant": {"unit": "month"}})
    yield "merge", made({"merge": {"same": ["person", "day"], "gap": "2h"}, "rate": {"price": 9, "per": "1h"}})
    split = {"bands": ["day", "late"], "outside": "eve", "round": "whole"}
    measure = {"unit": "minute", "step": "15min"}
    by = {"by": "band", "per": "1h", "day": 1, "late": 2, "eve": 3}
    stop = {"id": "s", "when": {"band": "day", "k": True}, "add": 1}
    yield "split", made({"split": split, "measure": measure, "rate": by, "adjust": stop}, bands=BANDS, opening=OPENING)
    plain = {"split": {"bands": "day", "outside": "eve"}, "rate": {"price": 9, "per": "1h"}}
    yield "split plain", made(plain, bands={"day": {"clock": "09:00-18:00"}})
    summer: Any = {"season": ["04-01", "09-30"], "date": {"from": date(2026, 1, 1), "upto": date(2027, 1, 1)}}
    yield "split by seasons", made(plain, bands={"day": summer})
    yield "rank", made({"rank": {"same": ["person", "year"]}, "adjust": {"id": "r", "when": {"rank": 1}, "free": True}})
    deposits = [{"id": "keys", "price": 5, "per": "n", "when": MEMBER}, {"id": "share", "percent": "30%"}]
    deposits[0] |= {"due": "14 days", "once_per": "piece"}
    yield "money", made({"deposit": deposits, "down_payment": {"percent": "30%", "from": 100}})
    yield "parts", made({"down_payment": {"parts": 12, "every": "1 month", "from": 100, "when": MEMBER}})
    downs = [
        {"price": 10, "once_per": "piece", "on": ["card", "work"], "when": MEMBER, "rest": "on the day"},
        {"percent": "30%"},
    ]
    base = made({"down_payment": downs})
    yield "down payments", base | {"product": base["product"] | SHOP}
    yield (
        "derived",
        made(
            {},
            derive={
                "crowd": [{"is": "many", "when": {"n": {"from": 3}}}, {"is": "few"}],
                "lone": {"is": "l", "when": MEMBER},
            },
        ),
    )
    exempt = {"kind": "exempt", "mention": {"text": "Exempt", "from": date(2020, 1, 1), "code": "VATEX-EU-132"}}
    exempt["mention"]["source"] = "article 132"
    reverse = TAXES["std"] | {"reverse": MEMBER, "reverse_mention": "Autoliquidation"}
    taxes = {"std": reverse, "art": exempt, "off": {"kind": "not subject", "mention": "no tax"}, "odd": TAXES["low"]}
    taxes |= {"out": {"kind": "outside scope", "mention": [{"text": "out"}]}, "zero": {"kind": "unknown"}}
    yield "taxes", made({"tax": "std"}, tax=taxes | {"rev": {"kind": "reverse", "mention": "rev"}})
    offers = [{"product": "x", "count": 2, "units": 3, "at_most": 4}, {"product": "card", "days": 30}]
    base = made({}, advice={"need": {"unit": "day", "offers": offers}})
    yield "advice", base | {"product": base["product"] | SHOP}


def _later() -> Iterator[tuple[str, Data]]:
    workdays = {"weekdays": ["mon", "tue"], "holidays": [date(2026, 5, 1)]}
    valid: dict[str, Data] = {
        "months": {"lasts": "3 months", "ends": "the day before"},
        "days": {"lasts": "7 days", "first_day": "counts"},
        "business days": {"lasts": "4 business days", "first_day": "counts", "workdays": "office"},
        "a table": {"lasts": "4 business days", "first_day": "counts", "workdays": workdays},
        "school": {"year": "school", "begins": "09-01", "bought_from": "07-01"},
        "year": {"year": "calendar", "bought_from": "11-01", "covers": "rest of the year and the next"},
        "month": {"month": "calendar"},
    }
    prorate = {"rule": "both ends", "of": "days of the month"}
    for name, rule in valid.items():
        yield f"valid {name}", made({"valid": rule, "prorate": prorate}, calendar=CALENDAR)
    term: Data = {"period": "1 month", "minimum": 3, "renewal": "tacit, same period", "ends": "month end"}
    term |= {"notice": "14 days", "notice_day": "counts"}
    yield "term", made({"sells": "plan", "term": term}, calendar=CALENDAR)
    business = {"notice": "3 business days", "workdays": "office"}
    yield "term in business days", made({"sells": "plan", "term": term | business}, calendar=CALENDAR)
    yield "term without notice", made({"sells": "plan", "term": {key: term[key] for key in list(term)[:4]}})
    month = term | {"minimum": "to the end of the month after the start"}
    yield "term to the month", made({"sells": "plan", "term": month})
    cases = [{"when": MEMBER} | term, {key: term[key] for key in list(term)[:4]} | {"stub": "counts"}]
    yield "terms by case", made({"sells": "plan", "term": cases})
    office = {"unit": "business day", "day_ends": "17:00", "notice_day": "counts", "workdays": "office"}
    keep = [{"from": 5, "percent": "25%"}, {"from": 0, "percent": "50%"}]
    delays = {"business days": office, "days": {"unit": "day", "day_ends": "17:00"}, "hours": {"unit": "hour"}}
    for name, delay in delays.items():
        cancel = {"delay": delay, "keep": keep, "free": MEMBER, "fee": 3, "no_show": "100%", "once_per": "piece"}
        move = {"fee": 5, "delay": delay, "from": 2, "once_per": "piece"}
        yield f"calling off in {name}", made({"cancel": cancel, "move": move}, calendar=CALENDAR)
    rows = [{"from": "2 weeks", "price": 0}, {"from": "5 days", "price": 8, "fee": 2, "once_per": "piece"}]
    rows.append({"from": 0, "percent": "50%"})
    rules = [
        {
            "delay": {"unit": "day"},
            "keep": rows,
            "when": MEMBER,
            "no_show": {"percent": "90%", "fee": 1, "once_per": "piece"},
        }
    ]
    rows = [{"from": 31, "percent": "0%", "fee": 0}, {"from": "3 business days", "price": 8}, {"from": 0, "price": 9}]
    rules.append({"delay": [{"unit": "day", "day_ends": "17:00"}, office], "keep": rows, "no_show": {"price": 7}})
    yield "calling off by case", made({"cancel": rules}, calendar=CALENDAR)
    late = {"from": "after the start", "price": 10}
    stages = {
        "delay": {"unit": "day"},
        "keep": [late, {"from": 3, "percent": "0%"}, {"from": 0, "refuse": "on_quote", "why": "ask"}],
    }
    yield "calling off late", made({"cancel": stages | {"no_show": {"refuse": "unstated", "why": "nobody knows"}}})
    moves = [
        {"from": 9, "fee": 1, "once_per": "piece"},
        {"from": 4, "percent": "5%"},
        {"from": 2, "refuse": "on_quote", "why": "ask"},
    ]
    yield "moves by row", made({"move": {"delay": {"unit": "day"}, "rows": moves}})
    yield "no move", made({"move": {"allowed": False}})
    early = {"smaller_of": [{"periods": 2}, {"share": "50%"}]}
    yield (
        "ending early",
        made({"sells": "plan", "end_early": early, "overrun": {"price": 10, "per": "15min", "once_per": "piece"}}),
    )
    yield "pauses", made({"sells": "plan", "pause": {"at_most": "2 months", "times": 2, "ahead": "14 days"}})
    base = made({"overrun": {"product": "copy"}})
    yield "overrun", base | {"product": base["product"] | SHOP}


def _lists() -> Iterator[tuple[str, Data]]:
    head: Data = HEAD | {"name": "The list", "rounding": "up", "seconds": "down", "unreachable": "refuse"}
    head |= {"due": "1 month", "source": ["a leaflet", "a page"], "uncertain": "how long", "tax": "std"}
    sections = {"units": UNITS, "tax": TAXES, "opening": OPENING, "calendar": CALENDAR, "bands": BANDS}
    yield "shared", {"tariff": HEAD, "facts": FACTS, "product": SHOP} | sections
    yield "head", {"tariff": head, "tax": TAXES, "product": {"x": {"rate": {"price": 9}}}}
    yield from ((name, _product(when)) for name, when in _conditions())
    yield from _rates()
    yield from _adjusts()
    yield from _measures()
    yield from _covers()
    yield from _products()
    yield from _later()


SHARED: tuple[Any, ...] = (HEAD, FACTS, UNITS, TAXES, OPENING, CALENDAR, BANDS, *SHOP.values())
"""Parts of many lists; the list "shared" has them all."""


def bare(data: Any) -> Any:
    """The data without what is ``None``."""
    if isinstance(data, dict):
        return {key: bare(value) for key, value in data.items() if value is not None}
    return [bare(value) for value in data] if isinstance(data, list) else data


LISTS: dict[str, Data] = {name: bare(data) for name, data in _lists()}
"""Price lists by what they are about."""

X = ("product", "x")
_ONE_COLUMN: Data = {"columns": ["a"], "rows": [["a", 1], ["b", 3]]}
_OFFICE: Data = {"unit": "business day", "notice_day": "counts", "workdays": "office"}


def _swaps() -> Iterator[tuple[str, tuple[str | int, ...], Any]]:
    """Keys that only change together: a list, a place in it, what stands there instead."""
    for form in ("from", "about", "between"):
        yield "rate refusal", (*X, "rate"), FORMS[form]
        yield "rate refusal, dated", (*X, "rate", "lists"), _dated(FORMS[form])
    yield "rate tiers", (*X, "rate"), FORMS["package"]
    yield "rate tiers, dated", (*X, "rate", "lists"), _dated(FORMS["package"])
    yield "rate grid", (*X, "rate"), {"by": ["who", "also"]} | _ONE_COLUMN
    yield "rate grid, dated", (*X, "rate", "lists"), _dated(_ONE_COLUMN)
    yield "rate column", (*X, "rate", "tiers", 0, "column"), "many"
    yield "rate column, dated", (*X, "rate", "lists", 0, "tiers", 0, "column"), "many"
    for end in ("", ", dated"):
        more = ("lists",) if end else ()
        for place, path in {"product": (*X, "adjust"), "coupon": ("coupon", "SUN")}.items():
            for name in ("free", "refusal"):
                for other in ("percent", "from", "about", "between"):
                    value = _dated(ADJUSTS[other]) if end else {"id": "r"} | ADJUSTS[other]
                    value = ADJUSTS[other] if place == "coupon" and not end else value
                    yield f"adjust {name} of {place}{end}", (*path, *more), value
    yield "cover of all", (*X, "cover"), {"free": 2, "unit": "page", "same": ["person", "day"]}
    yield "calling off in days", (*X, "cancel", "delay"), _OFFICE
    yield "calling off in days", (*X, "move", "delay"), _OFFICE
    yield "valid month", (*X, "valid"), {"year": "calendar"}
    yield "valid month", (*X, "valid"), {"year": "school", "begins": "09-01"}
    yield "taxes", ("tax", "rev"), TAXES["std"] | {"kind": "standard"}


SWAPS = tuple(_swaps())
