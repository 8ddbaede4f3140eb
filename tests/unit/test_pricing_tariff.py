"""A tariff as a value: loading, version, dump, what it shows, and what its import drags in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cantinekit.pricing
from cantinekit.errors import TariffError
from cantinekit.money import Money
from cantinekit.pricing import Item, Tariff

TEXT = """
[tariff]
id = "la-place"
name = "La Place"
currency = "EUR"
timezone = "Europe/Paris"
rounding = "half_even"
prices = "incl"
price_date = "purchase"
tax = "standard"

[facts]
category = ["visitor", "member"]
night = "yes/no"
persons = "number"

[tax.standard]
rates = [{ from = 2014-01-01, rate = "20%" }, { from = 2027-01-01, rate = "5.5%" }]

[tax."not subject"]
mention = "TVA non applicable"

[product.desk]
name = "Poste de travail"
measure = { unit = "minute", step = "30min", minimum = "1h", at_most = "7h30" }
rate = [
  { id = "night", when = { night = true }, price = 2.00, per = "1h", started = true },
  { price = 4.00, per = "1h" },
]
cover = [{ by = "carnet", unit = "1h", partial = true }]
beyond = "rate"
adjust = [
  { id = "day", at_most = 20.00, same = ["person", "day", "category"] },
  { id = "never", when = [{ category = "visitor", not = { weekday = ["mon"] } }], refuse = "not_for", why = "closed" },
]

[product.carnet]
optional = true
sells = "grant"
grant = { units = 10, unit = "1h" }
price_date = "use"
tax = "not subject"
rate = { lists = [{ from = 2025-01-01, price = 30 }, { from = 2026-01-01, price = 32.50 }] }

[product.hall]
rate = { by = "category", visitor = 100, member = 80.00 }

[product.room]
rate = { by = ["category"], columns = ["member"], rows = [[12]] }

[product.visit]
rate = { upto = [{ upto = "4h30", price = 7 }, { price = 10 }] }

[product.party]
rate = { refuse = "between", low = 100, high = 300, why = "ask us" }

[examples]
defaults = { category = "member", customer = "per_1" }
list = [
  { id = "one", product = "visit", day = 2026-11-24, at = ["09:00-13:30", "14:00-24:00"], gross = 17.00 },
  { id = "two", day = 2026-11-24, buy = [{ product = "room" }, { product = "hall", count = 2 }], gross = 172.00 },
  { id = "three", product = "desk", night = false, day = 2026-11-24, at = ["09:00-10:00"], held = [{ account = "carnet", units = 1, expires = 2026-12-01 }], units_used = 1, gross = 0 },
  { id = "four", product = "party", refused = "between" },
  { id = "five", product = "carnet", day = 2025-06-01, as_of = 2026-06-01, gross = 30.00 },
]
"""  # noqa: E501


def test_a_tariff_shows_its_content() -> None:
    """The head, the products, the facts and the taxes are there to be read."""
    tariff = Tariff.load(TEXT)
    assert (tariff.id, tariff.name, tariff.currency, tariff.zone) == ("la-place", "La Place", "EUR", "Europe/Paris")
    assert tariff.source == TEXT
    assert sorted(tariff.products) == ["carnet", "desk", "hall", "party", "room", "visit"]
    assert tariff.products["desk"].name == "Poste de travail"
    assert tariff.products["hall"].name == "hall"
    assert tariff.facts == {"category": ("visitor", "member"), "night": "yes/no", "persons": "number"}
    assert sorted(tariff.taxes) == ["not subject", "standard"]
    assert [example.id for example in tariff.examples] == ["one", "two", "three", "four", "five"]
    assert repr(tariff).startswith("Tariff(version='sha256-")


def test_the_examples_of_a_tariff_hold() -> None:
    """Each worked example is asked through the same door as any question."""
    results = Tariff.load(TEXT).check()
    assert [(r.id, r.ok, r.got) for r in results] == [
        ("one", True, "gross 17.00 EUR"),
        ("two", True, "gross 172.00 EUR"),
        ("three", True, "gross 0.00 EUR, units_used 1"),
        ("four", True, "refused between"),
        ("five", True, "gross 30.00 EUR"),
    ]
    assert all(result.why == "" for result in results)


def test_load_undoes_dump() -> None:
    """The dump is TOML that loads to an equal tariff, and dumps to itself."""
    tariff = Tariff.load(TEXT)
    dump = tariff.dump()
    again = Tariff.load(dump)
    assert again == tariff
    assert again.version == tariff.version
    assert again.dump() == dump
    assert again.source == dump != tariff.source
    assert [r.ok for r in again.check()] == [True] * 5


def test_strings_survive_the_dump() -> None:
    """Quotes, backslashes, emoji, accents and keys that need quotes are written so that they are read back."""
    name = 'a "quoted" \\ back\\\\slash, l’été 🪑 \\u0041 #'
    text = f"""[tariff]
id = "t"
name = '{name}'
currency = "EUR"
timezone = "UTC"
[facts]
"a b" = ["x.y", "c=d", "[e]"]
[product."ten \\"half\\" days"]
rate = {{ by = "a b", "x.y" = 1, "[e]" = 2 }}
"""
    tariff = Tariff.load(text)
    assert tariff.name == name
    assert Tariff.load(tariff.dump()) == tariff
    assert tariff.quote(Item('ten "half" days', facts={"a b": "[e]"})).total == Money(200, "EUR")


SAME = [
    TEXT.replace("\n", "\n# a comment\n"),
    TEXT.replace("\n", "\r\n"),
    TEXT.replace(" = ", "="),
    TEXT.replace('id = "la-place"\nname = "La Place"', 'name = "La Place"\nid = "la-place"'),
    TEXT.replace("price = 7 }", "price = 7.00 }"),
    TEXT.replace('{ by = "category", visitor = 100, member = 80.00 }',
                 '{ member = 80, visitor = 100.0, by = ["category"] }'),
    TEXT.replace('rows = [[12]]', 'rows = [\n[12.00],\n]'),
    TEXT.replace('"7h30"', '"450min"'),
    TEXT.replace('{ price = 4.00, per = "1h" }', '{ per = "60min", started = false, price = 4 }'),
    TEXT.replace('beyond = "rate"\n', "").replace('partial = true }', 'partial = true, beyond = "rate" }'),
    TEXT.replace('{ night = true }', '[{ night = true }]'),
    TEXT.replace('["person", "day", "category"]', '["day", "category", "person"]'),
    TEXT.replace("[product.visit]\nrate = { upto", "[[product.visit.rate]]\nupto").replace("= 10 }] }", "= 10 }]"),
    TEXT.replace('"20%"', '"20.0 %"'),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SAME)))
def test_spelling_does_not_change_the_version(number: int) -> None:
    """Comments, layout, order of keys, and the two spellings of a thing are one content."""
    assert SAME[number] != TEXT
    assert Tariff.load(SAME[number]).version == Tariff.load(TEXT).version


OTHER = [
    ('"la-place"', '"la-place-2"'),
    ("La Place", "La Place 2"),
    ('"Europe/Paris"', '"Europe/Brussels"'),
    ("half_even", "half_up"),
    ('prices = "incl"\n', ""),
    ('price_date = "purchase"', 'price_date = "use"'),
    ('["visitor", "member"]', '["visitor", "member", "student"]'),
    ('persons = "number"', 'heads = "number"'),
    ('rate = "20%"', 'rate = "19.6%"'),
    ("2014-01-01", "2014-01-02"),
    ("TVA non applicable", "TVA non applicable ici"),
    ("Poste de travail", "Bureau"),
    ('step = "30min"', 'step = "15min"'),
    ('minimum = "1h"', 'minimum = "2h"'),
    ('at_most = "7h30"', 'at_most = "7h"'),
    ('id = "night"', 'id = "nights"'),
    ("night = true }", "night = false }"),
    ("price = 2.00", "price = 2.01"),
    (', per = "1h", started = true', ', per = "1h"'),
    ('by = "carnet"', 'by = "tickets"'),
    (", partial = true", ""),
    ('beyond = "rate"', 'beyond = "refuse"'),
    ("at_most = 20.00", "at_most = 20.01"),
    ('["person", "day", "category"]', '["person", "week", "category"]'),
    ('["person", "day", "category"]', '["person", "day"]'),
    ('weekday = ["mon"]', 'weekday = ["tue"]'),
    ('refuse = "not_for"', 'refuse = "not_at"'),
    ('why = "closed"', 'why = "shut"'),
    ("optional = true\n", ""),
    ("units = 10", "units = 12"),
    ('grant = { units = 10, unit = "1h" }', 'grant = { units = 10, unit = "entry" }'),
    ('tax = "not subject"', 'tax = "unknown"'),
    ("from = 2026-01-01", "from = 2026-01-02"),
    ("price = 32.50", "price = 32.05"),
    ("visitor = 100", "visitor = 101"),
    ("[[12]]", '[["-"]]'),
    ('upto = "4h30"', 'upto = "4h31"'),
    ("high = 300", "high = 301"),
    ("gross = 17.00", "gross = 18.00"),
    ("expires = 2026-12-01", "expires = 2026-12-02"),
    ('customer = "per_1"', 'customer = "per_2"'),
    ('"09:00-13:30"', '"09:00-13:29"'),
]


@pytest.mark.parametrize(("old", "new"), OTHER)
def test_every_value_is_in_the_version(old: str, new: str) -> None:
    """Whatever value is changed, the version is another, and the tariff is not equal."""
    assert TEXT.count(old) >= 1
    changed = Tariff.load(TEXT.replace(old, new, 1))
    assert changed.version != Tariff.load(TEXT).version
    assert changed != Tariff.load(TEXT)
    assert Tariff.load(changed.dump()) == changed


def test_a_version_is_a_content_hash() -> None:
    """ "sha256-" and 64 hexadecimal digits, the same in every process."""
    version = Tariff.load(TEXT).version
    prefix, _, digits = version.partition("-")
    assert (prefix, len(digits)) == ("sha256", 64)
    assert set(digits) <= set("0123456789abcdef")
    script = "import sys; from cantinekit.pricing import Tariff; print(Tariff.load(sys.stdin.read()).version)"
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=TEXT,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        )
        assert done.stdout.strip() == version


def test_a_tariff_is_loaded_from_a_path_or_from_text(tmp_path: Path) -> None:
    """A path, the text of a path, and TOML text with a line break; a byte order mark does not count."""
    path = tmp_path / "t.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert Tariff.load(path) == Tariff.load(str(path)) == Tariff.load(TEXT)
    with pytest.raises(TariffError, match="cannot be read"):
        Tariff.load("[tariff]")


def test_an_example_that_does_not_hold_says_why() -> None:
    """The result has what was expected, what came out, and the explanation."""
    wrong = TEXT.replace("gross = 17.00", "gross = 18.00").replace('refused = "between"', "gross = 200")
    results = {result.id: result for result in Tariff.load(wrong).check()}
    one, four = results["one"], results["four"]
    assert (one.ok, one.expected, one.got) == (False, "gross 18.00 EUR", "gross 17.00 EUR")
    assert "Total: 17.00 EUR" in one.why
    assert (four.ok, four.expected, four.got) == (False, "gross 200.00 EUR", "refused between")
    refused = TEXT.replace("gross = 17.00", 'refused = "expired"')
    (found,) = (r for r in Tariff.load(refused).check() if r.id == "one")
    assert (found.ok, found.expected, found.got) == (False, "refused expired", "gross 17.00 EUR")
    units = TEXT.replace("units_used = 1, gross = 0", "units_used = 2")
    (found,) = (r for r in Tariff.load(units).check() if r.id == "three")
    assert (found.ok, found.got) == (False, "units_used 1")


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ('{ product = "desk", gross = 1 }', "examples.list[0]", "'id' is needed"),
        ('{ id = "a", gross = 1 }', "examples.list[0]", "'product' is needed"),
        ('{ id = "a", product = "dsk", gross = 1 }', "examples.list[0].product", "no product 'dsk'"),
        ('{ id = "a", product = "desk" }', "examples.list[0]", "names what it expects"),
        ('{ id = "a", product = "desk", gross = 1, refused = "from" }', "examples.list[0].refused", "either"),
        ('{ id = "a", product = "desk", net = 1, refused = "from" }', "examples.list[0].refused", "either"),
        ('{ id = "a", product = "desk", refused = "no" }', "examples.list[0].refused", "is not one of"),
        ('{ id = "a", product = "desk", gross = 1, at = ["9-10"] }', "examples.list[0].at", "'at' needs 'day'"),
        (
            '{ id = "a", product = "desk", gross = 1, day = 2026-01-01, at = ["9-10"] }',
            "examples.list[0].at",
            "stretch of the clock",
        ),
        (
            '{ id = "a", product = "desk", gross = 1, day = 2026-01-01, at = ["09:00-24:30"] }',
            "examples.list[0].at",
            "stretch of the clock",
        ),
        (
            '{ id = "a", product = "desk", gross = 1, day = 2026-01-01, at = ["10:00-10:00"] }',
            "examples.list[0].at",
            "stretch of the clock",
        ),
        ('{ id = "a", product = "desk", gross = 1, day = 1066-10-14 }', "examples.list[0].day", "out of range"),
        ('{ id = "a", product = "desk", gross = 1, count = 0 }', "examples.list[0].count", "whole number"),
        ('{ id = "a", product = "desk", gross = 1, night = "no" }', "examples.list[0].night", "not a value"),
        ('{ id = "a", product = "desk", gross = 1, category = "x" }', "examples.list[0].category", "not a value"),
        ('{ id = "a", product = "desk", gross = 1, mood = "x" }', "examples.list[0].mood", "unknown key"),
        (
            '{ id = "a", buy = [{ product = "desk", gross = 1 }], gross = 1 }',
            "examples.list[0].buy[0].gross",
            "unknown",
        ),
        (
            '{ id = "a", buy = [{ product = "desk" }], product = "hall", gross = 1 }',
            "examples.list[0].product",
            "unknown",
        ),
        ('{ id = "a", product = "desk", gross = 1, held = [{ units = 1 }] }', "examples.list[0].held[0]", "'account'"),
    ],
)
def test_a_wrong_example_is_a_problem_of_the_file(entry: str, path: str, message: str) -> None:
    """Examples are checked as strictly as prices."""
    text = TEXT[: TEXT.index("[examples]")] + f"[examples]\nlist = [{entry}]\n"
    with pytest.raises(TariffError) as caught:
        Tariff.load(text)
    assert [problem.path for problem in caught.value.problems] == [path], str(caught.value)
    assert message in caught.value.problems[0].message


def test_an_example_may_name_several_results() -> None:
    """Net and gross are two results of one question, and each has to be right."""
    head = TEXT[: TEXT.index("[examples]")]
    entry = '{ id = "a", product = "hall", category = "visitor", day = 2026-11-24, net = 83.33, gross = 100.00 }'
    (result,) = Tariff.load(f"{head}[examples]\nlist = [{entry}]\n").check()
    assert (result.ok, result.got) == (True, "gross 100.00 EUR, net 83.33 EUR")
    (result,) = Tariff.load(f"{head}[examples]\nlist = [{entry.replace('83.33', '83.34')}]\n").check()
    assert (result.ok, result.got) == (False, "gross 100.00 EUR, net 83.33 EUR")


def test_a_stay_in_an_example_may_go_over_midnight() -> None:
    """A stretch that ends before it begins ends on the next day."""
    head = TEXT[: TEXT.index("[examples]")]
    asked = 'product = "desk", category = "member", night = true, day = 2026-11-24, at = ["22:00-02:00"]'
    (result,) = Tariff.load(f'{head}[examples]\nlist = [{{ id = "a", {asked}, gross = 8.00 }}]\n').check()
    assert (result.ok, result.got) == (True, "gross 8.00 EUR")


def test_what_stands_beside_a_basket_holds_for_each_of_its_items() -> None:
    """A fact beside `buy` need not be repeated in it; an item that says something else is right."""
    head = TEXT[: TEXT.index("[examples]")]
    entry = (
        'day = 2026-11-24, category = "member", '
        'buy = [{ product = "room" }, { product = "hall", category = "visitor" }], gross = 112.00'
    )
    (result,) = Tariff.load(f'{head}[examples]\nlist = [{{ id = "a", {entry} }}]\n').check()
    assert result.ok, result.why


def test_every_tariff_in_the_tests_holds() -> None:
    """Each file beside the tests loads, dumps, and answers all of its examples; each case has its own example."""
    folder = Path(__file__).parent.parent / "tariffs"
    files = sorted(folder.glob("*.toml"))
    assert files
    for file in files:
        tariff = Tariff.load(file)
        assert tariff.id == file.stem
        results = tariff.check()
        assert results
        assert [(r.id, r.got) for r in results if not r.ok] == []
        assert Tariff.load(tariff.dump()) == tariff


@pytest.mark.parametrize("case", ["T031", "T032"])
def test_the_cases_of_the_network_of_2013_hold(case: str) -> None:
    """A half-day is 7.00, two days and a half-day are 27.00."""
    tariff = Tariff.load(Path(__file__).parent.parent / "tariffs" / "cantines-reseau-2013.toml")
    (result,) = (r for r in tariff.check() if r.id == case)
    assert result.ok
    assert result.got == {"T031": "gross 7.00 EUR", "T032": "gross 27.00 EUR"}[case]


def test_the_engine_can_be_embedded_alone() -> None:
    """Importing it and pricing with it loads no plug-in system, no calendar library and no other room."""
    script = (
        "import sys\nimport cantinekit.pricing\n"
        "for name in cantinekit.pricing.__all__:\n    getattr(cantinekit.pricing, name)\n"
        "loaded = {m.split('.')[0] for m in sys.modules} | {m for m in sys.modules if m.startswith('cantinekit.')}\n"
        "bad = {'pluggy', 'icalendar', 'dateutil', 'cantinekit.scheduling', 'cantinekit.plugins.ports',\n"
        "       'cantinekit.plugins.hookspecs', 'cantinekit.domain', 'cantinekit.runtime.codec', 'cantinekit.events', 'sqlite3'}\n"
        "print(sorted(bad & loaded))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_sorted_and_there() -> None:
    """`__all__` is complete and in order."""
    names = cantinekit.pricing.__all__
    assert sorted(names, key=lambda name: (not name.isupper(), name)) == names
    assert all(hasattr(cantinekit.pricing, name) for name in names)
