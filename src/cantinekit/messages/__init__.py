"""The texts that people get, in French and English, rendered when they are sent; documents as they are printed."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from cantinekit._typography import french
from cantinekit.messages._documents import print_document
from cantinekit.messages._texts import WRITTEN

LANGUAGES = ("fr", "en")
TEXTS = {name: texts | {"fr": (french(texts["fr"][0]), french(texts["fr"][1]))} for name, texts in WRITTEN.items()}
"""The templates: name, then language, then subject and text."""


def render(template: str, lang: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """The subject and the text of a message.

    ``facts`` are the words that the template may use; one that is missing shows as its name, never as an error: a
    message about a place that was renamed must still go out. The subject is one line, whatever a title holds.

    Raises:
        LookupError: no such template, or none in that language.
    """
    subject, text = TEXTS[template][lang]
    return " ".join(Template(subject).safe_substitute(facts).split()), Template(text).safe_substitute(facts)


__all__ = ["LANGUAGES", "TEXTS", "print_document", "render"]
