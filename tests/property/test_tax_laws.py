"""Laws of tax, over generated carts with mixed rates, bases, allowances and signs."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cantinekit.money import round_ratio
from cantinekit.pricing.tax import (
    TaxedLine,
    Treatment,
    UnreachableError,
    apart,
    reachable,
    tax_document,
    unreachable_prices,
)
from cantinekit.pricing.tax.document import obstacles
from support.tariffs.tax import (
    ALL,
    DUE_BY_BUYER,
    EXEMPT,
    FREE,
    NORMAL,
    OUTSIDE,
    REDUCED,
    UNKNOWN,
    brute_net,
    carts,
    modes,
    off_by_one,
    rates,
)
from support.tariffs.tax_rules import check_document

policies = st.sampled_from(["residual", "adjust tax"])


@given(carts(), modes, policies)
def test_a_document_breaks_no_rule(lines, mode, policy) -> None:
    """On random carts the checks find nothing."""
    assert check_document(tax_document(lines, mode=mode, unreachable=policy), lines) == ()


@given(carts(treatments=(*ALL, UNKNOWN)), modes, policies)
def test_a_document_with_unknown_tax_breaks_no_rule(lines, mode, policy) -> None:
    """Also where the tax of some lines is unknown, what is known is right, and nothing else is said."""
    doc = tax_document(lines, mode=mode, unreachable=policy)
    assert check_document(doc, lines) == ()
    unknown = {line.basis for line in lines if line.tax.kind == "unknown"}
    assert doc.tax_unknown == bool(unknown)
    assert (doc.net is None) == ("incl" in unknown)
    assert (doc.gross is None) == ("excl" in unknown)


BARE = tuple(attrs.evolve(tax, mention=None) for tax in (EXEMPT, FREE, OUTSIDE, DUE_BY_BUYER))


@given(carts(treatments=(*ALL, OUTSIDE, *BARE)), modes, policies)
def test_what_may_not_be_issued_is_all_that_the_rules_find(lines, mode, policy) -> None:
    """Where reasons are missing or the scope is mixed, what is said to be in the way is what the rules find, in the
    same words, and nothing else is wrong with the document.
    """
    doc = tax_document(lines, mode=mode, unreachable=policy)
    assert obstacles(doc) == tuple(str(each) for each in check_document(doc, lines))


@given(carts(), modes, policies)
def test_net_tax_and_residual_are_what_is_paid(lines, mode, policy) -> None:
    """Net plus tax plus residual is the gross amount, of the document and of each group."""
    doc = tax_document(lines, mode=mode, unreachable=policy)
    assert doc.net + doc.tax + doc.residual == doc.gross
    assert all(group.net + group.tax + group.residual == group.gross for group in doc.groups)
    assert doc.net == sum(group.net for group in doc.groups) + sum(each.amount for each in doc.untaxed)
    assert doc.total == doc.net + doc.tax


@given(carts(), modes)
def test_line_nets_sum_to_the_net_of_their_group(lines, mode) -> None:
    """The nets of the lines of a category and rate are together exactly its net."""
    doc = tax_document(lines, mode=mode, unreachable="residual")
    for group in doc.groups:
        own = [
            net
            for line, net in zip(lines, doc.line_nets, strict=True)
            if line.tax.taxed and (line.tax.category, line.tax.rate) == (group.category, group.rate)
        ]
        assert sum(own) == group.net


@given(carts(), modes)
def test_no_net_has_another_sign_than_its_line(lines, mode) -> None:
    """A line is never turned into an allowance by its share, nor does its net grow above its amount."""
    doc = tax_document(lines, mode=mode, unreachable="residual")
    for line, net in zip(lines, doc.line_nets, strict=True):
        assert net * line.amount >= 0
        assert abs(net) <= abs(line.amount)
        if line.basis == "excl":
            assert net == line.amount


@given(carts(treatments=(NORMAL, REDUCED), allowances=False), modes, policies)
def test_the_customer_pays_what_was_shown(lines, mode, policy) -> None:
    """What is paid is the inclusive sum, plus the exclusive sum of each rate with its tax on the whole of it."""
    shown = sum(line.amount for line in lines if line.basis == "incl")
    for tax in {line.tax for line in lines}:
        net = sum(line.amount for line in lines if line.basis == "excl" and line.tax == tax)
        share = net * tax.rate
        shown += net + round_ratio(share.numerator, share.denominator, mode)
    assert tax_document(lines, mode=mode, unreachable=policy).gross == shown


@given(carts(), modes, st.randoms())
def test_the_order_of_lines_changes_no_group(lines, mode, random) -> None:
    """Permuted lines give the same groups, totals and mentions; only a tie may fall to another line."""
    doc = tax_document(lines, mode=mode, unreachable="residual")
    other = list(lines)
    random.shuffle(other)
    again = tax_document(other, mode=mode, unreachable="residual")
    assert attrs.evolve(again, line_nets=doc.line_nets) == doc
    before = {line.id: net for line, net in zip(lines, doc.line_nets, strict=True)}
    assert all(abs(before[line.id] - net) <= 1 for line, net in zip(other, again.line_nets, strict=True))


@given(carts(credit=False), modes, policies)
def test_a_credit_note_mirrors_its_invoice(lines, mode, policy) -> None:
    """The same lines with all signs turned give the same document with all signs turned."""
    doc = tax_document(lines, mode=mode, unreachable=policy)
    turned = [attrs.evolve(line, amount=-line.amount) for line in lines]
    back = tax_document(turned, mode=mode, unreachable=policy)
    assert (back.net, back.tax, back.gross, back.residual) == (-doc.net, -doc.tax, -doc.gross, -doc.residual)
    assert back.line_nets == tuple(-net for net in doc.line_nets)
    assert [(g.net, g.tax, g.gross) for g in back.groups] == [(-g.net, -g.tax, -g.gross) for g in doc.groups]


@given(carts(treatments=(*ALL, UNKNOWN)), modes, policies, st.sampled_from([1, -1]))
def test_one_unit_too_many_is_found_wherever_it_is(lines, mode, policy, step) -> None:
    """Negative control: an amount that is one minor unit off, in any field at all, is found."""
    doc = tax_document(lines, mode=mode, unreachable=policy)
    for name, wrong in off_by_one(doc, step):
        assert check_document(wrong, lines), name


@given(carts(treatments=(NORMAL, REDUCED), allowances=False), modes, st.data())
def test_a_unit_moved_between_two_lines_is_found(lines, mode, data) -> None:
    """Negative control: the sums are right, but two lines share them otherwise."""
    assume(len(lines) > 1)
    doc = tax_document(lines, mode=mode, unreachable="residual")
    one, two = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=2, max_size=2, unique=True))
    nets = list(doc.line_nets)
    nets[one], nets[two] = nets[one] + 1, nets[two] - 1
    assert check_document(attrs.evolve(doc, line_nets=tuple(nets)), lines)


@given(carts(treatments=(NORMAL,), allowances=False, credit=False), modes)
def test_a_tax_that_is_wrong_everywhere_alike_is_found(lines, mode) -> None:
    """Negative control: net one less and tax one more everywhere; the sums agree, the rate does not."""
    doc = tax_document(lines, mode=mode, unreachable="residual")
    (group,) = doc.groups
    wrong = attrs.evolve(
        doc,
        groups=(attrs.evolve(group, net=group.net - 1, tax=group.tax + 1),),
        line_nets=(doc.line_nets[0] - 1, *doc.line_nets[1:]),
        line_total=doc.line_total - 1,
        net=doc.net - 1,
        tax=doc.tax + 1,
    )
    assert {"BR-CO-17", "BR-S-09"} <= {each.rule for each in check_document(wrong, lines)}


@given(st.integers(0, 400), rates, modes)
def test_extraction_agrees_with_looking_at_every_net(gross, rate, mode) -> None:
    """An inclusive amount has an exact net if and only if some net gives it, and then it is that one."""
    wanted = brute_net(gross, rate, mode)
    assert reachable(gross, rate, mode) == (wanted is not None)
    tax = Treatment("standard", "S" if rate else "Z", rate)
    doc = tax_document([TaxedLine("a", gross, "incl", tax)], mode=mode, unreachable="residual")
    if wanted is not None:
        assert (doc.net, doc.residual) == (wanted, 0)
    else:
        assert abs(doc.residual) == 1
        assert abs(doc.net - gross / (1 + rate)) < 2


@given(st.integers(0, 10**15), rates, modes)
def test_one_unit_beside_an_unreachable_price_is_reachable(gross, rate, mode) -> None:
    """Two neighbouring prices are never both without a net amount."""
    assert reachable(gross, rate, mode) or (reachable(gross + 1, rate, mode) and reachable(gross - 1, rate, mode))
    assert set(unreachable_prices([gross, gross + 1], rate, mode)) in [set(), {gross}, {gross + 1}]


@given(st.integers(0, 10**15), rates, modes)
def test_a_net_amount_comes_back_from_its_gross(net, rate, mode) -> None:
    """An exclusive price with its tax is always a reachable inclusive price, with the same net."""
    tax = Treatment("standard", "S" if rate else "Z", rate)
    doc = tax_document([TaxedLine("a", net, "excl", tax)], mode=mode, unreachable="refuse")
    back = tax_document([TaxedLine("a", doc.gross, "incl", tax)], mode=mode, unreachable="refuse")
    assert (back.net, back.tax) == (net, doc.tax)


@given(carts(treatments=(NORMAL, REDUCED)), modes)
def test_policies_differ_only_where_a_sum_is_unreachable(lines, mode) -> None:
    """The policies agree where every sum has a net; else one carries, one flags, one refuses, and the price stays."""
    carried = tax_document(lines, mode=mode, unreachable="residual")
    adjusted = tax_document(lines, mode=mode, unreachable="adjust tax")
    assert carried.gross == adjusted.gross
    assert carried.net == adjusted.net
    assert adjusted.residual == 0
    assert adjusted.tax == carried.tax + carried.residual
    assert [g.adjusted for g in adjusted.groups] == [g.residual != 0 for g in carried.groups]
    assert all(abs(g.residual) <= 1 for g in carried.groups)
    if any(g.residual for g in carried.groups):
        with pytest.raises(UnreachableError):
            tax_document(lines, mode=mode, unreachable="refuse")
    else:
        assert tax_document(lines, mode=mode, unreachable="refuse") == carried == adjusted


@given(carts(treatments=(DUE_BY_BUYER,), credit=False, allowances=False), modes)
def test_under_reverse_charge_the_net_of_the_taxed_price_is_due(lines, mode) -> None:
    """Who owes the tax himself pays the net amount that another customer would find on the invoice."""
    doc = tax_document(lines, mode=mode, unreachable="residual")
    inclusive = [attrs.evolve(line, tax=NORMAL) for line in lines if line.basis == "incl"]
    taxed = tax_document(inclusive, mode=mode, unreachable="residual")
    assert doc.tax == 0
    assert doc.gross == doc.net == taxed.net + sum(line.amount for line in lines if line.basis == "excl")


@given(st.lists(carts(treatments=(*ALL, OUTSIDE), allowances=False), min_size=1, max_size=3), modes)
def test_lines_set_apart_make_documents_that_break_no_rule(parts, mode) -> None:
    """Any lines can be written: set apart they are complete, and each part is a document without a fault."""
    lines = [attrs.evolve(line, id=f"{i} {line.id}") for i, part in enumerate(parts) for line in part]
    found = apart(lines)
    assert sorted(line.id for part in found for line in part) == sorted(line.id for line in lines)
    for part in found:
        assert check_document(tax_document(part, mode=mode, unreachable="residual"), part) == ()


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8), rates, modes)
def test_shares_are_the_largest_remainders(amounts, rate, mode) -> None:
    """Each line gets its exact share rounded down or up, and up where the cut is largest, the first of equals."""
    tax = Treatment("standard", "S" if rate else "Z", rate)
    lines = [TaxedLine(str(i), amount, "incl", tax) for i, amount in enumerate(amounts)]
    doc = tax_document(lines, mode=mode, unreachable="residual")
    whole = sum(amounts)
    exact = [Fraction(doc.net * amount, whole) if whole else Fraction(0) for amount in amounts]
    up = [i for i, net in enumerate(doc.line_nets) if net > exact[i] // 1]
    down = [i for i, net in enumerate(doc.line_nets) if net == exact[i] // 1]
    assert len(up) + len(down) == len(lines)
    assert all(doc.line_nets[i] == exact[i] // 1 + 1 for i in up)
    assert all((exact[i] % 1, -i) > (exact[j] % 1, -j) for i in up for j in down)
