"""Texts of the host in the place of those of the library; every mistake in them is told at once, when a house opens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template

from cantinekit.errors import InputError

Texts = Mapping[str, Mapping[str, tuple[str, str] | tuple[str, str, str]]]
"""Template, then language, then subject and text; and the HTML, where it is not to be made from the text."""
EVERY = ("id", "kind", "link")
"""The words that every template may use: the id and the kind of the record, and the link that the host has to it."""
_OF_HTML = ("subject", "lang")
"""The words that a template of HTML may use beside those of the text."""

MAX_TEMPLATE = 20_000
"""The longest subject or text of a template, in characters."""

_SEAT = ("name", "what", "when", "place", "until", "reason")
_DATED = (*_SEAT, "dates")
_WORDS: dict[str, tuple[str, ...]] = {
    "booking": _SEAT,
    "series": ("name", "what", "when", "place", "dates", "left_out"),
    "seat": _DATED,
    "session": _DATED,
    "waiting": _DATED,
    "meeting": _DATED,
    "course": _DATED,
    "facilitation": ("name", "what", "when", "place", "reason", "dates", "room", "taken", "seats"),
    "facilitations": ("name", "what", "when", "place", "dates"),
    "pass": ("name", "what", "place", "until"),
    "gift": ("name", "what", "place", "until", "giver", "code", "message"),
    "notice": ("name", "what", "place", "until"),
    "order": ("name", "what", "place", "left_out"),
    "paid": ("name", "what", "place"),
    "payment": ("name", "amount", "what", "place"),
    "refund": ("name", "amount", "what", "place"),
    "bill": ("name", "what", "place", "amount", "until"),
    "debit": ("name", "what", "place", "amount", "until", "reason"),
}
"""What the records give for the messages whose names begin so."""


def words_of(template: str) -> tuple[str, ...]:
    """The words that a template may use, each behind a ``$``.

    Args:
        template: the name of the template.
    """
    return _WORDS[template.partition(" ")[0]]


def replaced(own: Texts, written: Texts) -> Texts:
    """The texts, with those of the host in their place; a language that the host leaves out stays.

    Raises:
        InputError: a template, a language or a word that there is not, a ``$`` that begins no word (``$$`` is a
            dollar), a subject that is empty or has several lines, HTML that is empty; all of them are listed.
    """
    if not isinstance(own, Mapping):
        raise InputError("the texts of messages are a mapping: template, language, then subject and text")
    problems = [problem for name, texts in own.items() for problem in _problems(name, texts, written)]
    if problems:
        raise InputError("texts of messages: " + "; ".join(problems))
    return {name: {**texts, **own.get(name, {})} for name, texts in written.items()}


def _problems(name: object, texts: object, written: Texts) -> Iterator[str]:
    if not isinstance(name, str) or name not in written:
        yield f"there is no message {name!r:.60}; there are {', '.join(sorted(written))}"
        return
    if not isinstance(texts, Mapping):
        yield f"{name}: a language, then subject and text are needed"
        return
    for lang, pair in texts.items():
        where = f"{name} ({lang})"
        if lang not in written[name]:
            yield f"{name}: there is no language {lang!r:.20}; there are {', '.join(sorted(written[name]))}"
        elif not (isinstance(pair, tuple | list) and len(pair) in (2, 3) and all(isinstance(one, str) for one in pair)):
            yield f"{where}: a subject and a text are needed, and HTML if you like"
        else:
            yield from (f"{where}: {problem}" for problem in _in_pair(name, *pair))


def _in_pair(name: str, subject: str, text: str, html: str | None = None) -> Iterator[str]:
    if not subject.strip() or len(subject.splitlines()) > 1:
        yield "the subject is one line"
    if not text.strip():
        yield "the text is empty"
    if html is not None and not html.strip():
        yield "the HTML is empty"
    known = (*words_of(name), *EVERY)
    yield from (problem for part in (subject, text) for problem in _in_part(part, known))
    yield from _in_part(html or "", (*known, *_OF_HTML))


def _in_part(part: str, known: tuple[str, ...]) -> Iterator[str]:
    if len(part) > MAX_TEMPLATE:
        yield f"longer than {MAX_TEMPLATE} characters"
    template = Template(part)
    if not template.is_valid():
        yield "a $ begins no word; write $$ for a dollar"
    for word in template.get_identifiers():
        if word not in known:
            yield f"there is no word ${word}; there are {', '.join(f'${one}' for one in known)}"
