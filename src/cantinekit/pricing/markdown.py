"""An explanation as Markdown: the lines of each item, then what every rule did, as a numbered list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cantinekit.pricing import texts
from cantinekit.pricing.quote import NO_NAMES, Names

if TYPE_CHECKING:
    from cantinekit.pricing.quote import Quote

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_BLANK = re.compile(r"[^\S\u00a0\u202f]+")


def escape(text: str) -> str:
    """The text on one line, as it is read: nothing in it is Markdown or HTML."""
    return _MARKS.sub(r"\\\1", _BLANK.sub(" ", text))


def markdown(quote: Quote, lang: str, names: Names = NO_NAMES) -> str:
    """A quote as Markdown (CommonMark); what a tariff or a customer wrote is text in it, never a mark."""
    out: list[str] = []
    for block in texts.blocks(quote, lang, names):
        out += [f"### {escape(f'[{block.item}] {block.product}')}", ""]
        results = [*block.results, *block.refusals]
        out += [*(f"- {escape(result)}" for result in results), ""] if results else []
        for number, (step, *notes) in enumerate(block.steps, 1):
            out.append(f"{number}. {escape(step)}")
            out += [f"{' ' * (len(str(number)) + 2)}- {escape(note)}" for note in notes]
        out += [""] if block.steps else []
    return "\n".join([*out, f"**{escape(texts.total(quote, lang))}**"])
