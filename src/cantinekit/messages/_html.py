"""The HTML of a message: made from the template of its text, so that both say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from string import Template

_PARAGRAPHS = re.compile(r"\n\s*\n")
_PAGE = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{subject}</title>
</head>
<body>
{body}</body>
</html>
"""


def anchor(link: str) -> str:
    """A link that can be followed; empty where there is none."""
    return f'<a href="{escape(link)}">{escape(link)}</a>' if link else ""


def of_text(subject: str, text: str, lang: str, words: Mapping[str, str]) -> str:
    """The HTML of a text template: its paragraphs and lines. Whatever is in it or in a word is shown, never taken for
    HTML; the link can be followed.

    Args:
        subject: the subject, as it is sent.
        text: the template of the text.
        lang: the language.
        words: the words that it uses.
    """
    safe = {name: escape(value) for name, value in words.items()}
    safe["link"] = anchor(words.get("link", ""))
    written = Template(escape(text, quote=False)).safe_substitute(safe).strip("\n")
    body = "".join("<p>" + part.replace("\n", "<br>\n") + "</p>\n" for part in _PARAGRAPHS.split(written))
    return _PAGE.format(lang=escape(lang), subject=escape(subject), body=body)


def of_own(html: str, subject: str, lang: str, words: Mapping[str, str]) -> str:
    """The HTML of a host: its template is HTML, the words in it are escaped.

    Args:
        html: the template.
        subject: the subject, as it is sent; ``$subject`` in the template.
        lang: the language; ``$lang`` in the template.
        words: the words that it uses.
    """
    safe = {name: escape(value) for name, value in {**words, "subject": subject, "lang": lang}.items()}
    return Template(html).safe_substitute(safe)
