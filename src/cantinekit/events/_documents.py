"""Facts about documents: what a legal entity states on them, the series that number them, what was issued."""

from __future__ import annotations

import attrs

from cantinekit.events._base import Event
from cantinekit.model import Document, NumberSeries


@attrs.frozen
class EntityDescribed(Event):
    """What documents state of a legal entity from now on; those that were issued keep what they state."""

    entity_id: str
    address: tuple[str, ...]
    country: str
    registration: str
    vat_number: str
    mentions: tuple[str, ...]


@attrs.frozen
class SeriesOpened(Event):
    """A series numbers documents."""

    series: NumberSeries


@attrs.frozen
class ReceiptsAutomated(Event):
    """From now on a settled charge gets a receipt of this series by itself; without one, none does."""

    entity_id: str
    series_id: str | None


@attrs.frozen
class DocumentIssued(Event):
    """A document has its number. Who it is for stands in a private record, not here."""

    document: Document
