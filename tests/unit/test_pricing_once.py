"""What is due once, for an item that is cut: by ranks into other pieces, by bands of time into parts of one stay."""

from __future__ import annotations

import pytest

from cantinekit.errors import TariffError
from cantinekit.pricing import Tariff

HEAD = 'tariff = { id = "t", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }\n'
RANKED = """
rank = { same = ["person"] }
rate = [{ when = { rank = 1 }, price = 100.00 }, { price = 80.00 }]
"""
BANDS = 'bands.day = { clock = "08:00-18:00" }\n'
CUT = """
split = { bands = ["day"], outside = "evening" }
rate = { by = "band", per = "1h", day = 20.00, evening = 30.00 }
"""


def proves(body: str, examples: str, head: str = HEAD) -> None:
    """The worked examples of a tariff with one product, the hall, come out."""
    defaults = 'defaults = { product = "hall", customer = "anna", day = 2026-06-09 }'
    tariff = Tariff.load(f"{head}{body}\n[examples]\n{defaults}\nlist = [\n{examples}\n]\n")
    results = tariff.check()
    assert results
    assert [f"{result.id}: {result.got}" for result in results if not result.ok] == []
    assert Tariff.load(tariff.dump()) == tariff


def wrong(body: str) -> str:
    with pytest.raises(TariffError) as caught:
        Tariff.load(f"{HEAD}{body}\n")
    return str(caught.value)


# --- ranks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adjust", "one", "two", "three"),
    [
        ("add = 12.00", "112", "192", "272"),
        ('add = 12.00, once_per = "booking"', "112", "192", "272"),
        ('add = 12.00, once_per = "piece"', "112", "204", "296"),
        ('add = 12.00, once_per = "person"', "112", "204", "296"),
        ('add = 12.00, once_per = "day"', "112", "192", "272"),
        ('add = 12.00, once_per = "piece", when = { rank = { from = 2 } }', "100", "192", "284"),
        ("add = 12.00, when = { rank = { from = 2 } }", "100", "192", "272"),
        ("add = -120.00", "0", "60", "140"),
        ("at_least = 150.00", "150", "180", "260"),
        ("at_most = 150.00", "100", "150", "150"),
        ("replace = 150.00", "150", "150", "150"),
        ("round = 50.00", "100", "200", "250"),
        ('percent = "-50%", when = { rank = { from = 2 } }', "100", "140", "180"),
        ("free = true, when = { rank = 1 }", "0", "80", "160"),
        ("add = 12.00, when = { amount = { from = 200.00 } }", "100", "180", "272"),
    ],
)
def test_an_amount_is_due_for_the_item_and_not_for_each_rank(adjust: str, one: str, two: str, three: str) -> None:
    """A rule bears on the item: once for it, or once for each piece, however many prices the ranks have."""
    proves(
        f'[product.hall]{RANKED}adjust = {{ id = "rule", {adjust} }}',
        f'{{ id = "1", gross = {one} }}, {{ id = "2", count = 2, gross = {two} }}, '
        f'{{ id = "3", count = 3, gross = {three} }}',
    )


def test_each_piece_has_its_own_line_of_what_is_due_for_a_piece() -> None:
    """Two items of one and one item of two have the same lines in sum; a later discount of a rank finds its part."""
    proves(
        f'[product.hall]{RANKED}adjust = [{{ id = "licence", add = 10.00, once_per = "piece" }}, '
        '{ id = "from the second", when = { rank = { from = 2 } }, percent = "-50%" }]',
        '{ id = "two items", buy = [{ count = 1 }, { count = 1 }], gross = 155 }, '
        '{ id = "one item", count = 2, gross = 155 }',
    )


@pytest.mark.parametrize(
    ("together", "two"),
    [("first", "175"), ("one of", "175"), ("best for customer", "164"), ("all in order", "150")],
)
def test_a_group_chooses_for_each_rank(together: str, two: str) -> None:
    """Of rules that stand together one is chosen for each rank: the first, or the one that takes most off."""
    proves(
        f'[product.hall]{RANKED}adjust = {{ together = "{together}", rules = ['
        '{ id = "little", add = -5.00, when = { rank = { from = 2 } } }, '
        '{ id = "much", percent = "-20%", when = { rank = { from = 2 } } }, '
        '{ id = "some", add = -10.00, when = { rank = { from = 2 } } }] }',
        f'{{ id = "2", count = 2, gross = {two} }}',
    )


def test_a_group_that_does_not_say_refuses_where_two_rules_hold_for_one_rank() -> None:
    """Rules of different ranks may stand beside one another; two for one rank are unstated."""
    proves(
        f'[product.hall]{RANKED}adjust = {{ together = "unstated", rules = ['
        '{ id = "a", add = -5.00, when = { rank = 1 } }, { id = "b", add = -10.00, when = { rank = { upto = 2 } } }, '
        '{ id = "c", percent = "-50%", when = { rank = { from = 3 } } }] }',
        '{ id = "1", refused = "unstated" }',
    )
    proves(
        f'[product.hall]{RANKED}adjust = {{ together = "unstated", rules = ['
        '{ id = "a", add = -5.00, when = { rank = 1 } }, '
        '{ id = "c", percent = "-50%", when = { rank = { from = 2 } } }] }',
        '{ id = "2", count = 2, gross = 135 }',
    )


def test_a_cover_is_all_or_nothing_for_the_whole_count() -> None:
    """An account with one unit covers neither of two pieces that have different prices, as with one price."""
    for rate in (RANKED, "\nrate = { price = 90.00 }\n"):
        proves(
            f'[product.hall]{rate}cover = {{ by = "card", unit = "entry" }}\nbeyond = "rate"',
            '{ id = "one unit", count = 2, held = [{ account = "card", units = 1 }], units_used = 0, gross = 180 }, '
            '{ id = "two units", count = 2, held = [{ account = "card", units = 2 }], units_used = 2, gross = 0 }',
        )


# --- bands -----------------------------------------------------------------------------------------------------------

ALLOWANCE = 'cover = { id = "a year", free = 1, unit = "hire", same = ["person", "year"] }\nbeyond = "rate"'


def test_one_free_hire_covers_all_parts_of_a_stay() -> None:
    """A stay that is cut at bands is one stay for what covers stays; the next one costs its parts."""
    proves(
        f"{BANDS}[product.hall]{CUT}{ALLOWANCE}",
        '{ id = "both bands", at = ["17:00-19:00"], gross = 0 }, '
        '{ id = "the second", at = ["17:00-19:00", "19:00-20:00"], gross = 30 }, '
        '{ id = "one of two rooms", at = ["17:00-19:00"], count = 2, gross = 50 }',
    )


def test_a_unit_of_an_account_covers_all_parts_of_a_stay() -> None:
    """One unit goes for a stay in two bands, and with ``takes`` two; without enough nothing is used."""
    for takes, held, used, gross in ((1, 1, 1, 0), (2, 2, 2, 0), (2, 1, 0, 50), (1, 0, 0, 50)):
        cover = f'cover = {{ by = "card", unit = "hire", takes = {takes} }}\nbeyond = "rate"'
        proves(
            f"{BANDS}[product.hall]{CUT}{cover}",
            f'{{ id = "a", at = ["17:00-19:00"], held = [{{ account = "card", units = {held} }}], '
            f"units_used = {used}, gross = {gross} }}",
        )


@pytest.mark.parametrize(
    ("at", "count", "held", "partial", "used", "gross"),
    [
        ("17:30-18:30", 1, 1, "false", 1, "0"),
        ("17:30-18:30", 1, 1, "true", 1, "0"),
        ("17:15-18:30", 1, 2, "true", 2, "0"),
        ("17:15-18:30", 1, 1, "false", 0, "30"),
        ("17:15-18:30", 1, 1, "true", 1, "7.50"),
        ("17:30-18:30", 2, 1, "true", 1, "25"),
        ("17:30-18:30", 2, 1, "false", 0, "50"),
        ("17:00-19:00", 2, 3, "true", 3, "30"),
        ("17:00-19:00", 2, 4, "false", 4, "0"),
        ("17:00-19:00", 2, 0, "true", 0, "100"),
    ],
)
def test_begun_hours_of_an_account_are_those_of_the_stay(
    at: str, count: int, held: int, partial: str, used: int, gross: str
) -> None:
    """An hour over the border of two bands is one hour of a carnet; what it does not cover is priced in its band."""
    cover = f'cover = {{ by = "bank", unit = "1h", partial = {partial} }}\nbeyond = "rate"'
    proves(
        f"{BANDS}[product.hall]{CUT}{cover}",
        f'{{ id = "a", at = ["{at}"], count = {count}, held = [{{ account = "bank", units = {held} }}], '
        f"units_used = {used}, gross = {gross} }}",
    )


def test_minutes_cover_the_parts_in_the_order_of_the_bands() -> None:
    """An account of minutes pays for the first parts, and the rest is priced in its own band."""
    proves(
        f'{BANDS}[product.hall]{CUT}cover = {{ by = "bank", unit = "minute", partial = true }}\nbeyond = "rate"',
        '{ id = "90 of 120", at = ["17:00-19:00"], held = [{ account = "bank", units = 90 }], gross = 15 }',
    )


@pytest.mark.parametrize("rates", [
    'rate = { by = "band", per = "1h", day = 20.00, evening = 30.00, flat = 3.00 }',
    'rate = [{ when = { band = "day" }, price = 20.00, per = "1h", flat = 3.00 }, '
    '{ price = 30.00, per = "1h", flat = 3.00 }]',
])  # fmt: skip
def test_a_flat_amount_is_due_once_a_stay(rates: str) -> None:
    """Whether one price or two have it, it is due once for a stay and once for each of several."""
    proves(
        f'{BANDS}[product.hall]\nsplit = {{ bands = ["day"], outside = "evening" }}\n{rates}',
        '{ id = "both bands", at = ["17:00-19:00"], gross = 53 }, '
        '{ id = "one band", at = ["10:00-12:00"], gross = 43 }, '
        '{ id = "two rooms", at = ["17:00-19:00"], count = 2, gross = 106 }',
    )


def test_adjustments_can_ask_for_the_band() -> None:
    """A rule with a band bears on the part in it, and what it adds is due once; others bear on the whole stay."""
    proves(
        f'{BANDS}[product.hall]{CUT}adjust = [{{ id = "by day", when = {{ band = "day" }}, percent = "-50%" }}, '
        '{ id = "guard", when = { band = "evening" }, add = 40.00 }, { id = "cleaning", add = 5.00 }, '
        '{ id = "most", at_most = 100.00 }]',
        '{ id = "both bands", at = ["17:00-19:00"], gross = 85 }, '
        '{ id = "by day", at = ["10:00-12:00"], gross = 25 }, '
        '{ id = "a long evening", at = ["17:00-23:00"], gross = 100 }',
    )


@pytest.mark.parametrize(
    ("bands", "split", "prices"),
    [
        ('day = { clock = "08:00-18:00" }', 'bands = ["day"], outside = "late"', "day = 20.00, late = 30.00"),
        ('late = { clock = "18:00-08:00" }', 'bands = ["late"], outside = "day"', "late = 30.00, day = 20.00"),
    ],
)
def test_the_whole_stay_is_rounded_where_it_ends(bands: str, split: str, prices: str) -> None:
    """With "whole" the minimum is of the stay; what is added or too much is of the part in which it ends."""
    proves(
        f'bands.{bands}\n[product.hall]\nsplit = {{ {split}, round = "whole" }}\n'
        'measure = { unit = "minute", minimum = "2h", step = "30min", at_most = "4h" }\n'
        f'rate = {{ by = "band", per = "1h", {prices} }}',
        '{ id = "three hours are more than two", at = ["17:00-20:00"], gross = 80 }, '
        '{ id = "one hour is two", at = ["17:30-18:30"], gross = 55 }, '
        '{ id = "ends by day", at = ["07:30-08:15"], gross = 45 }, '
        '{ id = "at most four: all of the evening is above", at = ["12:00-23:00"], gross = 80 }',
    )


def test_each_part_is_rounded_where_the_list_says_so() -> None:
    """With "each part" every part has the minimum and the step by itself."""
    proves(
        f'{BANDS}[product.hall]\nsplit = {{ bands = ["day"], outside = "evening", round = "each part" }}\n'
        'measure = { unit = "minute", step = "30min" }\n'
        'rate = { by = "band", per = "1h", day = 25.00, evening = 35.00 }',
        '{ id = "20 minutes and 2h10", at = ["17:40-20:10"], gross = 100 }',
    )


@pytest.mark.parametrize("key", ['minimum = "2h"', 'step = "30min"', 'at_most = "7h"'])
def test_a_cut_stay_says_what_is_rounded(key: str) -> None:
    """Of the whole stay or of each part? A list that does not say it is not loaded, and the message has both."""
    message = wrong(f'{BANDS}[product.hall]{CUT}measure = {{ unit = "minute", {key} }}')
    assert "round = 'whole'" in message
    assert "round = 'each part'" in message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('measure = { unit = "block", every = "1h" }\nrate = { price = 1.00, per = "block" }', "'every': of the whole"),
        ('rate = { price = 1.00, per = "1h", started = true }', "'started': of the whole"),
        ('rate = { upto = [{ price = 1.00, per = "1h", started = true }] }', "'started': of the whole"),
        ('rate = { price = 1.00, per = "1h", first = "1h" }', "of which part is it the first?"),
        ('rate = { price = 1.00, per = "1h", first = "1h", first_price = 3.00 }', "of which part is it the first?"),
        ('rate = [{ when = { band = "day" }, price = 1, flat = 2 }, { price = 1, flat = 3 }]', "one amount in"),
        ('rate = { price = 1.00, per = "1h" }\nrank = { same = ["person"] }', "'split' and 'rank'"),
        ('rate = { price = 1.00, per = "1h" }\neligible = { id = "e", when = { band = "day" }, refuse = "not_at" }',
         "only 'cover', 'rate' and 'adjust'"),
    ],
)  # fmt: skip
def test_what_a_cut_leaves_open_is_not_loaded(body: str, said: str) -> None:
    """What would have two meanings for a stay that is cut, or none, is refused with the file."""
    assert said in wrong(f'{BANDS}[product.hall]\nsplit = {{ bands = ["day"], outside = "evening" }}\n{body}')


@pytest.mark.parametrize(
    ("measure", "per"), [('unit = "block", every = "1h"', "block"), ('unit = "day", days = true', "day")]
)
def test_units_cannot_be_divided_among_the_parts(measure: str, per: str) -> None:
    """The whole can be rounded in minutes only; a begun hour over a border belongs to no band."""
    split = 'split = { bands = ["day"], outside = "evening", round = "whole" }'
    body = f'{split}\nmeasure = {{ {measure} }}\nrate = {{ price = 1.00, per = "{per}" }}'
    assert "cannot be divided among the parts" in wrong(f"{BANDS}[product.hall]\n{body}")
    started = f'{split}\nrate = {{ price = 1.00, per = "1h", started = true }}'
    assert "measure = { unit = 'minute', step }" in wrong(f"{BANDS}[product.hall]\n{started}")


# --- what is added to what is covered --------------------------------------------------------------------------------

HIRE = "[product.hall]\nrate = { price = 70.00 }\n"
ACCOUNT = 'cover = { by = "card", unit = "hire" }\nbeyond = "rate"'
HELD = 'held = [{ account = "card", units = 1 }]'


def held(cover: str) -> str:
    """What the customer has where an account covers; an allowance needs nothing."""
    return f"{HELD}, " if cover == ACCOUNT else ""


@pytest.mark.parametrize("cover", [ALLOWANCE, ACCOUNT])
@pytest.mark.parametrize(("said", "due"), [("", 0), ('"not due"', 0), ('"due"', 50)])
def test_the_list_says_what_is_due_beside_what_is_covered(cover: str, said: str, due: int) -> None:
    """Heating stays due although the hire is free, an evening is covered with the rest: it is said, and shown."""
    key = f", when_covered = {said}" if said else ""
    rule = f'adjust = {{ id = "heating", when = {{ season = ["10-01", "04-30"] }}, add = 50.00{key} }}'
    proves(
        f"{HIRE}{cover}\n{rule}",
        f'{{ id = "covered", day = 2026-01-15, {held(cover)}gross = {due} }}, '
        f'{{ id = "covered in June", {held(cover)}gross = 0 }}, '
        f'{{ id = "three, of which one may be covered", day = 2026-01-15, count = 3, gross = '
        f"{190 if cover == ALLOWANCE else 260} }}",
    )


def test_what_stays_due_has_the_tax_and_the_basis_of_the_product() -> None:
    """The line of the supplement stands alone: with the class, the kind and the tags of what is covered."""
    head = HEAD.replace('"incl"', '"excl", tax = "reduced"') + (
        'tax.reduced = { kind = "standard", rates = [{ from = 2014-01-01, rate = "10%" }] }\n'
        'tax.standard.rates = [{ from = 2014-01-01, rate = "20%" }]\n'
    )
    body = (
        f'[product.hall]\nrate = {{ price = 70.00 }}\ntax = "standard"\ntags = "rooms"\n{ACCOUNT}\n'
        'adjust = [{ id = "heating", add = 50.00, when_covered = "due" }, { id = "members", percent = "-10%" }]'
    )
    proves(body, f'{{ id = "covered", {HELD}, net = 45, tax = 9, gross = 54 }}', head)
    with_order = f'{body}\n[order]\nadjust = {{ id = "rooms", on = "rooms", percent = "-50%" }}'
    proves(with_order, f'{{ id = "covered", {HELD}, net = 22.50, gross = 27 }}', head)


@pytest.mark.parametrize(
    ("rule", "covered", "paid"),
    [
        ("add = 5.00", 50, 125),
        ('add = 5.00, when_covered = "not due"', 50, 125),
        ('add = 5.00, when_covered = "due"', 55, 125),
        ("at_least = 150.00", 50, 150),
        ("replace = 150.00", 50, 150),
        ("add = -5.00", 45, 115),
        ('percent = "-10%"', 45, 108),
        ("at_most = 20.00", 20, 20),
        ("free = true", 0, 0),
    ],
)
@pytest.mark.parametrize("cover", [ALLOWANCE, ACCOUNT])
def test_what_stays_due_makes_nothing_else_due(cover: str, rule: str, covered: int, paid: int) -> None:
    """A minimum, or a supplement that is covered with the rest, is not due because heating is; discounts bear on it."""
    other = '{ id = "heating", add = 50.00, when_covered = "due" }'
    proves(
        f'{HIRE}{cover}\nadjust = [{other}, {{ id = "rule", {rule} }}]',
        f'{{ id = "covered", {held(cover)}gross = {covered} }}, '
        f'{{ id = "paid", count = {2 if cover == ALLOWANCE else 1}, gross = {paid} }}',
    )


def test_what_stays_due_is_counted_like_the_rest() -> None:
    """Once a booking, or once for each piece, whether it is covered or not."""
    for once, gross in (("booking", "15"), ("piece", "30")):
        rule = f'adjust = {{ id = "heating", add = 15.00, once_per = "{once}", when_covered = "due" }}'
        proves(
            f"{HIRE}{ACCOUNT}\n{rule}",
            f'{{ id = "two", count = 2, held = [{{ account = "card", units = 2 }}], gross = {gross} }}',
        )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (HIRE + 'adjust = { id = "a", add = 1.00, when_covered = "due" }', "is for a product with 'cover'"),
        (HIRE + ACCOUNT + '\nadjust = { id = "a", percent = "5%", when_covered = "due" }', "goes with 'add'"),
        (HIRE + ACCOUNT + '\nadjust = { id = "a", add = -1.00, when_covered = "due" }', "nothing can be taken off"),
        (HIRE + ACCOUNT + '\nadjust = { id = "a", add = 1, on = "hall", when_covered = "due" }', "'on' could name"),
        (
            HIRE + ACCOUNT + '\nadjust = { id = "a", add = 1.00, when_covered = "yes" }',
            "is not one of 'due', 'not due'",
        ),
        (HIRE + '[order]\nadjust = { id = "a", add = 1.00, when_covered = "due" }', "an order is not covered"),
        (HIRE + '[coupon.A]\nadd = 1.00\nwhen_covered = "due"', "a coupon bears on what there is to pay"),
    ],
)
def test_when_covered_stands_only_where_it_means_something(body: str, said: str) -> None:
    """Beside a rule, a product or a section in which nothing is covered it is refused."""
    assert said in wrong(body)
