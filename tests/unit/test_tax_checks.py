"""The oracle of tax documents: each rule finds its fault, seen on documents written by hand."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest

from cantinekit.errors import CurrencyError
from cantinekit.pricing.tax import TaxDocument, TaxGroup, Treatment, Untaxed, tax_document
from cantinekit.pricing.tax.document import obstacles
from support.tariffs.tax import (
    DUE_BY_BUYER,
    EXEMPT,
    FRANCHISE,
    FREE,
    MEMBERS,
    OUTSIDE,
    REDUCED,
    T10,
    T20,
    UNKNOWN,
    ZERO,
    excl,
    incl,
    off_by_one,
)
from support.tariffs.tax_rules import Violation, check_document

LINES = (incl(1000), excl(500), excl(300, REDUCED, id="c"), incl(700, EXEMPT, id="d"), incl(200, FREE, id="e"))
DOC = TaxDocument(
    groups=(
        TaxGroup("E", Fraction(0), 700, 0, 700, mentions=(MEMBERS,)),
        TaxGroup("S", T10, 300, 30, 330),
        TaxGroup("S", T20, 1333, 267, 1600),
    ),
    untaxed=(Untaxed("E", 200, (FRANCHISE,)),),
    line_nets=(833, 500, 300, 700, 200),
    line_total=2533,
    allowance_total=0,
    net=2533,
    tax=297,
    gross=2830,
    residual=0,
    mentions=(MEMBERS, FRANCHISE),
    credit=False,
    mode="half_up",
)


def rules(doc, lines=LINES, **more):
    """The names of the rules that are broken."""
    return {each.rule for each in check_document(doc, lines, **more)}


def group(number, **values):
    """The document with one group changed."""
    groups = list(DOC.groups)
    groups[number] = attrs.evolve(groups[number], **values)
    return attrs.evolve(DOC, groups=tuple(groups))


def made(*lines, **more):
    return tax_document(lines, mode="half_up", unreachable="residual", **more)


def test_a_document_by_hand_is_right():
    """A document that was worked out on paper breaks no rule, and is the one that is made of its lines."""
    assert check_document(DOC, LINES, currency="EUR") == ()
    assert made(*LINES) == DOC


@pytest.mark.parametrize("step", [1, -1, 99])
def test_every_amount_is_checked(step):
    """One cent, or the 99 that the official schematron lets pass, are found in every amount of the document."""
    seen = [name for name, wrong in off_by_one(DOC, step) if not check_document(wrong, LINES)]
    assert seen == []
    assert len(list(off_by_one(DOC, step))) == 6 + 4 * 3 + 1 + 5


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (attrs.evolve(DOC, line_total=2534), "BR-CO-10"),
        (attrs.evolve(DOC, allowance_total=1), "BR-CO-11"),
        (attrs.evolve(DOC, net=2534), "BR-CO-13"),
        (attrs.evolve(DOC, tax=298), "BR-CO-14"),
        (attrs.evolve(DOC, gross=2831), "BR-CO-15"),
        (attrs.evolve(DOC, gross=2831), "BR-CO-16"),
        (attrs.evolve(DOC, residual=1), "BR-CO-16"),
        (attrs.evolve(DOC, residual=1), "CK-RESIDUAL"),
        (attrs.evolve(DOC, credit=True), "CK-SIGN"),
        (attrs.evolve(DOC, mentions=(MEMBERS,)), "CK-MENTIONS"),
        (attrs.evolve(DOC, mentions=(MEMBERS, FRANCHISE, FRANCHISE)), "CK-MENTIONS"),
        (attrs.evolve(DOC, untaxed=()), "BR-CO-18"),
        (attrs.evolve(DOC, untaxed=(Untaxed("O", 200, (FRANCHISE,)),)), "BR-CO-18"),
        (attrs.evolve(DOC, untaxed=(Untaxed("E", 200),)), "BR-E-10"),
        (attrs.evolve(DOC, untaxed=(Untaxed("E", 201, (FRANCHISE,)),)), "BR-E-08"),
        (attrs.evolve(DOC, groups=DOC.groups[:2]), "BR-CO-18"),
        (attrs.evolve(DOC, groups=(*DOC.groups, DOC.groups[0])), "BR-CO-18"),
        (attrs.evolve(DOC, line_nets=DOC.line_nets[:4]), "CK-LINES"),
        (attrs.evolve(DOC, line_nets=(833, 501, 300, 700, 200)), "CK-NET"),
        (attrs.evolve(DOC, line_nets=(833, 500, 300, 700, 201)), "CK-NET"),
        (attrs.evolve(DOC, line_nets=(None, 500, 300, 700, 200)), "CK-UNKNOWN"),
        (attrs.evolve(DOC, net=2533.0), "CK-INTEGER"),
        (attrs.evolve(DOC, tax=True), "CK-INTEGER"),
        (group(0, mentions=()), "BR-E-10"),
        (group(0, mentions=(FRANCHISE,)), "CK-MENTIONS"),
        (group(0, tax=1), "BR-E-09"),
        (group(0, net=701), "BR-E-08"),
        (group(1, net=301), "BR-S-08"),
        (group(1, tax=31), "BR-CO-17"),
        (group(1, tax=31), "BR-S-09"),
        (group(1, rate=T20), "BR-CO-18"),
        (group(1, rate=0.1), "CK-INTEGER"),
        (group(1, rate=Fraction(11, 10)), "CK-INTEGER"),
        (group(1, category="Z"), "BR-CO-18"),
        (group(1, mentions=(MEMBERS,)), "BR-S-10"),
        (group(2, gross=1601), "CK-GROUP"),
        (group(2, gross=1601, residual=1), "CK-SHOWN"),
        (group(2, adjusted=True), "BR-CO-17"),
        (group(2, adjusted=True, tax=268, gross=1601), "CK-RESIDUAL"),
    ],
)
def test_each_rule_finds_its_fault(wrong, rule):
    """The fault that a rule is for is found under the name of that rule."""
    assert rule in rules(wrong)


@pytest.mark.parametrize("cents", [1, 10, 99])
def test_a_wrong_tax_is_found_where_the_schematron_is_tolerant(cents):
    """A tax wrong in group and totals alike passes the official rules up to 99 cents; here no cent passes."""
    wrong = attrs.evolve(group(1, tax=30 + cents, gross=330 + cents), tax=297 + cents, gross=2830 + cents)
    assert {"BR-CO-17", "BR-S-09"} <= rules(wrong)


def test_a_residual_needs_a_cause():
    """A cent is carried only where no net amount gives the price, and never two."""
    lines = (incl(9999),)
    doc = made(*lines)
    assert check_document(doc, lines) == ()
    two = attrs.evolve(doc.groups[0], residual=-2, gross=9998)
    assert "CK-RESIDUAL" in rules(attrs.evolve(doc, groups=(two,), residual=-2, gross=9998), lines)
    reached = (incl(10000),)
    right = made(*reached)
    (only,) = right.groups
    carried = attrs.evolve(only, net=8334, tax=1667, residual=-1)
    wrong = attrs.evolve(right, groups=(carried,), line_nets=(8334,), line_total=8334, net=8334, tax=1667, residual=-1)
    assert rules(wrong, reached) == {"CK-RESIDUAL"}


def test_an_adjusted_tax_is_right_only_where_it_is_flagged():
    """One cent away from the share of the net passes with the flag, as declared, and not without it."""
    lines = (incl(9999),)
    doc = tax_document(lines, mode="half_up", unreachable="adjust tax")
    assert check_document(doc, lines) == ()
    bare = attrs.evolve(doc, groups=(attrs.evolve(doc.groups[0], adjusted=False),))
    assert {"BR-CO-17", "BR-S-09", "CK-RESIDUAL"} <= rules(bare, lines)


def test_lines_share_their_net_fairly():
    """A cent that went to the wrong line is found, though every sum is right."""
    lines = tuple(incl(100, id=str(i)) for i in range(3))
    doc = made(*lines)
    assert doc.line_nets == (84, 83, 83)
    assert rules(attrs.evolve(doc, line_nets=(83, 84, 83)), lines) == {"CK-SHARE"}
    assert rules(attrs.evolve(doc, line_nets=(85, 82, 83)), lines) == {"CK-SHARE"}


def test_nets_of_lines_and_allowances_belong_to_their_amounts():
    """Nets moved from the lines to the allowance keep every sum, and are found all the same."""
    lines = (incl(10000), incl(-2000, id="off", role="allowance"))
    doc = made(*lines)
    assert check_document(doc, lines) == ()
    moved = attrs.evolve(doc, line_nets=(8434, -1767), line_total=8434, allowance_total=1767)
    assert rules(moved, lines) == {"CK-SHARE"}


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "right"),
    [
        (Fraction(3), Fraction(333), 999, True),
        (Fraction(3), Fraction(333), 1000, False),
        (Fraction(5, 2), Fraction(101), 253, True),
        (Fraction(5, 2), Fraction(101), 252, False),
        (Fraction(1, 3), Fraction(1000), 333, True),
        (Fraction(-2), Fraction(50), -100, True),
        (Fraction(-2), Fraction(50), 100, False),
    ],
)
def test_the_amount_is_quantity_times_price(quantity, price, amount, right):
    """Where both are given the amount is their product, rounded once; a credit counts backwards."""
    lines = (excl(amount, quantity=quantity, unit_price=price),)
    assert ("CK-PRICE" not in rules(made(*lines), lines)) == right
    alone = (excl(amount, quantity=quantity),)
    assert check_document(made(*alone), alone) == ()


def test_no_unit_price_is_negative():
    """A negative price is found (BR-27); a credit or an allowance says the same rightly."""
    lines = (excl(-100, quantity=Fraction(2), unit_price=Fraction(-50)),)
    assert rules(made(*lines), lines) == {"BR-27"}
    assert check_document(made(excl(-100)), (excl(-100),)) == ()


@pytest.mark.parametrize("treatment", [EXEMPT, FREE, OUTSIDE, DUE_BY_BUYER], ids=lambda tax: tax.kind)
def test_no_reason_no_document(treatment):
    """On a day for which no mention is known, the document lacks its reason, and the rule of its category says so."""
    bare = (excl(100, attrs.evolve(treatment, mention=None)),)
    assert rules(made(*bare), bare) == {f"BR-{treatment.category}-10"}
    (said,) = obstacles(made(*bare))
    assert said == f"BR-{treatment.category}-10: category {treatment.category} does not say why it bears no tax"
    assert obstacles(made(excl(100, treatment))) == ()


@pytest.mark.parametrize(("category", "rule"), [("K", "BR-IC-10"), ("G", "BR-G-10")])
def test_rules_are_named_as_the_standard_names_them(category, rule):
    """Category K is IC in the names of rules."""
    lines = (excl(100, Treatment("reverse", category, Fraction(0))),)
    assert rules(made(*lines), lines) == {rule}
    assert [each.partition(":")[0] for each in obstacles(made(*lines))] == [rule]


def test_reverse_charge_bears_no_tax_and_carries_nothing():
    """A tax or a residual in category AE is found."""
    lines = (excl(100, DUE_BY_BUYER),)
    doc = made(*lines)
    (only,) = doc.groups
    taxed = attrs.evolve(only, tax=20, gross=120)
    assert "BR-AE-09" in rules(attrs.evolve(doc, groups=(taxed,), tax=20, gross=120), lines)
    carried = attrs.evolve(only, residual=1, gross=101)
    assert "CK-RESIDUAL" in rules(attrs.evolve(doc, groups=(carried,), residual=1, gross=101), lines)


@pytest.mark.parametrize("category", ["AE", "K", "G"])
def test_an_inclusive_price_is_shown_with_the_tax_that_nobody_owes(category):
    """Under reverse charge, within the Union and for exports the net of a printed price is due, which is less than what
    the customer was shown: no fault. What is due beyond the net is one."""
    lines = (incl(1200, attrs.evolve(DUE_BY_BUYER, category=category)),)
    doc = made(*lines)
    (only,) = doc.groups
    assert (only.net, only.tax, only.gross) == (1000, 0, 1000)
    assert rules(doc, lines) == set()
    carried = attrs.evolve(only, residual=1, gross=1001)
    assert "CK-RESIDUAL" in rules(attrs.evolve(doc, groups=(carried,), residual=1, gross=1001), lines)


def test_what_is_outside_the_scope_stays_alone():
    """Category O beside any other, or with another sum, is found."""
    lines = (incl(100, OUTSIDE), excl(100, ZERO))
    assert rules(made(*lines), lines) == {"BR-O-11"}
    assert obstacles(made(*lines)) == ("BR-O-11: what is outside the scope goes into a document of its own",)
    alone = (incl(100, OUTSIDE),)
    doc = made(*alone)
    assert check_document(doc, alone) == ()
    wrong = attrs.evolve(doc, untaxed=(attrs.evolve(doc.untaxed[0], amount=101),))
    assert "BR-O-08" in rules(wrong, alone)


def test_unknown_is_not_zero():
    """A document that takes an unknown tax for none is found: in the tax, in the gross, in the net."""
    lines = (excl(100, UNKNOWN),)
    doc = made(*lines)
    assert check_document(doc, lines) == ()
    assert "BR-CO-14" in rules(attrs.evolve(doc, tax=0), lines)
    assert "BR-CO-15" in rules(attrs.evolve(doc, gross=100), lines)
    hidden = (incl(100, UNKNOWN),)
    shown = attrs.evolve(made(*hidden), line_nets=(100,), line_total=100, net=100)
    assert rules(shown, hidden) == {"CK-UNKNOWN"}


def test_lines_of_the_wrong_sign_are_found():
    """A negative line in an invoice, or a positive group in a credit note, is found."""
    lines = (excl(-100),)
    doc = made(*lines)
    assert doc.credit
    assert "CK-SIGN" in rules(attrs.evolve(doc, credit=False), lines)


def test_a_negative_line_is_found_in_a_group_that_is_positive():
    """Only the sign of the line tells: it should be an allowance or a credit note."""
    lines = (excl(100), excl(-50, id="c"))
    doc = TaxDocument(
        groups=(TaxGroup("S", T20, 50, 10, 60),),
        untaxed=(),
        line_nets=(100, -50),
        line_total=50,
        allowance_total=0,
        net=50,
        tax=10,
        gross=60,
        residual=0,
        mentions=(),
        credit=False,
        mode="half_up",
    )
    assert rules(doc, lines) == {"CK-SIGN"}
    allowed = (lines[0], attrs.evolve(lines[1], role="allowance"))
    assert check_document(attrs.evolve(doc, line_total=100, allowance_total=50), allowed) == ()


def test_a_group_below_zero_is_found():
    """Allowances that exceed the lines of their rate are no invoice, though every line has its sign."""
    lines = (excl(100), excl(-150, id="c", role="allowance"))
    doc = TaxDocument(
        groups=(TaxGroup("S", T20, -50, -10, -60),),
        untaxed=(),
        line_nets=(100, -150),
        line_total=100,
        allowance_total=150,
        net=-50,
        tax=-10,
        gross=-60,
        residual=0,
        mentions=(),
        credit=False,
        mode="half_up",
    )
    assert rules(doc, lines) == {"CK-SIGN"}


def test_three_decimals_do_not_fit_the_standard():
    """EN 16931 has two decimals: 8.403 dinars are found in each place, 10.000 are not; yen and euros always fit."""
    lines = (incl(10_000, Treatment("standard", "S", Fraction(19, 100))),)
    doc = made(*lines)
    assert rules(doc, lines, currency="TND") == {f"BR-DEC-{number}" for number in ("09", "12", "13", "19", "20", "23")}
    charged = (*lines, incl(-1001, lines[0].tax, id="off", role="allowance"))
    odd = attrs.evolve(made(*charged), residual=1)
    assert {"BR-DEC-10", "BR-DEC-17", "BR-DEC-18"} <= rules(odd, charged, currency="TND")
    even = (excl(10_000, ZERO),)
    assert check_document(made(*even), even, currency="TND") == ()
    assert check_document(doc, lines, currency="JPY") == ()
    assert check_document(doc, lines, currency="EUR") == ()
    with pytest.raises(CurrencyError):
        check_document(doc, lines, currency="XXZ")


def test_a_violation_says_what_is_wrong():
    """The message names the place and both numbers."""
    (found,) = check_document(attrs.evolve(DOC, tax=298, gross=2831), LINES)[:1]
    assert found == Violation("BR-CO-14", "the taxes are 297, not 298")
