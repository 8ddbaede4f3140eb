"""Treatments, lines and carts for the tests of tax, and a slow second way to work out a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

import attrs
from hypothesis import strategies as st

from cantinekit.money import Rounding, round_ratio
from cantinekit.pricing.tax import Mention, TaxDocument, TaxedLine, Treatment

T20, T10, T55, T21 = Fraction(20, 100), Fraction(10, 100), Fraction(55, 1000), Fraction(21, 1000)
FRANCHISE = Mention(None, "TVA non applicable, art. 293 B du CGI", "VATEX-FR-FRANCHISE", "CGI art. 293 E")
MEMBERS = Mention(None, "Exonération, art. 261-7-1 du CGI", "VATEX-FR-CGI261-7", "CGI art. 261, 7, 1°")
REVERSE = Mention(None, "Autoliquidation", "VATEX-EU-AE", "CGI art. 283")
HELD = Mention(None, "Dépôt de garantie, hors champ", "VATEX-EU-O")
SWITCH = date(2026, 9, 1)

NORMAL = Treatment("standard", "S", T20)
REDUCED = Treatment("standard", "S", T10)
LOW = Treatment("standard", "S", T55)
ZERO = Treatment("standard", "Z", Fraction(0))
EXEMPT = Treatment("exempt", "E", Fraction(0), MEMBERS)
FREE = Treatment("not subject", "E", None, FRANCHISE)
OUTSIDE = Treatment("outside scope", "O", None, HELD)
DUE_BY_BUYER = Treatment("reverse", "AE", Fraction(0), REVERSE, T20)
UNKNOWN = Treatment("unknown", "", None)
ALL = (NORMAL, REDUCED, LOW, ZERO, EXEMPT, FREE, DUE_BY_BUYER)

MODES: tuple[Rounding, ...] = ("half_up", "half_even", "up", "down")
modes = st.sampled_from(MODES)
rates = st.one_of(
    st.sampled_from([T20, T10, T55, T21, Fraction(7, 100), Fraction(19, 100), Fraction(1, 3), Fraction(1)]),
    st.fractions(0, 1, max_denominator=1000),
)


def incl(amount: int, tax: Treatment = NORMAL, id: str = "a", **more) -> TaxedLine:
    return TaxedLine(id, amount, "incl", tax, **more)


def excl(amount: int, tax: Treatment = NORMAL, id: str = "b", **more) -> TaxedLine:
    return TaxedLine(id, amount, "excl", tax, **more)


@st.composite
def carts(draw, *, treatments: Sequence[Treatment] = ALL, allowances: bool = True, credit: bool | None = None):
    """Lines of one document: mixed rates and bases, allowances that their group covers; perhaps a credit note."""
    sign = -1 if (draw(st.booleans()) if credit is None else credit) else 1
    pool = draw(st.lists(st.sampled_from(treatments), min_size=1, max_size=4, unique=True))
    amounts = st.one_of(st.integers(0, 30), st.integers(0, 20_000), st.integers(0, 10**12))
    lines = []
    for number in range(draw(st.integers(1, 12))):
        lines.append(
            TaxedLine(
                f"line {number}",
                sign * draw(amounts),
                draw(st.sampled_from(["incl", "excl"])),
                draw(st.sampled_from(pool)),
            )
        )
    if allowances:
        for number in range(draw(st.integers(0, 3))):
            of = draw(st.sampled_from(lines[:8]))
            taken = sum(-line.amount for line in lines if line.role == "allowance" and line.tax == of.tax)
            whole = sum(line.amount for line in lines if line.role == "line" and line.tax == of.tax)
            left = max(abs(whole) - abs(taken), 0) // 4
            basis = draw(st.sampled_from(["incl", "excl"]))
            lines.append(
                TaxedLine(f"off {number}", -sign * draw(st.integers(0, left)), basis, of.tax, role="allowance")
            )
    return lines


def brute_net(gross: int, rate: Fraction, mode: Rounding) -> int | None:
    """The net amount that gives a gross one, by looking at every net amount; nothing where there is none."""
    for net in range(gross + 1):
        share = net * rate
        if net + round_ratio(share.numerator, share.denominator, mode) == gross:
            return net
    return None


def off_by_one(doc: TaxDocument, step: int = 1) -> Iterator[tuple[str, TaxDocument]]:
    """The document with one amount wrong, once for every amount that it has."""
    for name in ("line_total", "allowance_total", "net", "tax", "gross", "residual"):
        value = getattr(doc, name)
        yield name, attrs.evolve(doc, **{name: step if value is None else value + step})
    for i, group in enumerate(doc.groups):
        for name in ("net", "tax", "gross", "residual"):
            wrong = attrs.evolve(group, **{name: getattr(group, name) + step})
            yield f"groups[{i}].{name}", attrs.evolve(doc, groups=(*doc.groups[:i], wrong, *doc.groups[i + 1 :]))
    for i, each in enumerate(doc.untaxed):
        wrong_amount = attrs.evolve(each, amount=each.amount + step)
        yield f"untaxed[{i}]", attrs.evolve(doc, untaxed=(*doc.untaxed[:i], wrong_amount, *doc.untaxed[i + 1 :]))
    for i, net in enumerate(doc.line_nets):
        moved = step if net is None else net + step
        yield f"line_nets[{i}]", attrs.evolve(doc, line_nets=(*doc.line_nets[:i], moved, *doc.line_nets[i + 1 :]))
