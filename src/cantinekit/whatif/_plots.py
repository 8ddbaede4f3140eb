"""Plots of a comparison as SVG that follows the colours of its page; amounts are scaled to be drawn, and only then.

matplotlib draws with colours of its own for what the page calls by name; these are replaced by the names afterwards.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import attrs

from cantinekit.common.extras import need
from cantinekit.common.typography import THIN

COLOURS = {
    "ink": "#010203",
    "soft": "#040506",
    "grid": "#070809",
    "old": "#0a0b0c",
    "new": "#0d0e0f",
    "less": "#101112",
    "same": "#131415",
    "more": "#161718",
}
"""What is drawn with which colour, and the name of it on the page: ``--ink`` and so on."""
_SETTINGS = {
    "svg.hashsalt": "cantinekit",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.parse_math": False,  # a name with "$" is a name
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["soft"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "axes.unicode_minus": True,
}
_FONT = re.compile(r"font: ([\d.]+)px 'DejaVu Sans'")
_HEAD = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r" *<metadata>.*?</metadata>\n?", re.DOTALL)


@attrs.frozen
class Bars:
    """Bars of several kinds beside or upon each other.

    Attributes:
        names: what each group of bars is of.
        kinds: the name of each kind, as the legend calls it, with its colour of ``COLOURS``.
        values: for each kind a value for each group.
    """

    names: Sequence[str]
    kinds: Sequence[tuple[str, str]]
    values: Sequence[Sequence[int]]


def columns(id: str, title: str, about: str, bars: Bars, unit: str, scale: int) -> str:
    """Upright bars, those of a group beside each other.

    Args:
        id: the id of the picture on its page.
        title: what it shows.
        about: the same in a sentence, for who does not see it.
        bars: the bars.
        unit: what the values are in.
        scale: by how much values are divided.
    """
    with _drawing():
        figure, axes = _canvas(8.4, 3.1)
        wide = 0.8 / len(bars.kinds)
        for nth, ((name, colour), values) in enumerate(zip(bars.kinds, bars.values, strict=True)):
            places = [group + wide * (nth - (len(bars.kinds) - 1) / 2) for group in range(len(bars.names))]
            axes.bar(places, [value / scale for value in values], wide * 0.92, color=COLOURS[colour], label=name)
        axes.set_xticks(range(len(bars.names)), bars.names)
        axes.set_xlim(-0.6, len(bars.names) - 0.4)
        _value_axis(axes, axes.yaxis, unit)
        _legend(axes, len(bars.kinds))
        return _svg(figure, id, title, about)


def changes(id: str, title: str, about: str, bars: Bars, unit: str, scale: int, labels: Sequence[str]) -> str:
    """Lying bars from zero to the left and to the right, each with its label.

    Args:
        id: the id of the picture on its page.
        title: what it shows.
        about: the same in a sentence, for who does not see it.
        bars: the bars, of one kind.
        unit: what the values are in.
        scale: by how much values are divided.
        labels: what is written at the end of each bar.
    """
    with _drawing():
        figure, axes = _canvas(8.4, 0.9 + 0.32 * len(bars.names))
        values = [value / scale for value in bars.values[0]]
        places = range(len(values))
        axes.barh(places, values, 0.62, color=COLOURS[bars.kinds[0][1]])
        most = max([abs(value) for value in values], default=0) or 1
        for place, value, label in zip(places, values, labels, strict=True):
            right = value >= 0
            axes.text(
                value + most * (0.015 if right else -0.015), place, label, va="center", ha="left" if right else "right"
            )
        axes.axvline(0, color=COLOURS["soft"], linewidth=0.8)
        low, high = min([*values, 0]), max([*values, 0])
        axes.set_xlim(low - (most * 0.3 if low < 0 else most * 0.02), high + most * 0.3)
        _names(axes, bars.names)
        _value_axis(axes, axes.xaxis, unit)
        return _svg(figure, id, title, about)


def parts(id: str, title: str, about: str, bars: Bars) -> str:
    """Lying bars of the same length, each split by the kinds, with the share of each in percent.

    Args:
        id: the id of the picture on its page.
        title: what it shows.
        about: the same in a sentence, for who does not see it.
        bars: the bars.
    """
    with _drawing():
        figure, axes = _canvas(8.4, 0.9 + 0.32 * len(bars.names))
        sums = [sum(values) or 1 for values in zip(*bars.values, strict=True)]
        begins = [0.0] * len(sums)
        for (name, colour), values in zip(bars.kinds, bars.values, strict=True):
            shares = [100 * value / whole for value, whole in zip(values, sums, strict=True)]
            axes.barh(range(len(sums)), shares, 0.66, left=begins, color=COLOURS[colour], label=name)
            begins = [start + share for start, share in zip(begins, shares, strict=True)]
        axes.set_xlim(0, 100)
        _names(axes, bars.names)
        _value_axis(axes, axes.xaxis, "%")
        _legend(axes, len(bars.kinds))
        return _svg(figure, id, title, about)


def named(id: str) -> str:
    """The attributes by which a picture is known, on a page and alone.

    Args:
        id: the id of the picture.
    """
    return f'role="img" aria-labelledby="{id}-name" aria-describedby="{id}-about"'


# --- drawing ---------------------------------------------------------------------------------------------------------


def _drawing() -> Any:
    return need("matplotlib").rc_context(_SETTINGS)


def _canvas(wide: float, high: float) -> tuple[Any, Any]:
    figure = need("matplotlib.figure").Figure(figsize=(wide, high), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def _value_axis(axes: Any, axis: Any, unit: str) -> None:
    axis.grid(True, color=COLOURS["grid"], linewidth=0.6)
    axes.set_axisbelow(True)
    write = need("matplotlib.ticker").FuncFormatter(lambda value, _: _shown(value))
    axis.set_major_formatter(write)
    axis.set_label_text(unit)


def _shown(value: float) -> str:
    """A value at an axis."""
    return f"{value:,.0f}".replace(",", THIN).replace("-", "−")


def _names(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)


def _legend(axes: Any, count: int) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=count, frameon=False, borderaxespad=0.2, handlelength=1.2
    )


def _svg(figure: Any, id: str, title: str, about: str) -> str:
    """The drawing as a part of a page: no size, no ids but its own, and the colours of the page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = _METADATA.sub("", _HEAD.sub("", out.getvalue(), count=1))
    head, _, rest = text.partition(">")
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    rest = re.sub(r'\bid="', f'id="{id}-', rest)
    rest = re.sub(r'(url\(|href=")#', rf"\1#{id}-", rest)
    rest = _FONT.sub(r"font: \1px var(--font)", rest)
    for name, colour in COLOURS.items():
        rest = rest.replace(colour, f"var(--{name})")
    said = f'<title id="{id}-name">{escape(title)}</title><desc id="{id}-about">{escape(about)}</desc>'
    return f"{head} {named(id)}>{said}{rest}".strip()
