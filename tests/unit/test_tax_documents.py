"""The tax of documents: known cases, policies, the five things that are not a rate, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest

from cantinekit.errors import InputError
from cantinekit.money import Money
from cantinekit.pricing.tax import (
    Mention,
    TaxedLine,
    TaxError,
    TaxGroup,
    Treatment,
    UnreachableError,
    Untaxed,
    apart,
    reachable,
    tax_document,
    unreachable_prices,
)
from cantinekit.pricing.tax._extract import Extracted, extract
from support.tariffs.tax import (
    DUE_BY_BUYER,
    EXEMPT,
    FRANCHISE,
    FREE,
    HELD,
    LOW,
    MEMBERS,
    NORMAL,
    OUTSIDE,
    REDUCED,
    REVERSE,
    T10,
    T20,
    T21,
    T55,
    UNKNOWN,
    ZERO,
    excl,
    incl,
)
from support.tariffs.tax_rules import check_document


def document(*lines, mode="half_up", unreachable="residual"):
    """A document that was checked."""
    doc = tax_document(lines, mode=mode, unreachable=unreachable)
    assert check_document(doc, lines) == ()
    return doc


@pytest.mark.parametrize(
    ("rate", "share"),
    [(T20, Fraction(1, 6)), (T10, Fraction(1, 11)), (T55, Fraction(11, 211)), (T21, Fraction(21, 1021))],
)
def test_the_share_of_unreachable_prices(rate, share):
    """Of all inclusive prices 16.7 % have no net at 20 %, 9.1 % at 10 %, 5.2 % at 5.5 % and 2.1 % at 2.1 %."""
    prices = range(1, share.denominator * 40 + 1)
    assert Fraction(len(unreachable_prices(prices, rate, "half_up")), len(prices)) == share


def test_prices_that_a_list_should_not_print():
    """At 20 % no price in tens of cents is unreachable; at 10 % it hits whole euros: 5, 16, 27, 38, 49."""
    assert unreachable_prices(range(0, 100_000, 10), T20, "half_up") == ()
    assert unreachable_prices(range(0, 5_000, 100), T10, "half_up") == (500, 1600, 2700, 3800, 4900)
    assert not reachable(9999, T20, "half_up")
    assert reachable(10000, T20, "half_up")
    assert reachable(-10000, T20, "half_up")
    assert not reachable(-9999, T20, "half_up")


@pytest.mark.parametrize(
    ("gross", "tax", "net"),
    [(1000, NORMAL, 833), (600, REDUCED, 545), (2900, NORMAL, 2417), (1000, LOW, 948), (0, NORMAL, 0)],
)
def test_net_amounts_of_printed_prices(gross, tax, net):
    """10.00 with 20 % is 8.33 without; 6.00 with 10 % is 5.45 without."""
    doc = document(incl(gross, tax))
    assert (doc.net, doc.tax, doc.gross, doc.residual) == (net, gross - net, gross, 0)


def test_an_unreachable_price_stays_what_was_shown():
    """99.99 with 20 %: 83.33 and 16.67 are due by law, and the cent between is carried as the rounding amount."""
    doc = document(incl(9999))
    assert (doc.net, doc.tax, doc.total, doc.residual, doc.gross) == (8333, 1667, 10000, -1, 9999)
    assert doc.groups == (TaxGroup("S", T20, 8333, 1667, 9999, -1),)


def test_the_tax_may_take_the_cent():
    """The other policy keeps net and gross, lets the tax be the difference, and flags it."""
    doc = document(incl(9999), unreachable="adjust tax")
    assert (doc.net, doc.tax, doc.residual, doc.gross) == (8333, 1666, 0, 9999)
    assert doc.groups[0].adjusted


def test_or_the_document_is_refused():
    """The third policy refuses, and says which sum cannot be."""
    with pytest.raises(UnreachableError, match=r"no net amount plus 20 % \(S\) gives 9999 minor units") as caught:
        document(incl(9999), unreachable="refuse")
    assert (caught.value.category, caught.value.rate, caught.value.gross) == ("S", T20, 9999)
    assert document(incl(10000), unreachable="refuse").net == 8333


def test_two_unreachable_prices_may_sum_to_a_reachable_one():
    """Only the sum of a rate counts: two lines of 99.99 have an exact net, and nobody needs a residual."""
    doc = document(incl(9999, id="a"), incl(9999, id="b"), unreachable="refuse")
    assert (doc.net, doc.tax) == (16665, 3333)
    assert doc.line_nets == (8333, 8332)


def test_many_small_lines_stay_at_the_displayed_total():
    """60 lines of 0.99 at 20 % and one at 10 %, displayed as 62.90, cost 62.90; taxed line by line they would not."""
    lines = [incl(99, id=str(i)) for i in range(60)] + [incl(350, REDUCED, id="soup")]
    doc = document(*lines, unreachable="refuse")
    assert (doc.gross, doc.residual) == (6290, 0)
    assert doc.groups == (TaxGroup("S", T10, 318, 32, 350), TaxGroup("S", T20, 4950, 990, 5940))
    per_line = sum(tax_document([line], mode="half_up", unreachable="residual").net for line in lines[:60])
    assert per_line + Money(per_line, "EUR").times(T20, "half_up").amount != 5940


def test_exclusive_lines_are_taxed_on_their_sum():
    """Three lines of 0.02 at 20 % bear 0.01 together, though each alone would bear nothing."""
    doc = document(*(excl(2, id=str(i)) for i in range(3)))
    assert (doc.net, doc.tax, doc.gross) == (6, 1, 7)
    assert document(excl(2)).tax == 0


def test_a_group_of_both_bases_keeps_the_rule_of_the_whole():
    """Inclusive and exclusive lines at one rate: exclusive nets stay, the tax is the share of all."""
    doc = document(incl(1000), excl(1001))
    (group,) = doc.groups
    assert group.gross == 1000 + 1001 + 200
    assert (group.net, group.tax, group.residual) == (1834, 367, 0)
    assert doc.line_nets == (833, 1001)


def test_a_group_of_both_bases_may_have_a_residual():
    """Where the sum of both has no net, the difference is carried; the exclusive line still keeps its amount."""
    doc = document(incl(1), excl(2))
    assert doc.gross == 3
    assert abs(doc.residual) == 1
    assert doc.line_nets[1] == 2


def test_the_rounding_mode_decides_ties():
    """At 20 % one price in six has half a cent in its net: 0.15 gives 0.13 half up, and 0.12 half to even."""
    assert document(incl(15)).line_nets == (13,)
    assert document(incl(15), mode="half_even").line_nets == (12,)
    assert document(excl(25, REDUCED)).tax == 3
    assert document(excl(25, REDUCED), mode="half_even").tax == 2
    assert document(excl(21, REDUCED), mode="up").tax == 3
    assert document(excl(29, REDUCED), mode="down").tax == 2


def test_currencies_without_and_with_three_decimals():
    """Amounts are minor units: 1100 yen with 10 % are 1000, and 10.000 dinars with 19 % are 8.403."""
    yen = document(incl(1100, REDUCED))
    assert (Money(yen.net, "JPY").format(), Money(yen.tax, "JPY").format()) == ("1000", "100")
    dinar = document(incl(10_000, Treatment("standard", "S", Fraction(19, 100))))
    assert (Money(dinar.net, "TND").format(), Money(dinar.tax, "TND").format()) == ("8.403", "1.597")
    assert Money(dinar.gross, "TND").format() == "10.000"


def test_line_nets_go_to_the_largest_remainder_and_ties_to_the_first():
    """Three equal lines that share a net of 250 get 84, 83, 83."""
    assert document(*(incl(100, id=str(i)) for i in range(3))).line_nets == (84, 83, 83)
    assert document(incl(1, id="a"), incl(299, id="b")).line_nets == (1, 249)


def test_zero_rate_is_a_group():
    """0 % is a rate: it has a group, a category of its own and no mention."""
    doc = document(incl(500, ZERO))
    assert doc.groups == (TaxGroup("Z", Fraction(0), 500, 0, 500),)
    assert doc.mentions == ()


def test_exempt_is_a_group_with_a_reason():
    """Exempt has a group of category E without tax, and says why."""
    doc = document(incl(500, EXEMPT))
    assert doc.groups == (TaxGroup("E", Fraction(0), 500, 0, 500, mentions=(MEMBERS,)),)
    assert (doc.net, doc.tax, doc.gross) == (500, 0, 500)


@pytest.mark.parametrize("line", [incl, excl])
def test_not_subject_is_no_group_but_a_mention(line):
    """Who is not subject to the tax shows none: no group at all, the price is the price, and the mention is there."""
    doc = document(line(500, FREE))
    assert doc.groups == ()
    assert doc.untaxed == (Untaxed("E", 500, (FRANCHISE,)),)
    assert (doc.net, doc.tax, doc.gross, doc.mentions) == (500, 0, 500, (FRANCHISE,))
    assert not doc.tax_unknown


def test_not_subject_is_category_e_in_an_electronic_invoice():
    """In the breakdown of EN 16931 it is category E with its reason, not O; beside an exempt line there is one E."""
    doc = document(incl(500, FREE, id="a"), incl(300, EXEMPT, id="b"))
    assert len(doc.groups) == 1
    (row,) = doc.breakdown
    assert (row.category, row.net, row.tax, row.gross) == ("E", 800, 0, 800)
    assert set(row.mentions) == {MEMBERS, FRANCHISE}


def test_outside_the_scope_is_category_o_alone():
    """A deposit is outside the scope: no group, category O in the breakdown, a document of its own."""
    doc = document(incl(10000, OUTSIDE))
    assert doc.untaxed == (Untaxed("O", 10000, (HELD,)),)
    assert [(row.category, row.net) for row in doc.breakdown] == [("O", 10000)]
    mixed = [incl(10000, OUTSIDE), excl(500)]
    found = check_document(tax_document(mixed, mode="half_up", unreachable="residual"), mixed)
    assert {each.rule for each in found} == {"BR-O-11"}
    assert apart(mixed) == ((mixed[1],), (mixed[0],))


def test_under_reverse_charge_the_net_is_due():
    """An inclusive price of 10.00 at 20 % costs a customer who owes the tax himself 8.33, in category AE at 0."""
    doc = document(incl(1000, DUE_BY_BUYER), excl(500, DUE_BY_BUYER))
    assert doc.groups == (TaxGroup("AE", Fraction(0), 1333, 0, 1333, mentions=(REVERSE,)),)
    assert (doc.net, doc.tax, doc.gross, doc.line_nets) == (1333, 0, 1333, (833, 500))


def test_reverse_charge_over_two_rates_is_one_group():
    """Prices that contained different rates are taken apart by rate and stand in one group."""
    reduced = attrs.evolve(DUE_BY_BUYER, contained=T10)
    doc = document(incl(1000, DUE_BY_BUYER, id="a"), incl(600, reduced, id="b"))
    assert doc.line_nets == (833, 545)
    assert [group.net for group in doc.groups] == [1378]


def test_reverse_charge_never_needs_a_residual():
    """99.99 contained an impossible tax; nobody charges it, so 83.33 is due and nothing is carried."""
    doc = document(incl(9999, DUE_BY_BUYER), unreachable="refuse")
    assert (doc.net, doc.gross, doc.residual) == (8333, 8333, 0)


def test_reverse_charge_does_not_guess_the_contained_rate():
    """An inclusive price of which nobody knows the rate cannot be quoted under reverse charge; an exclusive one can."""
    open_rate = attrs.evolve(DUE_BY_BUYER, contained=None)
    assert document(excl(500, open_rate)).gross == 500
    with pytest.raises(TaxError, match="a: reverse charge on an inclusive price needs the rate"):
        document(incl(1000, open_rate))


def test_unknown_tax_on_an_exclusive_price():
    """The net is known; the gross is not, and is not the net."""
    doc = document(excl(30000, UNKNOWN), excl(1000, NORMAL, id="c"))
    assert doc.tax_unknown
    assert (doc.net, doc.tax, doc.gross, doc.total) == (31000, None, None, None)
    assert [group.tax for group in doc.groups] == [200]


def test_unknown_tax_on_an_inclusive_price():
    """The gross is known; the net is not, nor that of the line, and is not the gross."""
    doc = document(incl(15000, UNKNOWN), incl(1000, NORMAL, id="c"))
    assert (doc.net, doc.tax, doc.gross) == (None, None, 16000)
    assert doc.line_nets == (None, 833)
    assert doc.line_total is None


def test_unknown_tax_on_both():
    """With both neither is known."""
    doc = document(incl(15000, UNKNOWN), excl(15000, UNKNOWN))
    assert (doc.net, doc.tax, doc.gross) == (None, None, None)
    assert doc.breakdown == ()


def test_an_allowance_bears_on_its_rate():
    """What is taken off at a rate lowers the base and the tax of that rate, and stands apart from the lines."""
    doc = document(incl(10000), incl(-2000, id="off", role="allowance"), excl(500, REDUCED, id="c"))
    assert doc.line_nets == (8334, -1667, 500)
    assert (doc.line_total, doc.allowance_total, doc.net) == (8834, 1667, 7167)
    assert [(g.rate, g.net, g.tax, g.gross) for g in doc.groups] == [(T10, 500, 50, 550), (T20, 6667, 1333, 8000)]


def test_an_inclusive_allowance_on_exclusive_lines():
    """The bases may differ: 12.00 with tax taken off 100.00 without leaves 90.00 and its tax."""
    doc = document(excl(10000), incl(-1200, id="off", role="allowance"))
    assert (doc.line_nets, doc.net, doc.tax, doc.gross) == ((10000, -1000), 9000, 1800, 10800)


@pytest.mark.parametrize(
    ("lines", "nets"),
    [((1, 2, 3), (1, -1, 3)), ((1, 6, 7), (1, -5, 7)), ((0, 3, 9), (0, -2, 9)), ((5, 0, 4), (4, 0, 4))],
)
def test_tiny_amounts_keep_sign_and_size(lines, nets):
    """An inclusive line, an inclusive allowance and an exclusive line of a few cents: no net grows above its amount."""
    charged, off, fixed = lines
    doc = document(incl(charged), incl(-off, id="off", role="allowance"), excl(fixed, id="c"))
    assert doc.line_nets == nets


def test_no_line_becomes_an_allowance_by_rounding():
    """At 90 %, rounded down, the exclusive lines leave -0.02 to a line of 0.01 and an allowance of 0.03."""
    steep = Treatment("standard", "S", Fraction(9, 10))
    lines = (incl(1, steep), incl(-3, steep, id="off", role="allowance"), excl(11, steep, id="c"))
    assert document(*lines, mode="down").line_nets == (0, -2, 11)


def test_an_allowance_may_take_all():
    """A coupon over the whole amount leaves nothing to pay and no tax."""
    doc = document(incl(999), incl(-999, id="off", role="allowance"))
    assert (doc.net, doc.tax, doc.gross, doc.residual) == (0, 0, 0, 0)


@pytest.mark.parametrize("tax", [NORMAL, EXEMPT, FREE, OUTSIDE, DUE_BY_BUYER], ids=lambda tax: tax.kind)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_allowance_beyond_its_rate_is_refused(tax, sign):
    """More cannot be taken off at a rate than is charged at it, though other rates would bear it."""
    lines = [incl(sign * 100, tax), incl(sign * -200, tax, id="off", role="allowance"), excl(sign * 999, ZERO, id="c")]
    with pytest.raises(TaxError, match="allowances are more than the lines of category"):
        document(*lines)


def test_an_allowance_one_cent_too_large_is_refused():
    """The whole can be taken off, and not a cent more."""
    assert document(excl(100), excl(-100, id="off", role="allowance")).gross == 0
    with pytest.raises(TaxError, match="allowances are more"):
        document(excl(100, ZERO), excl(-101, ZERO, id="off", role="allowance"))


def test_a_credit_note_is_negative_throughout():
    """A credit of 18.00 at 10 % mirrors the charge, residuals too."""
    doc = document(incl(-1800, REDUCED))
    assert doc.credit
    assert (doc.net, doc.tax, doc.gross) == (-1636, -164, -1800)
    assert document(incl(-9999)).residual == 1
    assert document(incl(-9999), unreachable="adjust tax").tax == -1666


def test_a_credit_and_a_charge_are_two_documents():
    """18.00 at 10 % taken back and 29.00 at 20 % charged do not go into one document; apart they do."""
    lines = [incl(-1800, REDUCED), incl(2900, NORMAL, id="day")]
    with pytest.raises(TaxError, match="a credit note is one of its own"):
        document(*lines)
    charge, credit = apart(lines)
    assert (document(*charge).gross, document(*credit).gross) == (2900, -1800)


def test_apart_keeps_order_and_puts_allowances_with_their_lines():
    """Lines stay in order; a positive allowance belongs to a credit note; nothing at all makes no document."""
    lines = [
        incl(100, id="a"),
        incl(-50, id="b"),
        incl(-10, id="c", role="allowance"),
        incl(5, id="d", role="allowance"),
        incl(0, id="e"),
    ]
    assert [[line.id for line in part] for part in apart(lines)] == [["a", "c", "e"], ["b", "d"]]
    assert apart([]) == ()


def test_mentions_come_once():
    """A mention that many lines share is said once, in the document and in its group."""
    doc = document(*(incl(100, EXEMPT, id=str(i)) for i in range(3)), incl(50, FREE, id="z"))
    assert doc.mentions == tuple(sorted((MEMBERS, FRANCHISE), key=lambda m: m.code))
    assert doc.groups[0].mentions == (MEMBERS,)


def test_two_reasons_for_one_category():
    """One category E with two reasons stays one group, which says both."""
    other = Treatment("exempt", "E", Fraction(0), Mention(None, "Formation", "VATEX-FR-CGI261-4"))
    doc = document(incl(100, EXEMPT, id="a"), incl(200, other, id="b"))
    assert [(g.net, len(g.mentions)) for g in doc.groups] == [(300, 2)]


def test_an_empty_document_is_nothing():
    """No lines give a document of zeros, which is not one that can be written."""
    doc = tax_document([], mode="half_up", unreachable="residual")
    assert (doc.net, doc.tax, doc.gross, doc.groups) == (0, 0, 0, ())
    assert [each.rule for each in check_document(doc, [])] == ["BR-16"]


def test_two_lines_with_one_id_are_refused():
    """Nets are told apart by the id of their line."""
    with pytest.raises(TaxError, match="two lines have one id"):
        document(incl(1), incl(2))


@pytest.mark.parametrize(
    "values",
    [
        {"id": ""},
        {"id": 3},
        {"amount": 1.5},
        {"amount": True},
        {"amount": Money(1, "EUR")},
        {"amount": 2**63},
        {"basis": "TTC"},
        {"tax": None},
        {"tax": T20},
        {"role": "discount"},
        {"quantity": 2},
        {"unit_price": 1.5},
    ],
)
def test_what_cannot_be_a_line_is_refused(values):
    """No float comes near an amount, and no line lacks its tax."""
    with pytest.raises(TaxError):
        TaxedLine(**{"id": "a", "amount": 1, "basis": "incl", "tax": NORMAL, **values})


def test_unknown_modes_and_policies_are_refused():
    """A mode or a policy that does not exist is not taken for another, also where nothing is to be rounded."""
    with pytest.raises(InputError, match="unknown rounding mode"):
        tax_document([], mode="nearest", unreachable="residual")
    with pytest.raises(TaxError, match="what is unreachable goes to"):
        tax_document([], mode="half_up", unreachable="drop")


def test_amounts_near_the_limit_of_money_are_exact():
    """Also at 2**62 minor units nothing passes through a float."""
    gross = 2**62 - 2**62 % 6
    doc = document(incl(gross))
    assert doc.net == gross * 5 // 6
    assert doc.tax == gross // 6


def test_extraction_mirrors_negative_amounts():
    """What is inside a negative amount is what is inside the positive one, turned round, the residual too."""
    assert extract(9999, T20, "half_up") == Extracted(8333, 1667, -1)
    assert extract(-9999, T20, "half_up") == Extracted(-8333, -1667, 1)
