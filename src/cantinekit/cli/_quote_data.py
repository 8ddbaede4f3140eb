"""A quote as data, for ``cantinekit quote --format json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cantinekit.money import Money
    from cantinekit.pricing import Quote, Refusal

SUMS = ("net", "tax", "due_now", "held", "debt")
"""What a quote sums up beside its total."""


def text(amount: Money | None) -> str | None:
    """An amount as ``Money.parse`` reads it."""
    return None if amount is None else str(amount)


def refusal(stop: Refusal) -> dict[str, Any]:
    """Why there is no price, as plain data."""
    return {
        "code": stop.code,
        "what": stop.what,
        "item": stop.item,
        "why": stop.why,
        "facets": list(stop.facets),
        "low": text(stop.low),
        "high": text(stop.high),
        "limit": stop.limit,
        "unit": stop.unit,
        "same": list(stop.same),
    }


def data(quote: Quote) -> dict[str, Any]:
    """The quote as plain data for JSON; amounts are texts that ``Money.parse`` reads."""
    return {
        "tariff": quote.tariff_id,
        "version": quote.tariff_version,
        "ok": quote.ok,
        "total": text(quote.total),
        "gross": text(quote.gross),
        **{name: text(getattr(quote, name)) for name in SUMS},
        "due_later": [
            {"item": row.item, "amount": text(row.amount), "kind": row.kind, "day": row.day and row.day.isoformat()}
            for row in quote.due_later
        ],
        "in_units": {unit: str(number) for unit, number in quote.in_units.items()},
        "lines": [
            {
                "item": line.item,
                "product": line.product,
                "text": line.text,
                "quantity": str(line.quantity),
                "unit": line.unit,
                "unit_price": text(line.unit_price),
                "amount": text(line.amount),
                "net": text(line.net),
                "tax_class": line.tax_class,
                "kind": line.kind,
            }
            for line in quote.lines
        ],
        "uses": [{"lot": use.lot, "account": use.account, "units": use.units} for use in quote.uses],
        "grants": [{"account": grant.account, "units": grant.units, "unit": grant.unit} for grant in quote.grants],
        "pending": [{"item": item, "fact": fact} for item, fact in quote.pending],
        "refusals": [refusal(stop) for stop in quote.refusals],
        "explanation": quote.explanation(),
    }
