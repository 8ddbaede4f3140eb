"""A page with every message as a person gets it, on invented facts, to look over and to print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from cantinekit.messages._replaced import Texts, words_of

SAMPLE: dict[str, dict[str, str]] = {
    "fr": {
        "name": "Zoé Martin",
        "what": "Atelier « Soudure »",
        "when": "24/11/2026 18:00",
        "until": "25/11/2026 09:30",
        "place": "La Cantine",
        "amount": "8,00 €",
        "dates": "24/11/2026 18:00\n01/12/2026 18:00",
        "left_out": "08/12/2026 18:00",
        "reason": "salle en travaux",
        "giver": "Léa Petit",
        "code": "claim_6f1c0de5ca1ab1e5",
        "message": "Joyeux anniversaire !",
        "room": "Grande salle",
        "taken": "7",
        "seats": "12",
        "id": "bkg_0123",
        "kind": "booking",
        "link": "",
    },
    "en": {
        "name": "Zoé Martin",
        "what": "Welding workshop",
        "when": "2026-11-24 18:00",
        "until": "2026-11-25 09:30",
        "place": "La Cantine",
        "amount": "8.00 EUR",
        "dates": "2026-11-24 18:00\n2026-12-01 18:00",
        "left_out": "2026-12-08 18:00",
        "reason": "the room is being painted",
        "giver": "Léa Petit",
        "code": "claim_6f1c0de5ca1ab1e5",
        "message": "Happy birthday!",
        "room": "Large room",
        "taken": "7",
        "seats": "12",
        "id": "bkg_0123",
        "kind": "booking",
        "link": "",
    },
}
"""Facts of a message that was never sent."""

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Messages</title>
<style>
body { font: 1rem/1.5 sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); }
article { border: 1px solid #999; border-radius: .3rem; padding: 0 1rem; }
pre { font: inherit; overflow-wrap: anywhere; white-space: pre-wrap; }
</style>
</head>
<body>
<h1>Messages</h1>
"""


def page(
    texts: Texts, render: Callable[[str, str, Mapping[str, str]], tuple[str, str]], facts: Mapping[str, dict[str, str]]
) -> str:
    """The page; whatever is in a text or a fact is shown and never taken for HTML."""
    return _HEAD + "".join(_message(name, texts[name], render, facts) for name in texts) + "</body>\n</html>\n"


def _message(
    name: str,
    langs: Iterable[str],
    render: Callable[[str, str, Mapping[str, str]], tuple[str, str]],
    facts: Mapping[str, dict[str, str]],
) -> str:
    words = " ".join(f"<code>${escape(word)}</code>" for word in words_of(name))
    found = [f'<section>\n<h2>{escape(name)}</h2>\n<p>{words}</p>\n<div class="pair">\n']
    for lang in langs:
        subject, text = render(name, lang, facts[lang])
        found.append(
            f'<article lang="{escape(lang)}">\n<h3>{escape(subject)}</h3>\n<pre>{escape(text)}</pre>\n</article>\n'
        )
    return "".join(found) + "</div>\n</section>\n"
