"""What the demonstration says, as values: what there is to show, not how it looks."""

from __future__ import annotations

from typing import Literal

import attrs

Mood = Literal["done", "refused", "system"]


@attrs.frozen
class Title:
    """The name of the whole, and what it is about."""

    text: str
    about: tuple[str, ...] = ()


@attrs.frozen
class Heading:
    """The beginning of a scene."""

    text: str


@attrs.frozen
class DayBlock:
    """The day of the lines that follow, where a scene takes several days."""

    text: str


@attrs.frozen
class LineBlock:
    """Something that happened: when, where, what. ``system``: nobody did it, its time had come."""

    at: str
    place: str
    text: str
    mood: Mood = "done"


@attrs.frozen
class Detail:
    """Something more about the line before."""

    text: str


@attrs.frozen
class ReasonsBlock:
    """A price with its reasons, line by line."""

    caption: str
    lines: tuple[str, ...]


@attrs.frozen
class MailBlock:
    """A message that was sent: to whom, and what it says."""

    caption: str
    lines: tuple[str, ...] = ()


@attrs.frozen
class GridBlock:
    """A table. ``right`` are the columns of numbers; the last row is a sum where ``total`` is set."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    total: bool = False


Block = Title | Heading | DayBlock | LineBlock | Detail | ReasonsBlock | MailBlock | GridBlock
