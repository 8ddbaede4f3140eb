"""The tax of a document: per document and per category and rate, never per line.

A group may hold inclusive and exclusive lines. What the customer sees of it is the sum of the inclusive amounts, plus
the sum of the exclusive ones with its tax; the group's net is taken out of that whole, so that BT-117 is the rounded
share of BT-116. Exclusive lines keep their amounts as nets; inclusive lines share the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

from cantinekit.errors.shown import shown
from cantinekit.money import Rounding, allocate, round_ratio
from cantinekit.pricing.tax._classes import NO_MENTION, Mention, TaxError
from cantinekit.pricing.tax._extract import UnreachableError, extract, tax_of
from cantinekit.pricing.tax.records import TaxDocument, TaxedLine, TaxGroup, Untaxed

Policy = Literal["residual", "adjust tax", "refuse"]


def tax_document(lines: Sequence[TaxedLine], *, mode: Rounding, unreachable: Policy) -> TaxDocument:
    """The document that lines make.

    Args:
        lines: the lines, all charges or all credits.
        mode: how the tax is rounded.
        unreachable: what happens where no net amount gives the sum that the customer was shown. "residual": the
            difference of one minor unit goes to the ``residual``; "adjust tax": the tax of the group takes it, flagged;
            "refuse": the document is refused.

    Raises:
        UnreachableError: the policy is "refuse", and a sum has no net amount.
        TaxError: two lines with one id; charges and credits in one document (see ``apart``); allowances that are more
            than the lines of their rate; an inclusive price under reverse charge of which nobody knows the rate.
    """
    if unreachable not in ("residual", "adjust tax", "refuse"):
        raise TaxError([f"what is unreachable goes to 'residual', 'adjust tax' or 'refuse', not {shown(unreachable)}"])
    round_ratio(0, 1, mode)
    sign = _sign(lines)
    nets = {line.id: line.amount for line in lines if line.basis == "excl"}
    groups = tuple(_group(members, rate, sign, mode, unreachable, nets) for rate, members in _by_rate(lines))
    untaxed: list[Untaxed] = []
    for category in ("E", "O"):
        kinds = ("not subject", "outside scope")
        members = [line for line in lines if line.tax.kind in kinds and line.tax.category == category]
        if members:
            nets.update({line.id: line.amount for line in members})
            amount = sum(line.amount for line in members)
            _not_below(sign * amount, category, None)
            untaxed.append(Untaxed(category, amount, mentions_of(members)))
    return _document(lines, groups, tuple(untaxed), nets, credit=sign < 0, mode=mode)


def apart(lines: Iterable[TaxedLine]) -> tuple[tuple[TaxedLine, ...], ...]:
    """The lines of each document that must be written: charges, credits and what is outside the scope are separate.

    EN 16931 keeps category O away from all others (BR-O-11, BR-O-12). A negative line goes to the credit note;
    allowances stay with the charges, or with the credits where they are positive.

    Args:
        lines: all lines.
    """
    found: dict[tuple[bool, bool], list[TaxedLine]] = {}
    for line in lines:
        credit = line.amount > 0 if line.role == "allowance" else line.amount < 0
        found.setdefault((credit, line.tax.category == "O"), []).append(line)
    return tuple(tuple(found[key]) for key in sorted(found))


def obstacles(doc: TaxDocument) -> tuple[str, ...]:
    """The rules of EN 16931 that forbid to issue a document, with what is wrong; none: it may be issued.

    A price list or an order can break them: a class whose first mention holds from a later day gives no reason why
    there is no tax (BR-E-10, BR-AE-10, ...), and an order may have what is outside the scope beside what is not
    (BR-O-11; see ``apart``).

    Args:
        doc: the document, whose taxes are known.
    """
    parts: tuple[TaxGroup | Untaxed, ...] = (*doc.groups, *doc.untaxed)
    found = [
        f"BR-{'IC' if part.category == 'K' else part.category}-10: "
        f"category {part.category} does not say why it bears no tax"
        for part in parts
        if part.category not in NO_MENTION and not part.mentions
    ]
    if "O" in (categories := {part.category for part in parts}) and len(categories) > 1:
        found.append("BR-O-11: what is outside the scope goes into a document of its own")
    return tuple(found)


def mentions_of(lines: Iterable[TaxedLine]) -> tuple[Mention, ...]:
    """The mentions of lines, each once, in an order that does not depend on that of the lines."""
    found = {line.tax.mention for line in lines if line.tax.mention is not None}
    return tuple(sorted(found, key=lambda m: (m.code, m.text, m.source, str(m.since))))


def _sign(lines: Sequence[TaxedLine]) -> int:
    """1 for an invoice, -1 for a credit note."""
    if len({line.id for line in lines}) != len(lines):
        raise TaxError(["two lines have one id"])
    signs = {(line.amount > 0) == (line.role == "line") for line in lines if line.amount}
    if len(signs) == 2:
        raise TaxError(["charges and credits do not go into one document; a credit note is one of its own"])
    return -1 if signs == {False} else 1


def _by_rate(lines: Sequence[TaxedLine]) -> list[tuple[Fraction, list[TaxedLine]]]:
    """The taxed lines with their rate, those of each category and rate together."""
    found: dict[tuple[str, Fraction], list[TaxedLine]] = {}
    for line in lines:
        if line.tax.taxed and line.tax.rate is not None:
            found.setdefault((line.tax.category, line.tax.rate), []).append(line)
    return [(key[1], found[key]) for key in sorted(found)]


def _not_below(amount: int, category: str, rate: Fraction | None) -> None:
    if amount < 0:
        at = "" if rate is None else f" at {rate * 100} %"
        raise TaxError([f"allowances are more than the lines of category {category}{at}"])


def _group(
    members: Sequence[TaxedLine], rate: Fraction, sign: int, mode: Rounding, unreachable: Policy, nets: dict[str, int]
) -> TaxGroup:
    """One group, and the nets of its lines into ``nets``; worked out on magnitudes."""
    category, mentions = members[0].tax.category, mentions_of(members)
    if members[0].tax.kind == "reverse":
        net = sum(_net_due(members, sign, mode, nets))
        _not_below(net, category, rate)
        return TaxGroup(category, rate, sign * net, 0, sign * net, mentions=mentions)
    fixed = sum(sign * line.amount for line in members if line.basis == "excl")
    shown = sum(sign * line.amount for line in members if line.basis == "incl")
    gross = shown + fixed + tax_of(fixed, rate, mode)
    _not_below(gross, category, rate)
    found = extract(gross, rate, mode)
    tax, residual, adjusted = found.tax, found.residual, False
    if residual and unreachable == "refuse":
        raise UnreachableError(category, rate, gross)
    if residual and unreachable == "adjust tax":
        tax, residual, adjusted = gross - found.net, 0, True
    _share(found.net - fixed, [line for line in members if line.basis == "incl"], rate, sign, mode, nets)
    return TaxGroup(category, rate, sign * found.net, sign * tax, sign * gross, sign * residual, adjusted, mentions)


def _net_due(members: Sequence[TaxedLine], sign: int, mode: Rounding, nets: dict[str, int]) -> list[int]:
    """Under reverse charge inclusive prices are owed without the tax that they contain; a net per contained rate."""
    parts = [sign * line.amount for line in members if line.basis == "excl"]
    inclusive = [line for line in members if line.basis == "incl"]
    for line in inclusive:
        if line.tax.contained is None:
            raise TaxError([f"{line.id}: reverse charge on an inclusive price needs the rate that the price contains"])
    for rate in sorted({line.tax.contained for line in inclusive if line.tax.contained is not None}):
        same = [line for line in inclusive if line.tax.contained == rate]
        net = extract(sum(sign * line.amount for line in same), rate, mode).net
        _share(net, same, rate, sign, mode, nets)
        parts.append(net)
    return parts


def _share(
    net: int, lines: Sequence[TaxedLine], rate: Fraction, sign: int, mode: Rounding, nets: dict[str, int]
) -> None:
    """Spread a net (a magnitude) over inclusive lines: largest remainder, ties to the first.

    Allowances are spread among themselves, so that no share has another sign than its line. None is more than its
    inclusive amount: ``-minus <= net <= plus``, because ``n + tax_of(n)`` rises strictly with n.
    """
    charged = [line for line in lines if line.role == "line"]
    taken = [line for line in lines if line.role == "allowance"]
    plus, minus = (sum(abs(line.amount) for line in part) for part in (charged, taken))
    off = round_ratio(minus * rate.denominator, rate.denominator + rate.numerator, mode)
    off = min(max(off, -net), plus - net)
    for part, whole, total, direction in ((charged, plus, net + off, sign), (taken, minus, off, -sign)):
        shares = allocate(total, [abs(line.amount) for line in part]) if whole else [0] * len(part)
        nets.update({line.id: direction * share for line, share in zip(part, shares, strict=True)})


def _sum(amounts: Sequence[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def _document(
    lines: Sequence[TaxedLine],
    groups: tuple[TaxGroup, ...],
    untaxed: tuple[Untaxed, ...],
    nets: dict[str, int],
    *,
    credit: bool,
    mode: Rounding,
) -> TaxDocument:
    unknown = [line for line in lines if line.tax.kind == "unknown"]
    line_nets = tuple(nets.get(line.id) for line in lines)
    by_role: dict[str, list[int | None]] = {"line": [], "allowance": []}
    for line, net in zip(lines, line_nets, strict=True):
        by_role[line.role].append(net)
    allowances = _sum(by_role["allowance"])
    free = sum(each.amount for each in untaxed)
    gross: int | None = sum(g.gross for g in groups) + free
    for line in unknown:
        gross = None if gross is None or line.basis == "excl" else gross + line.amount
    return TaxDocument(
        groups=groups,
        untaxed=untaxed,
        line_nets=line_nets,
        line_total=_sum(by_role["line"]),
        allowance_total=None if allowances is None else -allowances,
        net=_sum(line_nets),
        tax=None if unknown else sum(group.tax for group in groups),
        gross=gross,
        residual=sum(group.residual for group in groups),
        mentions=mentions_of(lines),
        credit=credit,
        mode=mode,
    )
