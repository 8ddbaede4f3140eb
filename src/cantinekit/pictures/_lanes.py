"""Lanes for the blocks of one row, so that no block and no label covers another. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from cantinekit.pictures._ink import fit, width

SIZE = 10.5
PAD = 4
_MOST_BESIDE = 220
_ENOUGH = 0.95
"""A label is cut to its block where so much of it can be read, else it stands beside the block, as long as this."""


@attrs.frozen
class BlockSpan:
    """A block on the axis, from ``left`` to ``right``, with what could be written on it, the fullest text first."""

    left: float
    right: float
    labels: tuple[str, ...]
    bold: bool = False
    inset: float = 0


@attrs.frozen
class Laid:
    """The position of a span, and its label: the text, where it starts, and whether that is beside the block."""

    lane: int
    label: str
    x: float
    beside: bool
    taken: tuple[float, float]


def lay(spans: Sequence[BlockSpan], left: float, right: float) -> list[Laid]:
    """Put each span, from left to right, into the first lane in which it and its label have room."""
    found = [_labelled(span, left, right) for span in spans]
    ends: list[float] = []
    for at in sorted(range(len(found)), key=lambda at: (found[at].taken[0], at)):
        start, end = found[at].taken
        lane = _free(ends, start)
        ends[lane : lane + 1] = [end]
        found[at] = attrs.evolve(found[at], lane=lane)
    return found


def _free(ends: Sequence[float], start: float) -> int:
    """The first lane that is free from here on, or a new one."""
    return next((lane for lane, end in enumerate(ends) if end <= start), len(ends))


def _labelled(span: BlockSpan, left: float, right: float) -> Laid:
    inside = span.right - span.left - 2 * PAD - span.inset
    for label in span.labels:
        if not label or width(label, SIZE, bold=span.bold) <= inside:
            return Laid(0, label, span.left + PAD + span.inset, False, (span.left, span.right))
    shortest = span.labels[-1]
    wanted = min(width(shortest, SIZE, bold=span.bold), _MOST_BESIDE)
    after = right - span.right - 2 * PAD
    before = span.left - left - 2 * PAD
    if inside >= _ENOUGH * wanted or inside >= max(after, before):
        shown = fit(shortest, inside, SIZE, bold=span.bold)
        return Laid(0, shown, span.left + PAD + span.inset, False, (span.left, span.right))
    if after >= wanted or after >= before:
        wanted = min(wanted, after)
        shown = fit(shortest, wanted, SIZE, bold=span.bold)
        return Laid(0, shown, span.right + PAD, True, (span.left, round(span.right + wanted + 2 * PAD, 1)))
    wanted = min(wanted, before)
    start = round(span.left - wanted - 2 * PAD, 1)
    shown = fit(shortest, wanted, SIZE, bold=span.bold)
    return Laid(0, shown, start + PAD, True, (start, span.right))
