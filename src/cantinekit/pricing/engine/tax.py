"""The tax phase: what is due with tax, per document and per rate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import attrs

from cantinekit.pricing.engine.ask import Ask, RefusedItem
from cantinekit.pricing.engine.lines import WorkLine, shares
from cantinekit.pricing.model.sections import NOT_SUBJECT, UNKNOWN
from cantinekit.pricing.tax import (
    TaxDocument,
    TaxedLine,
    TaxError,
    Treatment,
    UnreachableError,
    apart,
    tax_document,
)

NOTHING_KNOWN = Treatment("unknown", "", None)
NO_TAX = Treatment("not subject", "E", None)


@attrs.frozen
class Taxed:
    """The documents, and for each line its net amount and what the customer pays; ``None`` where it is not known."""

    documents: tuple[TaxDocument, ...]
    nets: tuple[int | None, ...]
    grosses: tuple[int | None, ...]


def treatment(ask: Ask, name: str) -> Treatment:
    """How a tax class is treated for an item: on its day, for this customer."""
    if name == UNKNOWN:
        return NOTHING_KNOWN
    tax = ask.parts.taxes.get(name)
    if tax is None:
        return NO_TAX if name == NOT_SUBJECT else NOTHING_KNOWN
    day = ask.day or ask.bought()
    if day is None:
        if len(tax.tax_class.rates) + len(tax.tax_class.mentions) and tax.tax_class.kind == "standard":
            raise RefusedItem("incomplete", "day", facets=("day",))
        return NO_TAX if tax.tax_class.kind == NOT_SUBJECT else NOTHING_KNOWN
    return tax.treatment(day, bool(tax.reverse) and ask.holds(tax.reverse))


def tax_lines(lines: Sequence[WorkLine], treatments: Sequence[Treatment], ask: Ask) -> Taxed:
    """The tax of whole lines.

    Raises:
        RefusedItem: "tax_unknown", where the tax cannot be computed from what the tariff says.
    """
    head = ask.parts.head
    taxed = [
        TaxedLine(str(number), int(line.exact), "excl" if line.basis == "excl" else "incl", treatments[number])
        for number, line in enumerate(lines)
    ]
    documents = []
    nets: dict[str, int | None] = {}
    grosses: dict[str, int | None] = {}
    try:
        for part in apart(taxed):
            document = tax_document(part, mode=head.rounding, unreachable=head.unreachable)  # type: ignore[arg-type]
            documents.append(document)
            nets.update({line.id: net for line, net in zip(part, document.line_nets, strict=True)})
            grosses.update(_grosses(part, document))
    except (TaxError, UnreachableError) as error:
        raise RefusedItem("tax_unknown", str(error)) from None
    order = [str(number) for number in range(len(lines))]
    return Taxed(tuple(documents), tuple(nets[id] for id in order), tuple(grosses[id] for id in order))


def _grosses(lines: Sequence[TaxedLine], document: TaxDocument) -> dict[str, int | None]:
    """What the customer pays for each line: as printed with tax, else the net and a share of the tax of its rate."""
    out: dict[str, int | None] = {}
    nets = dict(zip((line.id for line in lines), document.line_nets, strict=True))
    for line in lines:
        if line.tax.kind == "unknown":
            out[line.id] = line.amount if line.basis == "incl" else None
        elif not line.tax.taxed:
            out[line.id] = line.amount
    for group in document.groups:
        fixed, rest = list[TaxedLine](), list[TaxedLine]()
        for line in lines:
            if line.tax.taxed and _of(line, group.category, group.rate):
                (fixed if line.basis == "incl" and line.tax.kind != "reverse" else rest).append(line)
        out.update({line.id: line.amount for line in fixed})
        due = group.gross - sum(line.amount for line in fixed)
        exact = [(nets[line.id] or 0) * (1 + group.rate) for line in rest]
        out.update(zip((line.id for line in rest), shares(due, exact), strict=True))
    return out


def _of(line: TaxedLine, category: str, rate: Fraction) -> bool:
    return line.tax.category == category and (line.tax.rate or Fraction(0)) == rate
