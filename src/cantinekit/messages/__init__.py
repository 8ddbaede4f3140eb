"""The texts that people get, in French and English, rendered when they are sent; documents as they are printed.

What an error says to a visitor is in ``refusals``, which ``CantineError.text`` finds by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template

from cantinekit.common.typography import LANGUAGES, french
from cantinekit.messages import _html
from cantinekit.messages._documents import line_text, print_document, print_document_html
from cantinekit.messages._preview import SAMPLE, page
from cantinekit.messages._replaced import EVERY, Texts, replaced, words_of
from cantinekit.messages._sheets import print_sheet
from cantinekit.messages._texts import WRITTEN

TEXTS: Texts = {
    name: texts | {"fr": (french(texts["fr"][0]), french(texts["fr"][1]))} for name, texts in WRITTEN.items()
}
"""The templates: name, then language, then subject and text."""
_SEE = {"fr": french("\nÀ voir en ligne : $link\n"), "en": "\nSee it online: $link\n"}
"""What stands below a text that has a link and says nothing of it."""


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
    subject, text, *_ = texts[template][lang]
    line = _BLANKS.sub(" ", Template(subject).safe_substitute(facts)).strip(" ")
    return line, Template(_with_link(text, lang, facts)).safe_substitute(facts)


def render_html(template: str, lang: str, facts: Mapping[str, str], texts: Texts = TEXTS) -> str:
    """The HTML of a message: that of the host where it gives one, else the text with its paragraphs.

    Args:
        template: the name of the template.
        lang: the language, "fr" or "en".
        facts: the words that the template may use, by name; they are escaped.
        texts: the templates.

    Raises:
        LookupError: no such template, or none in that language.
    """
    _, text, *own = texts[template][lang]
    subject, _ = render(template, lang, facts, texts)
    if own:
        return _html.of_own(own[0], subject, lang, facts)
    return _html.of_text(subject, _with_link(text, lang, facts), lang, facts)


def _with_link(text: str, lang: str, facts: Mapping[str, str]) -> str:
    """The template of a text, with the link below it where there is one that it does not have itself."""
    if not facts.get("link") or "link" in Template(text).get_identifiers():
        return text
    return text + _SEE[lang]


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
    "EVERY",
    "LANGUAGES",
    "TEXTS",
    "Texts",
    "line_text",
    "own_texts",
    "preview_html",
    "preview_text",
    "print_document",
    "print_document_html",
    "print_sheet",
    "render",
    "render_html",
    "words_of",
]
