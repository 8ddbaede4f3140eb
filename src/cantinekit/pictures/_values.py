"""The values that an agenda is drawn from: spaces with their openings and closures, blocks, and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import attrs

from cantinekit.clock import Period
from cantinekit.common.fields import MAX_COUNT, is_a, is_one_of, to_ids
from cantinekit.errors import InputError
from cantinekit.pictures._days import clipped, clock_change, first_day, last_day, whole_days
from cantinekit.pictures._ink import apart, clean, isolated
from cantinekit.pictures._picture import Table
from cantinekit.pictures._words import PictureWords
from cantinekit.scheduling import without

BlockKind = Literal["booking", "session"]


def _text(_: object, attribute: attrs.Attribute[str], value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"{attribute.name} must be a text, not {type(value).__name__}")


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """The periods in order; those that touch or overlap are one."""
    found: list[Period] = []
    for one in sorted(periods):
        if found and one.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


@attrs.frozen
class Shut:
    """A stretch in which a space is not available.

    Attributes:
        period: when.
        reason: why, for example the name of a public holiday; it is shown.
    """

    period: Period = attrs.field(validator=is_a(Period))
    reason: str = attrs.field(validator=_text)


@attrs.frozen
class SpaceRow:
    """A space on an agenda.

    Attributes:
        id: the id that blocks refer to.
        name: the name that is shown.
        open: when it is open; ``None``: not known, and nothing is drawn.
        shut: when it is not available, and why.
    """

    id: str = attrs.field(validator=_text)
    name: str = attrs.field(validator=_text)
    open: tuple[Period, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(merged))
    shut: tuple[Shut, ...] = ()


@attrs.frozen
class Block:
    """Something that happens, drawn as a block: a booking or a session.

    Attributes:
        period: when it happens.
        label: what it is called; empty: "booking" or "session" in the language of the picture.
        spaces: ids of the spaces in whose rows it is drawn; empty: it has no room.
        kind: "booking" or "session".
        held: whether it is not confirmed yet.
        note: text that follows the label.
        where: the name of the space, if it is another than those of its rows (a large room that is made of two).
    """

    period: Period = attrs.field(validator=is_a(Period))
    label: str = attrs.field(validator=_text)
    spaces: tuple[str, ...] = attrs.field(default=(), converter=to_ids)
    kind: BlockKind = attrs.field(default="booking", validator=is_one_of("booking", "session"))
    held: bool = False
    note: str = attrs.field(default="", validator=_text)
    where: str = attrs.field(default="", validator=_text)


@attrs.frozen
class Agenda:
    """Everything that an agenda shows: clean texts, in order, with a row for blocks without a room where there are
    any.
    """

    rows: tuple[SpaceRow, ...]
    blocks: tuple[Block, ...]
    days: tuple[date, ...]
    zone: str
    words: PictureWords
    names: dict[str, str]

    @classmethod
    def of(
        cls,
        spaces: Iterable[SpaceRow],
        blocks: Iterable[Block],
        days: Sequence[date],
        zone: str,
        words: PictureWords,
        within: Period | None,
    ) -> Agenda:
        """Order and clean what was given; what does not touch the period is left out.

        Raises:
            InputError: too many spaces or blocks, or two spaces with one id.
        """
        rows = list(spaces)
        ids = {row.id for row in rows}
        if len(ids) != len(rows) or "" in ids or len(rows) > MAX_COUNT:
            raise InputError(f"spaces have different ids, none of them empty, and are at most {MAX_COUNT}")
        seen: list[Block] = []
        for block in blocks:
            if within is not None and block.period.overlaps(within):
                known = tuple(dict.fromkeys(id for id in block.spaces if id in ids))
                label, note, where = clean(block.label), clean(block.note), clean(block.where)
                seen.append(attrs.evolve(block, spaces=known or ("",), label=label, note=note, where=where))
        if len(seen) > MAX_COUNT:
            raise InputError(f"{len(seen)} bookings and sessions are too many, at most {MAX_COUNT}")
        if any(block.spaces == ("",) for block in seen):
            rows.append(SpaceRow("", words("no space")))
        cleaned = [attrs.evolve(row, name=clean(row.name) or "–", shut=_clean_shut(row, words)) for row in rows]
        seen.sort(key=lambda block: (block.period, block.kind, block.spaces, block.label, block.note, block.held))
        return cls(tuple(cleaned), tuple(seen), tuple(days), zone, words, {row.id: row.name for row in cleaned})

    def name_of(self, block: Block) -> str:
        """The space of a block, as it is called."""
        return block.where or ", ".join(self.names[id] for id in block.spaces)

    def said(self, block: Block) -> str:
        """The name of a block, and what follows it; a hold is marked as such."""
        label = apart(block.label)
        if block.held:
            held = self.words(f"held {block.kind}")
            label = self.words("held label", held=held, label=label) if label else held
        return f"{label or self.words(f'any {block.kind}')} {apart(block.note)}".strip()

    def title_of(self, block: Block) -> str:
        """All about a block in one line."""
        words, period, zone = self.words, block.period, self.zone
        first, last = first_day(period, zone), last_day(period, zone)
        when = f"{words.day(first)}, {words.time(period.start, zone)}–{words.end(period, zone)}"
        if last != first:
            end = words("at", time=words.end(period, zone), day=words.day(last))
            when = f"{words.day(first)}, {words.time(period.start, zone)} – {end}"
        label = isolated(self.said(block))
        return f"{isolated(self.name_of(block))}, {when}{words('colon')}{label}"

    def about(self) -> str:
        """The text before the picture."""
        rows = sum(row.id != "" for row in self.rows)
        return self.words("about", spaces=rows, items=len(self.blocks), zone=self.zone)

    # --- tables ----------------------------------------------------------------------------------------------------

    def tables(self) -> tuple[Table, ...]:
        """What happens, one row each; and when each space is open or closed, day by day."""
        words = self.words
        items = [self._item(block) for block in self.blocks] or [_row_of(words("none"), words("items head"))]
        openings = [row for day in self.days for row in self._openings(day)]
        openings = openings or [_row_of(words("none"), words("openings head"))]
        return (
            Table(words("items"), tuple(words("items head").split("|")), tuple(items)),
            Table(words("openings"), tuple(words("openings head").split("|")), tuple(openings)),
        )

    def _item(self, block: Block) -> tuple[str, ...]:
        words, period = self.words, block.period
        first, last = first_day(period, self.zone), last_day(period, self.zone)
        end = words.end(period, self.zone)
        return (
            words.day(first),
            words.time(period.start, self.zone),
            end if first == last else words("at", time=end, day=words.day(last)),
            self.name_of(block),
            self.said(block),
            words(block.kind),
            words(f"state held {block.kind}" if block.held else "confirmed"),
        )

    def _openings(self, day: date) -> list[tuple[str, ...]]:
        words, whole = self.words, whole_days([day], self.zone)
        if whole is None:
            return [(words.day(day), words("every space"), words("skipped"), "")]
        shown = words.day(day)
        if change := clock_change(day, self.zone):
            shown = f"{shown} ({words.change(change)})"
        said = {row.id: self._said(row, whole) for row in self.rows if row.open is not None or row.shut}
        if len(said) > 1 and len(set(said.values())) == 1:
            return [(shown, words("every space"), *next(iter(said.values())))]
        return [(shown, row.name, *said[row.id]) for row in self.rows if row.id in said]

    def _said(self, row: SpaceRow, whole: Period) -> tuple[str, str]:
        """When it is open on a day, and why it is closed otherwise, where there is a reason."""
        words = self.words
        shut = [(part, one.reason) for one in row.shut if (part := clipped(one.period, whole))]
        opened = [part for one in row.open or () if (part := clipped(one, whole))]
        hours = [words.span(part, self.zone) for part in without(opened, (part for part, _ in shut))]
        reasons = [reason if part == whole else f"{words.span(part, self.zone)} {reason}" for part, reason in shut]
        unknown = row.open is None and not shut
        return ", ".join(hours) or ("" if unknown else words("closed")), ", ".join(reasons)


def _clean_shut(row: SpaceRow, words: PictureWords) -> tuple[Shut, ...]:
    found = [Shut(one.period, clean(one.reason) or words("closed")) for one in row.shut]
    return tuple(sorted(found, key=lambda one: (one.period, one.reason)))


def _row_of(first: str, head: str) -> tuple[str, ...]:
    return (first, *("" for _ in head.split("|")[1:]))
