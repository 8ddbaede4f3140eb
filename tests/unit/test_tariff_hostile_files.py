"""Hostile and mistaken tariff files: a clear problem with its place, quickly and in little memory, or a tariff that works.

Each file stands alone; the budget of each is some seconds of processor time, of which a quiet machine takes a fraction of one,
and fifty megabytes.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from cantinekit.clock import Period
from cantinekit.errors import InputError, TariffError
from cantinekit.pricing import Item, Order, Problem, Quote, State, Tariff

SECONDS = 4.0
MEGABYTES = 50
EPOCH = datetime(2026, 11, 23, 7, tzinfo=UTC)
HEAD = '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "Europe/Paris"\n'
USE = 'price_date = "use"\n'
DAY = date(2026, 11, 23)


@contextmanager
def budget(*, memory: bool = True) -> Iterator[None]:
    """Within the time of the processor that a file may take, and the memory where that is counted (which is slow)."""
    if memory:
        tracemalloc.start()
    start, peak = time.process_time(), 0
    try:
        yield
        spent = time.process_time() - start
        peak = tracemalloc.get_traced_memory()[1] if memory else 0
    finally:
        tracemalloc.stop()
    assert spent < SECONDS * (4 if memory else 1), f"{spent:.2f} s"
    assert peak < MEGABYTES * 10**6, f"{peak / 10**6:.0f} MB"


def problems(text: str) -> tuple[Problem, ...]:
    with budget(), pytest.raises(TariffError) as caught:
        Tariff.load(text)
    return caught.value.problems


def one(body: str, head: str = "") -> str:
    """A tariff with one product, whose table has this body."""
    return f"{HEAD}{head}[product.a]\n{body}\n"


FACTS = '[facts]\nroom = ["blue", "red"]\npersons = "number"\nweight = "decimal"\ngift = "money"\n'
HOURS = '[opening]\nhours = [{ days = ["mon"], open = ["09:00-18:00"] }]\n'

# Each mistake: the text, the path at which it is, and words of the message.
MISTAKES: dict[str, tuple[str, str, str]] = {
    "a rate of tax as a float": (
        one("rate = { price = 1 }", "[tax.vat]\nrates = { from = 2014-01-01, rate = 0.2 }\n"),
        "tax.vat",
        "rate",
    ),
    "a percent as a number": (
        one("rate = { price = 1 }\nadjust = { id = 'x', percent = -0.3 }"),
        "product.a.adjust[0].percent",
        "percentage",
    ),
    "NaN": (one("rate = { price = nan }"), "product.a.rate[0].price", "nan"),
    "infinity": (one("rate = { price = -inf }"), "product.a.rate[0].price", "inf"),
    "1e400": (one("rate = { price = 1e400 }"), "product.a.rate[0].price", "1e400"),
    "an exponent": (one("rate = { price = 7e0 }"), "product.a.rate[0].price", "7e0"),
    "half a cent": (one("rate = { price = 0.005 }"), "product.a.rate[0].price", "decimals"),
    "a price as text": (one("rate = { price = '7.00' }"), "product.a.rate[0].price", "without quotes"),
    "a negative price": (one("rate = { price = -1 }"), "product.a.rate[0].price", "negative"),
    "a negative cap": (
        one("rate = { price = 1 }\nadjust = { id = 'x', at_most = -1 }"),
        "product.a.adjust[0].at_most",
        "negative",
    ),
    "an absurd price": (one(f"rate = {{ price = {10**15} }}"), "product.a.rate[0].price", "absurdly"),
    "a number of 25 digits": (one(f"rate = {{ price = {10**25} }}"), "product.a.rate[0].price", "absurdly"),
    "more than all off": (
        one("rate = { price = 1 }\nadjust = { id = 'x', percent = '-101%' }"),
        "product.a.adjust[0].percent",
        "-100%",
    ),
    "tax over 100": (
        one("rate = { price = 1 }", "[tax.vat]\nrates = { from = 2014-01-01, rate = '120%' }\n"),
        "tax.vat.rates[0].rate",
        "100%",
    ),
    "keeping over 100": (
        one("rate = { price = 1 }\ncancel = { delay = { unit = 'day' }, keep = { from = 0, percent = '101%' } }"),
        "product.a.cancel.keep[0].percent",
        "100%",
    ),
    "lists that overlap": (
        one("rate = { lists = [{ from = 2026-01-01, price = 1 }, { from = 2026-01-01, price = 2 }] }", USE),
        "product.a.rate[0].lists",
        "rise",
    ),
    "lists that fall": (
        one("rate = { lists = [{ from = 2026-02-01, price = 1 }, { from = 2026-01-01, price = 2 }] }", USE),
        "product.a.rate[0].lists",
        "rise",
    ),
    "a day that is none": (
        one("rate = { lists = [{ from = '2026-01-01', price = 1 }] }", USE),
        "product.a.rate[0].lists[0].from",
        "date",
    ),
    "a day with a time": (
        one("rate = { lists = [{ from = 2026-01-01T00:00:00, price = 1 }] }", USE),
        "product.a.rate[0].lists[0].from",
        "date",
    ),
    "tax rates that fall": (
        one(
            "rate = { price = 1 }",
            "[tax.vat]\nrates = [{ from = 2015-01-01, rate = '20%' }, { from = 2014-01-01, rate = '19%' }]\n",
        ),
        "tax.vat.rates",
        "rise",
    ),
    "dates without a date": (one("rate = { lists = [{ from = 2026-01-01, price = 1 }] }"), "product.a", "price_date"),
    "a misspelt key": (one("rate = { prize = 1 }"), "product.a.rate[0].prize", "unknown key"),
    "a section that is none": (one("rate = { price = 1 }", "[[prodct]]\n"), "prodct", "unknown key"),
    "two forms": (one("rate = { price = 1, upto = [{ price = 2 }] }"), "product.a.rate[0]", "one form"),
    "a rate and an offer": (
        one("rate = { price = 1 }\noffer = { id = 'x', price = 2 }\nchoose = {}"),
        "product.a",
        "either",
    ),
    "a rule behind one without a condition": (
        one("rate = [{ price = 1 }, { price = 2 }]"),
        "product.a.rate[1]",
        "never reached",
    ),
    "minimum above maximum": (
        one("rate = { price = 1, per = '1h' }\nmeasure = { unit = 'minute', minimum = '5h', at_most = '1h' }"),
        "product.a.measure.minimum",
        "above",
    ),
    "an empty stretch of prices": (
        one("rate = { refuse = 'between', low = 5, high = 2 }"),
        "product.a.rate[0].low",
        "above",
    ),
    "bounds between which nothing lies": (
        one("rate = { price = 1, when = { persons = { from = 5, upto = 2 } } }", FACTS),
        "product.a.rate[0].when[0].persons",
        "between these bounds",
    ),
    "three steps of which two count": (
        one(
            "rate = { combination = 'first_then', steps = [{ size = 1, price = 1 }, { size = 2, price = 2 }, { size = 3, price = 3 }] }"
        ),
        "product.a.rate[0].steps",
        "never be used",
    ),
    "a condition said twice": (
        one("rate = { price = 1, when = { weekday = 'sat', starts = { weekday = 'sun' } } }"),
        "product.a.rate[0].when[0]",
        "twice",
    ),
    "a falling rate in a scope": (
        one(
            "merge = { same = ['person', 'day'], gap = '1h' }\nrate = { upto = [{ upto = '2h', price = 9 }, { price = 5 }] }"
        ),
        "product.a.rate[0]",
        "falls",
    ),
    "falling steps in a scope": (
        one(
            "measure = { unit = 'minute', same = ['person', 'day'] }\nrate = { combination = 'longest_first', steps = [{ size = '1h', price = 9 }, { size = '3h', price = 5 }] }"
        ),
        "product.a.rate[0]",
        "falls",
    ),
    "falling volume in a scope": (
        one(
            "measure = { unit = 'kg', fact = 'persons', same = ['person', 'day'] }\nrate = { mode = 'volume', tiers = [{ upto = 9, price = 10 }, { price = 1 }] }",
            FACTS,
        ),
        "product.a.rate[0]",
        "falls",
    ),
    "a scope that is cut": (
        one(
            "measure = { unit = 'minute', same = ['person', 'day'] }\nrank = { same = ['person'] }\nrate = { price = 1, per = '1h' }"
        ),
        "product.a.rank",
        "do not go together",
    ),
    "a product that needs itself": (
        one("sells = 'membership'\nneeds = 'a'\nrate = { price = 1 }"),
        "product.a.needs",
        "itself",
    ),
    "an axis of itself": (
        one("rate = { price = 1 }", FACTS + "[derive]\nx = [{ is = 'y', when = { x = 'y' } }, { is = 'z' }]\n"),
        "derive.x",
        "itself",
    ),
    "two axes of each other": (
        one(
            "rate = { price = 1 }",
            "[derive]\nx = [{ is = 'a', when = { y = 'b' } }]\ny = [{ is = 'b', when = { not = { x = 'a' } } }]\n",
        ),
        "derive.x",
        "itself",
    ),
    "a band of bands": (
        one("split = { bands = ['b'] }\nrate = { price = 1, per = '1h' }", "[bands.c]\nclock = '09:00-12:00'\n"),
        "product.a.split.bands",
        "no band",
    ),
    "a need that is no product": (one("needs = 'b'\nrate = { price = 1 }"), "product.a.needs", "no product"),
    "a debt at nothing": (
        one("cover = { by = 'c', unit = 'entry' }\nbeyond = { debt_at = 'b' }\nrate = { price = 1 }"),
        "product.a.beyond.debt_at",
        "no product",
    ),
    "an axis that is none": (
        one("rate = { by = 'room', columns = ['x'], rows = [[1]] }"),
        "product.a.rate[0].by",
        "not declared",
    ),
    "a row twice": (
        one(
            "rate = { by = ['room', 'room2'], columns = ['x'], rows = [['blue', 1], ['blue', 2]] }",
            "[facts]\nroom = ['blue', 'red']\nroom2 = ['x']\n",
        ),
        "product.a.rate[0].rows[1]",
        "twice",
    ),
    "a table that is a number": ("tariff = 1\n[product.a]\nrate = { price = 1 }\n", "tariff", "a table is needed"),
    "a list that is a table": (one("rate = 7"), "product.a.rate", "a table or a list"),
    "a place on no map": (
        '[tariff]\nid = "t"\ncurrency = "EUR"\ntimezone = "../../etc/passwd"\n[product.a]\nrate = { price = 1 }\n',
        "tariff.timezone",
        "passwd",
    ),
    "money of no land": (
        '[tariff]\nid = "t"\ncurrency = "XXQ"\ntimezone = "UTC"\n[product.a]\nrate = { price = 1 }\n',
        "tariff.currency",
        "XXQ",
    ),
    "an id with a path": (
        '[tariff]\nid = "../x"\ncurrency = "EUR"\ntimezone = "UTC"\n[product.a]\nrate = { price = 1 }\n',
        "tariff.id",
        "small letters",
    ),
    "a name with ESC": (one('name = "\\u001b[2Jgone"\nrate = { price = 1 }'), "product.a.name", "control"),
    "a name with a C1 control": (one('name = "\\u009b2Jgone"\nrate = { price = 1 }'), "product.a.name", "control"),
    "a name that turns the line around": (
        one('name = "\\u202Eelbon"\nrate = { price = 1 }'),
        "product.a.name",
        "control",
    ),
    "a name over lines": (one('name = "a\\u2028b"\nrate = { price = 1 }'), "product.a.name", "control"),
    "a name of nothing": (one('name = ""\nrate = { price = 1 }'), "product.a.name", "1 to 200"),
    "sessions over midnight": (
        one("measure = { unit = 's', sessions = { night = '22:00-02:00' } }\nrate = { price = 1, per = 's' }"),
        "product.a.measure.sessions",
        "midnight",
    ),
    "sessions that overlap": (
        one(
            "measure = { unit = 's', sessions = { x = '08:00-12:00', y = '11:00-13:00' } }\nrate = { price = 1, per = 's' }"
        ),
        "product.a.measure.sessions",
        "overlap",
    ),
    "hours that are none": (
        one("rate = { price = 1 }", "[opening]\nhours = [{ days = ['mon'], open = ['25:00-26:00'] }]\n"),
        "opening",
        "25:00",
    ),
    "a unit of time that is none": (one("rate = { price = 1, per = '1 hour' }"), "product.a.rate[0].per", "length"),
    "a measure of time and of things": (
        one("measure = { unit = 'kg', fact = 'weight', days = true }\nrate = { price = 1, per = 'kg' }", FACTS),
        "product.a.measure",
        "one way",
    ),
    "a set of nothing": (
        one("rate = { sets = 'room', columns = ['blue'], rows = [[1]] }", FACTS),
        "product.a.rate[0].sets",
        "declared as a set",
    ),
    "an unknown code of refusal": (one("rate = { refuse = 'because' }"), "product.a.rate[0].refuse", "because"),
    "a deposit of everything": (
        one("rate = { price = 1 }\ndeposit = { id = 'x', price = 1, percent = '10%' }"),
        "product.a.deposit[0]",
        "either",
    ),
    "an example of nothing": (
        one("rate = { price = 1 }\n[examples]\nlist = [{ id = 'x', product = 'b', gross = 1 }]"),
        "examples.list[0].product",
        "no product",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_place(name: str) -> None:
    """A mistake is a problem at its path, with a line of the file and words that name it."""
    text, path, words = MISTAKES[name]
    found = problems(text)
    mine = [problem for problem in found if problem.path.startswith(path) and words in str(problem)]
    assert mine, [str(problem) for problem in found]
    lines = text.count("\n") + 1
    assert all(problem.line is not None and 1 <= problem.line <= lines for problem in mine)
    assert len(found) <= 3, [str(problem) for problem in found]


def holidays(count: int) -> str:
    days = ", ".join((date(1970, 1, 1) + timedelta(days=n)).isoformat() for n in range(count))
    return f"[opening]\nhours = []\nholidays = [{days}]\n"


def axes(count: int) -> str:
    """Derived axes, each of which asks for the one before it."""
    rows = [f"x{n} = [{{ is = 'y', when = {{ x{n - 1} = 'y' }} }}, {{ is = 'z' }}]\n" for n in range(1, count)]
    return FACTS + "[derive]\nx0 = [{ is = 'y', when = { persons = 1 } }, { is = 'z' }]\n" + "".join(rows)


WIDE_SETS = "+".join(f"s{n}" for n in range(20))
BOMBS: dict[str, str] = {
    "20,000 dotted keys": HEAD + "".join(f"x.y{n}.z = 1\n" for n in range(20_000)),
    "a huge file": "#" * 300_000 + "\n",
    "10,000 rules": one("rate = { price = 1 }\nadjust = [" + "{id='x',percent='-1%'}," * 10_000 + "]"),
    "2,000 rates": one("rate = [" + "{when={weekday='sat'},price=1}," * 2_000 + "{price=1}]"),
    "1,001 dated lists": one("rate = { lists = [" + "{from=2026-01-01,price=1}," * 1_001 + "] }", USE),
    "deep nesting": one("rate = { price = 1, when = " + "{not = " * 60 + "{weekday='sat'}" + "}" * 60 + "}"),
    "deep arrays": one("rate = " + "[" * 5_000 + "]" * 5_000),
    "50,000 holidays": one("rate = { price = 1 }", holidays(50_000)),
    "20,000 holidays": one("rate = { price = 1 }", holidays(20_000)),
    "4,000 names alike": one("rate = { price = 1 }\n" + "".join(f"rat{n} = 1\n" for n in range(4_000))),
    "a chain of 300 axes": one("rate = { by = 'x299', y = 1, z = 2 }", axes(300)),
    "10,000 values of an axis": one(
        "rate = { price = 1 }", "[facts]\nroom = [" + ",".join(f"'r{n}'" for n in range(10_000)) + "]\n"
    ),
    "an axis that refers to itself through 50": one(
        "rate = { price = 1 }", axes(50).replace("persons = 1", "x49 = 'y'")
    ),
    "a set of 20 atoms too many": one(
        "rate = { sets = 'tools', columns = ['" + WIDE_SETS + "'], rows = [[1]] }",
        "[facts]\ntools = { set = ['s0', 's1'] }\n",
    ),
    "200 steps": one(
        "rate = { combination = 'cheapest exact', steps = ["
        + "".join(f"{{size={n},price={n}}}," for n in range(101, 301))
        + "] }"
    ),
    "numbers of 100,000 digits": one("rate = { price = " + "9" * 100_000 + " }"),
    "a string of 200,000": one("name = '" + "x" * 200_000 + "'\nrate = { price = 1 }"),
    "a million periods": one("rate = { price = 1 }\nvalid = { lasts = '1000000000 years', ends = 'same day' }"),
    "a key with a NUL": one('"a\\u0000b" = 1\nrate = { price = 1 }'),
    "a product without a name": HEAD + '[product.""]\nrate = { price = 1 }\n',
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_its_budget(name: str) -> None:
    """What is too large, too deep or refers to itself is a problem of the file, within time and memory."""
    found = problems(BOMBS[name])
    assert len(found) >= 1
    assert all(str(problem) and len(str(problem)) < 1_500 for problem in found)


# --- files that are odd, and loaded ----------------------------------------------------------------------------------

ODD_NAMES = (
    "__import__('os').system('true')",
    "{0.__class__}",
    "%s %n",
    "'; DROP TABLE x; --",
    'a "quoted" name',
    "back\\slash",
    "é ü ß 漢字 🏠",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "x" * 200,
)


def tour(tariff: Tariff, product: str, **facts: object) -> list[Quote | InputError]:
    """Questions of several kinds; what is raised is kept."""
    stay = Period(EPOCH, EPOCH + timedelta(hours=5))
    long = Period(EPOCH, EPOCH + timedelta(days=400))
    out: list[Quote | InputError] = []
    for item in (
        lambda: Item(product, stay, facts=facts),
        lambda: Item(product, long, 3, facts=facts),
        lambda: Item(product, day=DAY, count=100_000, facts=facts),
        lambda: Item(product, facts=facts),
    ):
        try:
            order = Order((item(),), "ann", EPOCH, frozenset())
            with budget(memory=False):
                quote = tariff.quote(order, State())
                quote.explain("fr")
                quote.explanation()
                tariff.meters(order)
            out.append(quote)
        except InputError as error:
            out.append(error)
    return out


@pytest.mark.parametrize("name", ODD_NAMES)
def test_names_are_only_names(name: str) -> None:
    """Whatever a product, a rule and an axis are called is text: it is kept as it is, dumped, and said back."""
    import json

    word = json.dumps(name, ensure_ascii=False)
    text = (
        f"{HEAD}[facts]\n{word} = [{word}, 'other']\n[product.{word}]\nname = {word}\n"
        f"rate = {{ by = {word}, {word} = 3, other = 4 }}\nadjust = {{ id = {word}, percent = '-50%' }}\n"
    )
    with budget():
        tariff = Tariff.load(text)
        assert Tariff.load(tariff.dump()) == tariff
    quotes = [quote for quote in tour(tariff, name, **{name: name}) if isinstance(quote, Quote)]
    assert [str(quote.total) for quote in quotes][:2] == ["1.50 EUR", "4.50 EUR"]
    assert all(name in quote.explain("en") for quote in quotes)
    if len(name) < 150:
        assert str(problems(text + f'[product.{word[:-1]}2"]\nrate = {{ prize = 1 }}\n')[0])


CELLS = ", ".join(f"'c{n}'" for n in range(100))
LARGE: dict[str, tuple[str, Callable[[], dict[str, object]]]] = {
    "400 conditions": (
        one(
            "rate = [" + "".join(f"{{when={{persons={n}}},price={n}}}," for n in range(400)) + "{price=7}]",
            FACTS,
        ),
        lambda: {"persons": 5_000},
    ),
    "250 adjustments": (
        one("rate = { price = 100 }\nadjust = [" + "".join(f"{{id='x{n}',percent='-1%'}}," for n in range(250)) + "]"),
        dict,
    ),
    "the best of 200": (
        one(
            "rate = { price = 100 }\nadjust = { together = 'best for customer', rules = ["
            + "".join(f"{{id='x{n}',percent='-1%'}}," for n in range(200))
            + "] }"
        ),
        dict,
    ),
    "steps of one minute over a year": (
        one(
            "rate = { combination = 'cheapest', steps = [{ size = '1min', price = 1 }, { size = '7min', price = 5 }] }"
        ),
        dict,
    ),
    "sets of 16 sessions' worth": (
        one(
            "rate = { sets = 'tools', columns = ["
            + ", ".join(f"'s{n}+s{(n + 1) % 16}'" for n in range(16))
            + ", "
            + ", ".join(f"'s{n}'" for n in range(16))
            + "], rows = [["
            + ", ".join("3" for _ in range(16))
            + ", "
            + ", ".join("2" for _ in range(16))
            + "]] }",
            "[facts]\ntools = { set = [" + ", ".join(f"'s{n}'" for n in range(16)) + "] }\n",
        ),
        lambda: {"tools": tuple(f"s{n}" for n in range(16))},
    ),
    "sets of 20 atoms": (
        one(
            "rate = { sets = 'tools', columns = ["
            + ", ".join(f"'s{n}'" for n in range(20))
            + "], rows = [["
            + ", ".join("2" for _ in range(20))
            + "]] }",
            "[facts]\ntools = { set = [" + ", ".join(f"'s{n}'" for n in range(20)) + "] }\n",
        ),
        lambda: {"tools": tuple(f"s{n}" for n in range(20))},
    ),
    "a grid of 100 by 50": (
        one(
            "rate = { by = ['room', 'cell'], columns = ["
            + CELLS
            + "], rows = ["
            + "".join("['r" + str(n) + "'," + "1," * 100 + "]," for n in range(50))
            + "] }",
            "[facts]\nroom = [" + ", ".join(f"'r{n}'" for n in range(50)) + "]\ncell = [" + CELLS + "]\n",
        ),
        lambda: {"room": "r7", "cell": "c7"},
    ),
    "companions that need each other": (
        HEAD + "[product.a]\nsells = 'membership'\nneeds = { product = 'b', add = true }\nrate = { price = 1 }\n"
        "[product.b]\nsells = 'membership'\nneeds = { product = 'a', add = true }\nrate = { price = 2 }\n",
        dict,
    ),
    "a debt at itself": (
        one("cover = { by = 'c', unit = 'entry' }\nbeyond = { debt_at = 'a' }\nrate = { price = 3 }"),
        dict,
    ),
    "days of a year at bands": (
        one(
            "split = { bands = ['n'], outside = 'd' }\nrate = { price = 1, per = '1h' }",
            "[bands.n]\nclock = '22:00-06:00'\n",
        ),
        dict,
    ),
    "a share of hours that never are": (
        one("measure = { unit = 'half-day', share = '0.5' }\nrate = { price = 3, per = 'half-day' }", HOURS),
        dict,
    ),
    "a chain of 50 axes": (one("rate = { by = 'x49', y = 1, z = 2 }", axes(50)), lambda: {"persons": 1}),
    "prices at the limit": (
        one(f"rate = {{ price = {10**10}, per = 'minute' }}\nadjust = {{ id = 'x', percent = '+1000%' }}"),
        dict,
    ),
    "sums beyond every limit": (
        one(
            f"rate = {{ price = {10**10} }}\nadjust = ["
            + "".join(f"{{id='x{n}',percent='+1000%'}}," for n in range(40))
            + "]"
        ),
        dict,
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_tariff_answers_in_its_budget(name: str) -> None:
    """A large or odd tariff that is allowed is read in its budget, and so is each answer, price or typed refusal."""
    text, given = LARGE[name]
    with budget():
        tariff = Tariff.load(text)
    with budget(memory=False):
        assert Tariff.load(tariff.dump()).version == tariff.version
    found = tour(tariff, "a", **given())
    assert len(found) == 4
    assert any(isinstance(one, Quote) for one in found) or all(
        "amount" in str(one) or "atoms" in str(one) for one in found
    )
