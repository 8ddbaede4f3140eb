"""Text in a picture: made harmless, measured, cut to a width; and the few elements of SVG that a picture is made of."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from cantinekit.errors import InputError

_ELLIPSIS = "…"
_REPLACEMENT = "\ufffd"
_ORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of what follows them: one in a title would turn the text beside it."""
_MOST_MARKS = 2
"""So many marks on one character are kept: more would be drawn over the lines above and below."""
_WIDTHS = {
    0.28: "'ijl\u202f",
    0.32: " ,.IJ\u00a0’·",
    0.36: "/:;\\f|",
    0.4: "()-[]t",
    0.46: '!"r',
    0.53: "*_`sz–",
    0.56: "?Lc",
    0.6: "Fkvxy",
    0.64: "$0123456789EPSTYabdeghnopqu{}«»€",
    0.7: "ABCKRVXZ",
    0.78: "&DGHNU",
    0.84: "#+<=>^~→×OQw",
    1.01: "%@MWm—…",
}
"""Widths in em that no common sans serif font exceeds: those of DejaVu Sans, which is wide."""
_EM = {character: width for width, characters in _WIDTHS.items() for character in characters}
_LETTER, _CAPITAL, _WIDE = 1.05, 1.2, 1.4
"""The same for letters of other scripts, and for signs, ideographs and emoji."""


def clean(text: str) -> str:
    """A text on one line that any XML can hold: no control or direction character, no pile of marks."""
    if not isinstance(text, str):
        raise InputError(f"a text is needed, not {type(text).__name__}")
    found: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character in _ORDERING or marks > _MOST_MARKS:
            continue
        if category in ("Cc", "Zl", "Zp"):
            character = " "
        elif category == "Cs" or ord(character) & 0xFFFE == 0xFFFE:
            character = _REPLACEMENT
        found.append(character)
    return " ".join(part for part in "".join(found).split(" ") if part)


def isolated(text: str) -> str:
    """A text of unknown direction within a sentence, isolated so that it does not reverse its neighbours (Unicode, UAX
    9).
    """
    return f"\u2068{text}\u2069"


def apart(text: str) -> str:
    """The text, isolated where it has a letter that is written from right to left."""
    turns = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return isolated(text) if turns else text


@lru_cache(maxsize=4096)
def _em(character: str, bold: bool) -> float:
    em = _EM.get(character) or _EM.get(unicodedata.normalize("NFD", character)[0]) or _other(character)
    return em * 1.08 + 0.045 if bold and em else em


def _other(character: str) -> float:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0
    if unicodedata.east_asian_width(character) not in "WF":
        return {"Ll": _LETTER, "Lu": _CAPITAL, "Nd": _LETTER}.get(category, _WIDE)
    return _WIDE


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is at most, in the units of the size."""
    return sum(_em(character, bold) for character in text) * size


def fit(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """As much of the text as fits, with an ellipsis where it was cut; empty where nothing sensible fits."""
    if width(text, size, bold=bold) <= room:
        return text
    while text:
        text = text[:-1].rstrip(" ·")
        if width(text + _ELLIPSIS, size, bold=bold) <= room:
            break
    return text + _ELLIPSIS if text else ""


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element: ``class_`` is its class, other underscores are hyphens. The content is markup already."""
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(value if isinstance(value, str) else number(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{shown}>{content}</{name}>" if content else f"<{name}{shown}/>"


def rect(x: float, y: float, width: float, height: float, css: str) -> str:
    """A rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, class_=css)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=css)


def text(x: float, y: float, words: str, css: str, anchor: str = "") -> str:
    """A line of text on a base line; ``anchor`` is ``middle`` or ``end`` where it does not begin at ``x``."""
    if anchor:
        return element("text", escape(words), x=x, y=y, class_=css, text_anchor=anchor)
    return element("text", escape(words), x=x, y=y, class_=css)


def named(title: str, content: str, css: str) -> str:
    """A part of the picture that has a name: a tooltip for the sighted, a text for screen readers."""
    return element("g", element("title", escape(title)) + content, class_=css, role="graphics-symbol img")


def shifted(y: float, content: str) -> str:
    """The content, further down."""
    return element("g", content, transform=f"translate(0 {number(y)})")
