"""The texts that people get, in French and English, rendered when they are sent; documents as they are printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template

from cantinekit.common.typography import french
from cantinekit.messages._documents import line_text, print_document
from cantinekit.messages._preview import SAMPLE, page
from cantinekit.messages._replaced import Texts, replaced, words_of
from cantinekit.messages._sheets import print_sheet
from cantinekit.messages._texts import WRITTEN

LANGUAGES = ("fr", "en")
TEXTS: Texts = {
    name: texts | {"fr": (french(texts["fr"][0]), french(texts["fr"][1]))} for name, texts in WRITTEN.items()
}
"""The templates: name, then language, then subject and text."""


_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
"""White space of any kind, but for the spaces that French typography does not break a line at."""


def render(template: str, lang: str, facts: Mapping[str, str], texts: Texts = TEXTS) -> tuple[str, str]:
    """The subject and the text of a message.

    A word that is missing shows as its name, never as an error: a message about a place that was renamed must still be
    sent. The subject is one line, whatever a title holds.

    Args:
        template: the name of the template.
        lang: the language, "fr" or "en".
        facts: the words that the template may use, by name.
        texts: the templates.

    Raises:
        LookupError: no such template, or none in that language.
    """
    subject, text = texts[template][lang]
    line = _BLANKS.sub(" ", Template(subject).safe_substitute(facts)).strip(" ")
    return line, Template(text).safe_substitute(facts)


def own_texts(own: Texts | None) -> Texts:
    """The texts of the library with those of a host in their place.

    Args:
        own: the texts of the host; ``None``: it has none of its own.

    Raises:
        InputError: what is wrong with them, all at once.
    """
    return TEXTS if own is None else replaced(own, TEXTS)


def preview_html(own: Texts | None = None, facts: Mapping[str, dict[str, str]] = SAMPLE) -> str:
    """A page of HTML with every message in every language, on invented facts; all texts are escaped.

    Args:
        own: the texts of the host; ``None``: it has none of its own.
        facts: the words of the messages, by language and name.

    Raises:
        InputError: what is wrong with the texts of the host, all at once.
    """
    texts = own_texts(own)
    return page(texts, lambda name, lang, words: render(name, lang, words, texts), facts)


def preview_text(own: Texts | None = None) -> str:
    """Every message in every language as plain text, on invented facts.

    Args:
        own: the texts of the host; ``None``: it has none of its own.

    Raises:
        InputError: what is wrong with the texts of the host, all at once.
    """
    texts = own_texts(own)
    found = []
    for name in texts:
        for lang in texts[name]:
            subject, text = render(name, lang, SAMPLE[lang], texts)
            found.append(f"== {name} ({lang})\n{subject}\n\n{text}\n")
    return "".join(found)


__all__ = [
    "LANGUAGES",
    "TEXTS",
    "Texts",
    "line_text",
    "own_texts",
    "preview_html",
    "preview_text",
    "print_document",
    "print_sheet",
    "render",
    "words_of",
]
