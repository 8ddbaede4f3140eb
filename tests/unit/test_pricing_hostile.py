"""Tariff files that are wrong, hostile or absurd: refused whole, with every problem, its path and its line, quickly."""

from __future__ import annotations

import decimal
import time

import pytest

from cantinekit.errors import CantineError, TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Order, Problem, Tariff

HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
FACTS = '[facts]\ncategory = ["visitor", "member"]\nroom = ["blue", "red"]\nnight = "yes/no"\npersons = "number"\n'

LIMIT = 5.0
"""Seconds of processor time; a quiet machine takes a third of one."""


def problems(text: str) -> list[Problem]:
    with pytest.raises(TariffError) as caught:
        Tariff.load(text)
    found = list(caught.value.problems)
    assert found
    assert all(isinstance(problem, Problem) and problem.message for problem in found)
    return found


def product(body: str) -> str:
    return f"{HEAD}{FACTS}[product.desk]\n{body}\n"


ONE_PROBLEM = {
    "a negative price": ("rate = { price = -1.00 }", "product.desk.rate[0].price", "negative"),
    "too many decimals": ("rate = { price = 1.001 }", "product.desk.rate[0].price", "more decimals"),
    "an exponent": ("rate = { price = 1e2 }", "product.desk.rate[0].price", "no amount"),
    "nan": ("rate = { price = nan }", "product.desk.rate[0].price", "no amount"),
    "inf": ("rate = { price = inf }", "product.desk.rate[0].price", "no amount"),
    "minus inf": ("rate = { price = -inf }", "product.desk.rate[0].price", "no amount"),
    "an absurd price": ("rate = { price = 99999999999999 }", "product.desk.rate[0].price", "absurdly large"),
    "a hundred digits": (f"rate = {{ price = {'9' * 100}.00 }}", "product.desk.rate[0].price", "no amount"),
    "decimals that a context would round": (
        "rate = { price = 1.000000000000000000001 }",
        "product.desk.rate[0].price",
        "more decimals",
    ),
    "a price in quotes": ('rate = { price = "7.00" }', "product.desk.rate[0].price", "without quotes"),
    "a price that is a flag": ("rate = { price = true }", "product.desk.rate[0].price", "not true or false"),
    "a price that is a date": ("rate = { price = 2026-01-01 }", "product.desk.rate[0].price", "not a date"),
    "no rate": ('name = "Desk"', "product.desk", "'rate' is needed"),
    "an empty list of rates": ("rate = []", "product.desk.rate", "at least one rate"),
    "a rate that is a text": ('rate = "free"', "product.desk.rate", "a table or a list of tables"),
    "a rate that is a list of numbers": ("rate = [7.00]", "product.desk.rate[0]", "a table is needed"),
    "a rate without a price": ('rate = { per = "1h" }', "product.desk.rate[0]", "a price is needed"),
    "two forms in one rate": (
        'rate = { price = 1.00, refuse = "on_quote" }',
        "product.desk.rate[0]",
        "one form is needed",
    ),
    "a rate that is never reached": (
        "rate = [{ price = 1.00 }, { price = 2.00 }]",
        "product.desk.rate[1]",
        "never reached",
    ),
    "an unknown refusal": ('rate = { refuse = "nope" }', "product.desk.rate[0].refuse", "is not one of"),
    "a refusal that only a question can give": (
        'rate = { refuse = "incomplete" }',
        "product.desk.rate[0].refuse",
        "is not one of",
    ),
    "a refusal that is a number": ("rate = { refuse = 3 }", "product.desk.rate[0].refuse", "a text is needed"),
    "'from' without its amount": ('rate = { refuse = "from" }', "product.desk.rate[0]", "needs 'at_least'"),
    "'between' upside down": (
        'rate = { refuse = "between", low = 9, high = 8 }',
        "product.desk.rate[0].low",
        "above 'high'",
    ),
    "no such length": ('rate = { price = 1, per = "1x" }', "product.desk.rate[0].per", "a length of time"),
    "a length of nothing": ('rate = { price = 1, per = "0h" }', "product.desk.rate[0].per", "a length of time"),
    "started without per": ("rate = { price = 1, started = true }", "product.desk.rate[0].started", "without 'per'"),
    "a started person": (
        'rate = { price = 1, per = "person", started = true }',
        "product.desk.rate[0].started",
        "for a length of time",
    ),
    "lists that overlap": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01, price = 1 }, { from = 2026-01-01, price = 2 }] }',
        "product.desk.rate[0].lists",
        "must rise",
    ),
    "lists out of order": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-02-01, price = 1 }, { from = 2026-01-01, price = 2 }] }',
        "product.desk.rate[0].lists",
        "must rise",
    ),
    "a list without a day": (
        'price_date = "use"\nrate = { lists = [{ price = 1 }] }',
        "product.desk.rate[0].lists[0]",
        "'from' is a date",
    ),
    "a list from a moment": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01T00:00:00Z, price = 1 }] }',
        "product.desk.rate[0].lists[0].from",
        "is a date",
    ),
    "no list at all": ('price_date = "use"\nrate = { lists = [] }', "product.desk.rate[0].lists", "a list is needed"),
    "a list that ends": (
        'price_date = "use"\nrate = { lists = [{ from = 2026-01-01, until = 2026-02-01, price = 1 }] }',
        "product.desk.rate[0].lists[0].until",
        "unknown key",
    ),
    "dated prices without a price date": (
        "rate = { lists = [{ from = 2026-01-01, price = 1 }] }",
        "product.desk",
        "which day picks the list",
    ),
    "a dated cap without a price date": (
        "rate = { price = 1 }\nadjust = { id = 'c', lists = [{ from = 2026-01-01, at_most = 1 }] }",
        "product.desk",
        "which day picks the list",
    ),
    "an undeclared axis": ("rate = { by = 'rom', blue = 1 }", "product.desk.rate[0].by", "not declared"),
    "a grid by yes/no": ("rate = { by = 'night', blue = 1 }", "product.desk.rate[0].by", "not declared"),
    "a grid without axes": ("rate = { columns = ['a'], rows = [[1]] }", "product.desk.rate[0]", "'by' is needed"),
    "a grid without rows": (
        "rate = { by = 'room', columns = ['blue'], rows = [] }",
        "product.desk.rate[0]",
        "neither empty",
    ),
    "a short row": (
        "rate = { by = 'room', columns = ['blue', 'red'], rows = [[1]] }",
        "product.desk.rate[0].rows[0]",
        "2 prices",
    ),
    "a row twice": (
        "rate = { by = ['category', 'room'], columns = ['blue'], rows = [['member', 1], ['member', 2]] }",
        "product.desk.rate[0].rows[1]",
        "twice",
    ),
    "a row with a list for a name": (
        "rate = { by = ['category', 'room'], columns = ['blue'], rows = [[['member'], 1]] }",
        "product.desk.rate[0].rows[0]",
        "not a value of 'category'",
    ),
    "a column twice": (
        "rate = { by = 'room', columns = ['blue', 'blue'], rows = [[1, 2]] }",
        "product.desk.rate[0].columns",
        "twice",
    ),
    "an empty cell": (
        "rate = { by = 'room', columns = ['blue'], rows = [['']] }",
        "product.desk.rate[0].rows[0][0]",
        "an amount",
    ),
    "two axes on one line": ("rate = { by = ['room', 'category'], blue = 1 }", "product.desk.rate[0]", "'columns'"),
    "a price by an axis": ("rate = { by = 'room', price = 1 }", "product.desk.rate[0]", "'by' is for a grid"),
    "an open row in the middle": (
        "rate = { upto = [{ price = 1 }, { upto = '2h', price = 2 }, { price = 3 }] }",
        "product.desk.rate[0].upto[0]",
        "the last has none",
    ),
    "a closed last row": (
        "rate = { upto = [{ upto = '2h', price = 2 }] }",
        "product.desk.rate[0].upto[0]",
        "it is open",
    ),
    "bounds that fall": (
        "rate = { upto = [{ upto = '2h', price = 1 }, { upto = '1h', price = 2 }, { price = 3 }] }",
        "product.desk.rate[0].upto[1].upto",
        "must rise",
    ),
    "a total per hour": (
        "rate = { upto = [{ price = 1 }], per = '1h' }",
        "product.desk.rate[0].per",
        "are totals",
    ),
    "an undeclared condition": (
        "rate = [{ when = { mood = 'good' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].mood",
        "neither a word of conditions nor declared in [facts]",
    ),
    "an unknown value in a condition": (
        "rate = [{ when = { category = 'membre' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].category",
        "is not one of",
    ),
    "an unknown weekday": (
        "rate = [{ when = { weekday = 'sunday' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].weekday",
        "is not one of",
    ),
    "a yes/no that is a text": (
        "rate = [{ when = { night = 'yes' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].night",
        "true or false",
    ),
    "a number that is a text": (
        "rate = [{ when = { persons = 'many' }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].persons",
        "a number is needed",
    ),
    "a range of nothing": (
        "rate = [{ when = { persons = { from = 5, below = 5 } }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].persons.from",
        "nothing lies between",
    ),
    "a range with two ends": (
        "rate = [{ when = { persons = { upto = 5, below = 6 } }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].persons.upto",
        "either 'below' or 'upto'",
    ),
    "a range with an unknown bound": (
        "rate = [{ when = { persons = { min = 5 } }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].persons.min",
        "unknown key",
    ),
    "a lead in fortnights": (
        "rate = [{ when = { lead = { from = '2 fortnights' } }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].lead.from",
        "a length of time",
    ),
    "a holiday of no list": (
        "rate = [{ when = { holiday = true }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].holiday",
        "lists no holidays",
    ),
    "a quantifier of nothing": (
        "rate = [{ when = { touches = {} }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].touches",
        "a table is needed",
    ),
    "a season of one day": (
        "rate = [{ when = { season = ['11-01'] }, price = 1 }, { price = 2 }]",
        "product.desk.rate[0].when[0].season",
        "a first and a last day",
    ),
    "a rank among nobody": (
        "rate = [{ when = { rank = { from = 2 } }, price = 1 }, { price = 2 }]",
        "product.desk",
        "say among whom",
    ),
    "an empty condition": ("rate = { when = {}, price = 1 }", "product.desk.rate[0].when[0]", "empty condition"),
    "no condition in a list of them": (
        "rate = { when = [], price = 1 }",
        "product.desk.rate[0].when",
        "empty condition",
    ),
    "a condition of no values": (
        "rate = { when = { weekday = [] }, price = 1 }",
        "product.desk.rate[0].when[0].weekday",
        "never hold",
    ),
    "no axis": ("rate = { by = [], columns = ['x'], rows = [[1]] }", "product.desk.rate[0].by", "at least one axis"),
    "beyond an empty cover": (
        "rate = { price = 1 }\ncover = []\nbeyond = 'rate'",
        "product.desk.beyond",
        "without 'cover'",
    ),
    "a cover without beyond": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry' }",
        "product.desk",
        "beyond = 'rate' or 'refuse'",
    ),
    "two minds about beyond": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry', beyond = 'rate' }\nbeyond = 'refuse'",
        "product.desk.beyond",
        "twice",
    ),
    "beyond that is a debt": (
        "rate = { price = 1 }\ncover = { by = 'c', unit = 'entry' }\nbeyond = { debt_at = 'ticket' }",
        "product.desk.beyond.debt_at",
        "no product 'ticket'",
    ),
    "beyond without cover": ("rate = { price = 1 }\nbeyond = 'rate'", "product.desk.beyond", "without 'cover'"),
    "one account twice": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = [{ by = 'c', unit = 'entry' }, { by = 'c', unit = 'entry' }]",
        "product.desk.cover[1].by",
        "twice",
    ),
    "a part of the time with a price for the whole": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = { by = 'c', unit = '1h', partial = true }",
        "product.desk.cover[0].partial",
        "for the whole",
    ),
    "a cover of heads": (
        "rate = { price = 1, per = 'person' }\nbeyond = 'rate'\ncover = { by = 'c', unit = 'person' }",
        "product.desk.cover[0].unit",
        "not a fact",
    ),
    "cover and measure in two units": (
        "measure = { unit = 'half-day', every = '4h' }\nrate = { price = 1, per = 'half-day' }\nbeyond = 'rate'\n"
        "cover = { by = 'c', unit = 'day' }",
        "product.desk.cover[0].unit",
        "measured in 'half-day'",
    ),
    "an allowance of nobody": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = { free = 2, unit = 'entry' }",
        "product.desk.cover[0].free",
        "free for whom",
    ),
    "a cover by nothing": (
        "rate = { price = 1 }\nbeyond = 'rate'\ncover = { unit = 'entry' }",
        "product.desk.cover[0]",
        "an account ('by') or an allowance ('free')",
    ),
    "rate and measure in two units": (
        "measure = { unit = 'half-day', every = '4h' }\nrate = { price = 1, per = '1h' }",
        "product.desk.rate[0].per",
        "measured in 'half-day'",
    ),
    "a block without a length": (
        "measure = { unit = 'half-day' }\nrate = { price = 1, per = 'half-day' }",
        "product.desk.measure",
        "say how 'half-day' is counted",
    ),
    "two ways of counting": (
        "measure = { unit = 'half-day', every = '4h', cut = '13:00' }\nrate = { price = 1, per = 'half-day' }",
        "product.desk.measure",
        "one way of counting",
    ),
    "minutes that are counted by days": (
        "measure = { unit = 'minute', days = true }\nrate = { price = 1, per = '1h' }",
        "product.desk.measure.days",
        "as they are",
    ),
    "sessions that overlap": (
        "measure = { unit = 'session', sessions = { am = '09:00-13:00', pm = '12:00-17:00' } }\n"
        "rate = { price = 1, per = 'session' }",
        "product.desk.measure.sessions",
        "overlap",
    ),
    "a share of no hours": (
        "measure = { unit = 'half-day', share = 0.5 }\nrate = { price = 1, per = 'half-day' }",
        "product.desk.measure.share",
        "needs the section [opening]",
    ),
    "opening hours of no section": ("opening = 'refuse'\nrate = { price = 1 }", "product.desk.opening", "no section"),
    "a measure of an undeclared number": (
        "measure = { unit = 'gram', fact = 'grams' }\nrate = { price = 1, per = 'gram' }",
        "product.desk.measure.fact",
        "not declared",
    ),
    "a minimum above the most": (
        "measure = { unit = 'minute', minimum = '2h', at_most = '1h' }\nrate = { price = 1, per = '1h' }",
        "product.desk.measure.minimum",
        "above 'at_most'",
    ),
    "a cap without an id": (
        "rate = { price = 1 }\nadjust = { at_most = 1 }",
        "product.desk.adjust[0]",
        "'id' is needed",
    ),
    "a cap without an amount": (
        "rate = { price = 1 }\nadjust = { id = 'c' }",
        "product.desk.adjust[0]",
        "one thing that it does",
    ),
    "an id twice": (
        "rate = { price = 1 }\nadjust = [{ id = 'c', at_most = 1 }, { id = 'c', at_most = 2 }]",
        "product.desk.adjust[1].id",
        "twice",
    ),
    "a scope without a person": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['day'] }",
        "product.desk.adjust[0].same",
        "names 'person'",
    ),
    "a scope of two periods": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['person', 'day', 'week'] }",
        "product.desk.adjust[0].same",
        "one period",
    ),
    "a household": (
        "rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['person', 'day', 'household'] }",
        "product.desk.adjust[0].same",
        "'household' is neither",
    ),
    "a thing that is sold as a wish": ("sells = 'wish'\nrate = { price = 1 }", "product.desk.sells", "is not one of"),
    "a grant that is not given": ("sells = 'grant'\nrate = { price = 1 }", "product.desk", "what is sold"),
    "a grant of nothing": (
        "sells = 'grant'\nrate = { price = 1 }\ngrant = { units = 0, unit = 'day' }",
        "product.desk.grant[0].units",
        "whole number from 1",
    ),
    "a grant without selling it": (
        "rate = { price = 1 }\ngrant = { units = 1, unit = 'day' }",
        "product.desk.grant",
        "sells = 'grant'",
    ),
    "a price date that is a guess": (
        "price_date = 'now'\nrate = { price = 1 }",
        "product.desk.price_date",
        "not one of",
    ),
    "prices of no kind": ("prices = 'net'\nrate = { price = 1 }", "product.desk.prices", "is not one of"),
    "a rate and an offer": (
        "rate = { price = 1 }\noffer = [{ id = 'a', price = 1 }]\nchoose = {}",
        "product.desk",
        "either 'rate' or 'offer'",
    ),
    "offers without a choice": ("offer = [{ id = 'a', price = 1 }]", "product.desk.offer", "say how"),
    "a choice without offers": (
        "rate = { price = 1 }\nchoose = { take = 'cheapest' }",
        "product.desk.choose",
        "offers",
    ),
    "an offer without a name": ("offer = [{ price = 1 }]\nchoose = {}", "product.desk.offer[0]", "has an 'id'"),
    "two offers of one name": (
        "offer = [{ id = 'a', price = 1 }, { id = 'a', price = 2 }]\nchoose = {}",
        "product.desk.offer[1].id",
        "twice",
    ),
    "a choice by mood": (
        "offer = [{ id = 'a', price = 1 }]\nchoose = { take = 'nicest' }",
        "product.desk.choose.take",
        "is not one of",
    ),
    "a need of nothing": ("rate = { price = 1 }\nneeds = 'membership'", "product.desk.needs[0].product", "no product"),
    "a fact that is asked for and not declared": (
        "rate = { price = 1 }\nasks = ['mood']",
        "product.desk.asks",
        "no fact",
    ),
    "a merge without a gap": (
        "rate = { price = 1, per = '1h' }\nmerge = { same = ['person', 'day'] }",
        "product.desk.merge",
        "'gap' is needed",
    ),
    "a split at no band": (
        "rate = { price = 1, per = '1h' }\nsplit = { bands = ['evening'] }",
        "product.desk.split.bands",
        "no band",
    ),
    "a validity of no length": ("rate = { price = 1 }\nvalid = { lasts = '1 moon' }", "product.desk.valid", "lasts"),
    "a deposit without an amount": (
        "rate = { price = 1 }\ndeposit = { id = 'key' }",
        "product.desk.deposit[0]",
        "either 'price' or 'percent'",
    ),
    "a cancellation without a last moment": (
        "rate = { price = 1 }\ncancel = { delay = { unit = 'day' }, keep = [{ from = 7, percent = '0%' }] }",
        "product.desk.cancel.keep",
        "at the last moment",
    ),
    "first without per": ("rate = { price = 1, first = '1h' }", "product.desk.rate[0].first", "without 'per'"),
    "a first number of a length": (
        "rate = { price = 1, per = '1h', first = 2 }",
        "product.desk.rate[0].first",
        "a length where",
    ),
    "a first price of no first": (
        "rate = { price = 1, per = '1h', first_price = 3 }",
        "product.desk.rate[0].first_price",
        "without 'first'",
    ),
    "steps without a combination": (
        "rate = { steps = [{ size = 1, price = 1 }] }",
        "product.desk.rate[0]",
        "how the sizes go together",
    ),
    "steps that fall": (
        "rate = { steps = [{ size = 5, price = 1 }, { size = 2, price = 1 }], combination = 'cheapest' }",
        "product.desk.rate[0].steps[1].size",
        "must rise",
    ),
    "tiers without a mode": (
        "rate = { tiers = [{ price = 1 }] }",
        "product.desk.rate[0]",
        "how the tiers are meant",
    ),
    "a tier without a price": (
        "rate = { tiers = [{ upto = 3 }, { price = 1 }], mode = 'volume' }",
        "product.desk.rate[0].tiers[0]",
        "a 'price' or a 'column'",
    ),
    "sets of no axis": (
        "rate = { sets = 'category', columns = ['member'], rows = [[1]] }",
        "product.desk.rate[0].sets",
        "declared as a set",
    ),
    "an offered amount of no money": (
        "rate = { offered = 'persons' }",
        "product.desk.rate[0].offered",
        "declared in [facts] as 'money'",
    ),
    "a share of nothing": ("rate = { share = '5%', of = 'persons' }", "product.desk.rate[0].of", "as 'money'"),
    "a unit that is not declared": (
        "rate = { in_units = { token = 1 } }",
        "product.desk.rate[0].in_units",
        "not in [units]",
    ),
    "a percentage of a number": (
        "rate = { price = 1 }\nadjust = { id = 'p', percent = -10 }",
        "product.desk.adjust[0].percent",
        "a percentage is a text",
    ),
    "a percentage below all": (
        "rate = { price = 1 }\nadjust = { id = 'p', percent = '-101%' }",
        "product.desk.adjust[0].percent",
        "from -100%",
    ),
    "a rounding to nothing": (
        "rate = { price = 1 }\nadjust = { id = 'p', round = 0 }",
        "product.desk.adjust[0].round",
        "a step to round to",
    ),
    "free but not": (
        "rate = { price = 1 }\nadjust = { id = 'p', free = false }",
        "product.desk.adjust[0].free",
        "free = true",
    ),
    "a scope of a percentage": (
        "rate = { price = 1 }\nadjust = { id = 'p', percent = '-1%', same = ['person', 'day'] }",
        "product.desk.adjust[0].same",
        "goes with 'at_most'",
    ),
    "two things at once": (
        "rate = { price = 1 }\nadjust = { id = 'p', percent = '-1%', add = 1 }",
        "product.desk.adjust[0]",
        "one thing that it does",
    ),
    "a group of nothing": (
        "rate = { price = 1 }\nadjust = { together = 'unstated', rules = [] }",
        "product.desk.adjust[0]",
        "a group has 'rules'",
    ),
    "a group by mood": (
        "rate = { price = 1 }\nadjust = { together = 'nicely', rules = [{ id = 'a', add = 1 }] }",
        "product.desk.adjust[0].together",
        "is not one of",
    ),
    "a price that falls over several visits": (
        "measure = { unit = 'minute', same = ['person', 'day'] }\n"
        "rate = { upto = [{ upto = '4h', price = 20 }, { price = 15 }] }",
        "product.desk.rate[0]",
        "must not cost less",
    ),
    "an undeclared tax class": ("tax = 'standrd'\nrate = { price = 1 }", "product.desk.tax", "no tax class"),
    "a long name": (f"name = '{'x' * 201}'\nrate = {{ price = 1 }}", "product.desk.name", "1 to 200 characters"),
    "a name with a NUL": ('name = "a\\u0000b"\nrate = { price = 1 }', "product.desk.name", "control characters"),
    "a name that is a number": ("name = 3\nrate = { price = 1 }", "product.desk.name", "not a number"),
    "an optional that is a text": ("optional = 'yes'\nrate = { price = 1 }", "product.desk.optional", "true or false"),
}


@pytest.mark.parametrize("name", ONE_PROBLEM)
def test_one_mistake_is_one_problem_at_its_place(name: str) -> None:
    """A mistake in a product gives one problem, with the path of the key and the line on which it stands."""
    body, path, message = ONE_PROBLEM[name]
    found = problems(product(body))
    assert [problem.path for problem in found] == [path], [str(problem) for problem in found]
    assert message in found[0].message
    assert found[0].line is not None
    assert found[0].line >= 10


def cents(text: str, item: Item, **order: object) -> int:
    quote = Tariff.load(text).quote(Order((item,), **order))  # type: ignore[arg-type]
    assert quote.ok, quote.explain("en")
    return quote.total.amount


ADJUSTED = {
    'percent = "-10%"': 900,
    'percent = "+12.5%"': 1125,
    "add = 100.00": 11000,
    "add = -100.00": 0,
    "at_least = 15.00": 1500,
    "at_most = 5.00": 500,
    "replace = 1.00": 100,
    "free = true": 0,
    "round = 3.00": 900,
    'round = 3.00, mode = "up"': 1200,
    'add = 1.00, once_per = "person"': 1300,
    'percent = "-50%", on = ["coffee"]': 1000,
    'add = { by = "room", blue = 2.00, red = 3.00 }': 1300,
}


@pytest.mark.parametrize("rule", ADJUSTED)
def test_each_kind_of_adjustment_is_carried_out(rule: str) -> None:
    """Every adjustment that the reader accepts changes ten euros as it says, or says that it does not concern them."""
    item = Item("desk", facts={"persons": 3, "room": "red"})
    rules = f"rate = {{ price = 10 }}\nadjust = {{ id = 'x', {rule} }}\n[product.coffee]\nrate = {{ price = 1 }}"
    assert cents(product(rules), item) == ADJUSTED[rule]


MONEY = '[facts]\nbudget = "money"\n'
FORMS = {
    'tiers = [{ upto = 2, price = 5 }, { price = 3 }], mode = "graduated"': 1300,
    'tiers = [{ upto = 2, price = 5 }, { price = 3 }], mode = "volume"': 900,
    'tiers = [{ upto = 2, price = 5 }], mode = "package"': 1000,
    'steps = [{ size = 1, price = 4 }, { size = 2, price = 6 }], combination = "cheapest"': 1000,
    'upto = [{ upto = 2, price = 4 }, { upto = 3, price = 5 }, { refuse = "on_quote" }]': 500,
    'offered = "budget", at_least = 2, suggestion = 4': 1200,
    'share = "10%", of = "budget"': 1500,
    'price = 1, per = "person"': 600,
    "price = 1, flat = 2": 900,
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_rate_is_carried_out(form: str) -> None:
    """Every form that the reader accepts prices three pieces."""
    facts = {"persons": 2} | ({"budget": Money(5000, "EUR")} if "share" in form else {})
    text = product(f"rate = {{ {form} }}").replace("[facts]\n", MONEY)
    assert cents(text, Item("desk", count=3, facts=facts)) == FORMS[form]


def test_what_must_be_held_is_asked_for_added_or_missing() -> None:
    """`needs`: held is well, not held is a refusal or a line of its own, unknown is incomplete."""
    body = "rate = {{ price = 10 }}\nneeds = {}\n[product.membership]\nsells = 'membership'\nrate = {{ price = 4 }}"
    strict, adding = (
        product(body.format("'membership'")),
        product(body.format("{ product = 'membership', add = true }")),
    )
    for text in (strict, adding):
        assert cents(text, Item("desk"), holds={"membership"}) == 1000
        (stop,) = Tariff.load(text).quote(Item("desk")).refusals
        assert (stop.code, stop.facets) == ("incomplete", ("holds",))
    (stop,) = Tariff.load(strict).quote(Order((Item("desk"),), holds=())).refusals
    assert (stop.code, stop.what) == ("missing", "membership")
    assert cents(adding, Item("desk"), holds=()) == 1400


def test_offers_compete() -> None:
    """The cheapest line wins; the file says which one where they cost the same."""
    choose = "\nchoose = {{ take = 'cheapest', tie = 'last' }}"
    offers = "offer = [{{ id = 'a', price = {} }}, {{ id = 'b', price = 5 }}]" + choose
    for price, cost, winner in ((4, 400, "a"), (5, 500, "b"), (6, 500, "b")):
        quote = Tariff.load(product(offers.format(price))).quote(Item("desk"))
        assert quote.total.amount == cost
        assert [step.id for step in quote.trace if step.status == "applied"] == [winner]


def test_two_rules_whose_combination_nobody_states_are_refused() -> None:
    """One of them alone is carried out; both at once name each other."""
    text = product(
        "rate = { price = 10 }\nadjust = { together = 'unstated', rules = [\n"
        " { id = 'member', when = { category = 'member' }, percent = '-10%' },\n"
        " { id = 'night', when = { night = true }, percent = '-20%' }] }"
    )
    assert cents(text, Item("desk", facts={"category": "member", "night": False})) == 900
    assert cents(text, Item("desk", facts={"category": "visitor", "night": True})) == 800
    (stop,) = Tariff.load(text).quote(Item("desk", facts={"category": "member", "night": True})).refusals
    assert (stop.code, stop.what) == ("unstated", "member, night")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("currancy", "currency"), ("timezon", "timezone"), ("price_dat", "price_date"), ("taxe", "tax")],
)
def test_a_misspelt_key_gets_a_suggestion(written: str, meant: str) -> None:
    """An unknown key is refused with the known key that is most like it."""
    found = problems(f'[tariff]\n{written} = "x"\n[product.a]\nrate = {{ price = 1 }}\n')
    first = next(p for p in found if p.path == f"tariff.{written}")
    assert first.suggestion == meant
    assert str(first) == f"line 2: tariff.{written}: unknown key; did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("body", "suggestion"),
    [
        ("rate = { prise = 1 }", "price"),
        ("rate = [{ when = { categori = 'member' }, price = 1 }, { price = 2 }]", "category"),
        ("rate = [{ when = { category = 'membre' }, price = 1 }, { price = 2 }]", "member"),
        ("rate = { by = 'rooms', blue = 1 }", "room"),
        ("rate = { price = 1 }\nadjust = { id = 'c', at_mots = 1 }", "at_most"),
        ("rate = { price = 1 }\nadjust = { id = 'c', at_most = 1, same = ['persn', 'day'] }", "person"),
        ("rate = { refuse = 'on_qoute' }", "on_quote"),
        ("rate = { price = 1 }\nbeyond = 'rat'\ncover = { by = 'c', unit = 'e' }", "rate"),
        ("rate = { price = 1 }\nprice_date = 'purchas'", "purchase"),
    ],
)
def test_a_misspelt_word_gets_a_suggestion(body: str, suggestion: str) -> None:
    """So do the values that come from a closed list."""
    assert suggestion in {p.suggestion for p in problems(product(body))}


HEADS = {
    "no tariff at all": ("[product.a]\nrate = { price = 1 }\n", {"tariff"}),
    "an unknown currency": (HEAD.replace("EUR", "EUX"), {"tariff.currency", ""}),
    "a bitcoin": (HEAD.replace("EUR", "BTC"), {"tariff.currency", ""}),
    "an unknown zone": (HEAD.replace("Europe/Paris", "Europe/Pari"), {"tariff.timezone", ""}),
    "a zone that is a path": (HEAD.replace("Europe/Paris", "../../etc/passwd"), {"tariff.timezone", ""}),
    "an id with spaces": (HEAD.replace('"t"', '"T 1"'), {"tariff.id", ""}),
    "an id that is a number": (HEAD.replace('"t"', "1"), {"tariff.id", ""}),
    "rounding by mood": (HEAD + 'rounding = "nicely"\n', {"tariff.rounding", ""}),
    "an unknown section": (HEAD + "[prodcut.desk]\nrate = { price = 1 }\n", {"prodcut", ""}),
    "a section that is a number": ("product = 3\n" + HEAD, {"product"}),
    "a product that is a number": (HEAD + "[product]\ndesk = 3\n", {"product.desk"}),
    "a fact that is a number": (HEAD + "[facts]\na = 3\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact of no values": (HEAD + "[facts]\na = []\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact with a value twice": (HEAD + "[facts]\na = ['x', 'x']\n[product.d]\nrate = { price = 1 }\n", {"facts.a"}),
    "a fact with a reserved name": (
        HEAD + "[facts]\nday = 'yes/no'\n[product.d]\nrate = { price = 1 }\n",
        {"facts.day"},
    ),
    "a tax of 120 %": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '120%' }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a negative tax": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '-1%' }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a tax that is a number": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = 0.2 }]\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates[0].rate"},
    ),
    "a tax without rates": (HEAD + "[tax.a]\n[product.d]\nrate = { price = 1 }\n", {"tax.a"}),
    "tax rates out of order": (
        HEAD + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '20%' }, { from = 2000-04-01, rate = '19.6%' }]\n"
        "[product.d]\nrate = { price = 1 }\n",
        {"tax.a.rates"},
    ),
    "a described unknown": (
        HEAD + "[tax.unknown]\nmention = 'x'\n[product.d]\nrate = { price = 1 }\n",
        {"tax.unknown"},
    ),
    "a reverse charge in no case": (
        HEAD
        + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '20%' }]\nreverse = {}\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a.reverse[0]"},
    ),
    "a mention of a reason where there is a rate": (
        HEAD
        + "[tax.a]\nrates = [{ from = 2014-01-01, rate = '20%' }]\nmention = 'x'\n[product.d]\nrate = { price = 1 }\n",
        {"tax.a"},
    ),
    "an axis with the name of a fact": (
        HEAD + FACTS + "[derive]\nroom = [{ is = 'x' }]\n[product.d]\nrate = { price = 1 }\n",
        {"derive.room"},
    ),
    "a derived value that is never reached": (
        HEAD + FACTS + "[derive]\nage = [{ is = 'x' }, { is = 'y' }]\n[product.d]\nrate = { price = 1 }\n",
        {"derive.age"},
    ),
    "a band by mood": (HEAD + "[bands]\nb = { mood = 'x' }\n[product.d]\nrate = { price = 1 }\n", {"bands.b.mood"}),
    "opening hours that overlap": (
        HEAD + "[opening]\nmon = ['09:00-12:00', '11:00-13:00']\n[product.d]\nrate = { price = 1 }\n",
        {"opening"},
    ),
    "a coupon that ends before it begins": (
        HEAD
        + "[coupon.X]\npercent = '-5%'\nfrom = 2026-02-01\nuntil = 2026-01-01\n[product.d]\nrate = { price = 1 }\n",
        {"coupon.X.until"},
    ),
    "an advice of nothing": (
        HEAD
        + "[advice.day]\nunit = 'day'\noffers = [{ product = 'e', units = 1 }]\n[product.d]\nrate = { price = 1 }\n",
        {"advice.day.offers[0].product"},
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_wrong_section_is_named(name: str) -> None:
    """Each mistake outside the products is at its path; what follows from it is not repeated."""
    text, paths = HEADS[name]
    found = {problem.path for problem in problems(text)}
    assert found & paths == found, found
    assert found - {""}


def test_all_problems_come_at_once() -> None:
    """A file with mistakes in several places gives all of them, in the order of the lines."""
    text = (
        '[tariff]\nid = "t"\ncurrency = "EUX"\ntimezone = "Europe/Paris"\ncolour = "red"\n'
        "[product.a]\nrate = { price = -1 }\n[product.b]\nrate = { price = 1.001 }\nnmae = 'B'\n"
        "[product.c]\ntiers = 1\nrate = { price = nan }\n"
    )
    found = problems(text)
    assert [(p.line, p.path) for p in found] == [
        (3, "tariff.currency"),
        (5, "tariff.colour"),
        (7, "product.a.rate[0].price"),
        (9, "product.b.rate[0].price"),
        (10, "product.b.nmae"),
        (12, "product.c.tiers"),
        (13, "product.c.rate[0].price"),
    ]
    with pytest.raises(TariffError, match=r"line 7: product\.a\.rate\[0\]\.price: -1 is negative"):
        Tariff.load(text)


def test_the_line_is_found_in_long_lists() -> None:
    """Entries over several lines, [[headers]] and quoted names have their own lines."""
    text = (
        f'{HEAD}[product."ten half-days"]\nrate = [\n  {{ price = 1 }},\n]\n'
        "[[product.b.rate]]\nwhen = { weekday = 'sat' }\nprice = 2\n[[product.b.rate]]\nprice = 'x'\n"
        "[product.c]\nrate = { by = ['a'], columns = ['x', 'y'], rows = [\n  [1.00,\n   -2.00],\n] }\n"
        "[facts]\na = ['x', 'y']\n"
        '[product."d e"]\nname = """\ntwo\nlines"""\nrate = { prize = 1 }\n'
    )
    found = {(p.line, p.path) for p in problems(text)}
    assert found == {
        (13, "product.b.rate[1].price"),
        (17, "product.c.rate[0].rows[0][1]"),
        (22, 'product."d e".name'),
        (25, 'product."d e".rate[0].prize'),
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tariff\nid = 1\n", 1),
        ('[tariff]\nid = "t"\nid = "u"\n', 3),
        ("[tariff]\nid = \n", 2),
        ("[tariff]\n[tariff]\n", 2),
        ("[a]\nb = { c = 1; d = 2 }\n", 2),
        ("\n\n\n!\n", 4),
    ],
)
def test_what_is_not_toml_says_where(text: str, line: int) -> None:
    """A text that is not TOML is one problem, with the line of the parser."""
    found = problems(text)
    assert [(p.path, p.line) for p in found] == [("", line)]


BOMBS = {
    "a key of 60,000 parts": "a" + ".a" * 60_000 + " = 1\n",
    "a key of 60,000 quoted parts": '"a"' + '."a"' * 60_000 + " = 1\n",
    "a header of 60,000 parts": "[a" + ".a" * 60_000 + "]\n",
    "a list header of 60,000 parts": "[[a" + ".a" * 60_000 + "]]\n",
    "a bomb behind a string that ends in quotes": "k = { a = '''x'''', b" + ".b" * 60_000 + " = 1 }\n",
    "a bomb behind another such string": 'k = { a = """x"""", b' + ".b" * 60_000 + " = 1 }\n",
    "a bomb behind an escaped quote": 'k = { a = "\\"", b' + ".b" * 60_000 + " = 1 }\n",
    "60,000 brackets": "a = " + "[" * 60_000 + "\n",
    "60,000 closed brackets": "a = " + "[" * 60_000 + "]" * 60_000 + "\n",
    "60,000 braces": "a = " + "{a=" * 60_000 + "\n",
    "a number of 200,000 digits": "a = " + "9" * 200_000 + "\n",
    "a hexadecimal number of 200,000 digits": "a = 0x" + "f" * 200_000 + "\n",
    "a decimal of 200,000 digits": "a = 0." + "9" * 200_000 + "\n",
    "200,000 quotes": '"' * 200_000 + "\n",
    "200,000 quotes and backslashes": '"""\\' * 50_000 + "\n",
    "200,000 apostrophes": "a = " + "'" * 200_000 + "\n",
    "an open string": 'a = """' + "x" * 200_000 + "\n",
    "60,000 keys": "".join(f"k{n} = 1\n" for n in range(18_000)),
    "60,000 misspelt keys": "[tariff]\n" + "".join(f"currenc{n}=1\n" for n in range(14_000)),
    "8,000 products": HEAD + "".join(f"[product.p{n}]\nrate={{price=1}}\n" for n in range(8_000)),
    "10,000 rates": HEAD + "[product.a]\nrate = [" + "{price=1},\n" * 20_000 + "]\n",
    "10,000 caps": HEAD + "[product.a]\nrate={price=1}\nadjust = [" + "{id='a',at_most=1},\n" * 10_000 + "]\n",
    "a wide axis": HEAD
    + "[facts]\na = ["
    + ",".join(f"'v{n}'" for n in range(20_000))
    + "]\n[product.a]\nrate = { by = 'a', v1 = 1 }\n",
    "many facts": HEAD + "[facts]\n" + "".join(f"f{n}='number'\n" for n in range(10_000)),
    "wrong cells": HEAD
    + "[facts]\na = ['x','y']\nb=['u','v']\n[product.a]\nrate = { by = ['a','b'], columns = ['u'], rows = ["
    + "['zz',-1],\n" * 15_000
    + "] }\n",
    "deep conditions": HEAD
    + "[product.a]\nrate = { price = 1, when = "
    + "{ not = " * 9
    + "{ weekday = 'mon' }"
    + " }" * 9
    + " }\n",
    "too large": "#" + "x" * 256 * 1024 + "\n",
    "too large in bytes": "#" + "é" * 140_000 + "\n",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_no_time(name: str) -> None:
    """No file makes the reader slow or breaks it: a typed error, within the limit."""
    start = time.process_time()
    assert problems(BOMBS[name])
    assert time.process_time() - start < LIMIT


def test_a_large_honest_tariff_is_read_in_no_time() -> None:
    """The negative control: many products and rows are read, and read quickly."""
    rows = "".join(f'  ["r{n}", 10.00, 8.50],\n' for n in range(900))
    text = (
        f"{HEAD}[facts]\nroom = [{', '.join(f'{chr(34)}r{n}{chr(34)}' for n in range(900))}]\n"
        f'category = ["visitor", "member"]\n[product.grid.rate]\nby = ["room", "category"]\n'
        f'columns = ["visitor", "member"]\nrows = [\n{rows}]\n'
        + "".join(
            f'[product.p{n}]\nname = "Produit {n}"\nrate = {{ price = {n}.50, per = "1h" }}\n' for n in range(900)
        )
    )
    start = time.process_time()
    tariff = Tariff.load(text)
    assert time.process_time() - start < LIMIT
    assert len(tariff.products) == 901
    assert Tariff.load(tariff.dump()) == tariff


def test_a_file_that_cannot_be_read_is_a_tariff_error(tmp_path) -> None:
    """A missing file, a folder, other bytes than UTF-8 and a file that is too large are problems, not crashes."""
    (tmp_path / "latin.toml").write_bytes(b'[tariff]\nname = "\xe9"\n')
    (tmp_path / "large.toml").write_bytes(b"#" * (256 * 1024 + 1))
    for name in ("missing.toml", "", "latin.toml", "large.toml"):
        with pytest.raises(TariffError) as caught:
            Tariff.load(tmp_path / name)
        assert len(caught.value.problems) == 1
    with pytest.raises(TariffError):
        Tariff.load(str(tmp_path / "missing.toml"))


def test_a_surrogate_in_the_text_is_a_problem() -> None:
    """A text that could not be stored is refused like any other wrong name."""
    assert problems(product('name = "\ud800"\nrate = { price = 1 }'))


def test_the_context_of_decimal_has_no_say() -> None:
    """A host that has turned the precision of `decimal` down reads the same amounts and the same version."""
    text = product("rate = { price = 1234567.89 }")
    plain = Tariff.load(text)
    with decimal.localcontext() as context:
        context.prec = 3
        assert Tariff.load(text).version == plain.version
        assert Tariff.load(plain.dump()) == plain
        assert problems(product("rate = { price = 1.0000001 }"))


def test_errors_are_of_the_tree() -> None:
    """What is raised is one of ours, and its text names every problem."""
    with pytest.raises(CantineError) as caught:
        Tariff.load(product("rate = { price = -1 }\nx = 1"))
    assert str(caught.value).count("\n") == 1
