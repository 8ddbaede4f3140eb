"""How amounts, numbers, sentences, days and months are written in French and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

from cantinekit.errors import InputError
from cantinekit.errors.shown import shown as printed

if TYPE_CHECKING:
    from cantinekit.money import Money

Lang = Literal["fr", "en"]
"""The languages of texts and messages, as ISO 639-1 codes."""
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
NO_BREAK = "\u00a0"
THIN = "\u202f"
"""The narrow space that does not break."""
WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
MONTHS: dict[str, tuple[str, ...]] = {
    lang: tuple(names.split())
    for lang, names in {
        "en": "January February March April May June July August September October November December",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    }.items()
}
_BESIDE_MARKS = re.compile(r" (?=[:;!?»])|(?<=«) |(?<=n°) ")
_LONG = re.compile(r"\d{4,}")


def check_lang(lang: str) -> None:
    """Refuse a language that there are no texts in.

    Args:
        lang: the language.

    Raises:
        InputError: there are none.
    """
    if lang not in LANGUAGES:
        raise InputError(f"no texts in {printed(lang)}; there are {', '.join(LANGUAGES)}")


def french(text: str) -> str:
    """A sentence with a no-break space before each tall mark (: ; ! ? ») and behind « and n°.

    Args:
        text: the sentence, with plain spaces.
    """
    return _BESIDE_MARKS.sub(NO_BREAK, text)


def french_words(words: Mapping[str, str]) -> dict[str, str]:
    """Sentences by name, each with the spaces of French typography.

    Args:
        words: the sentences, with plain spaces.
    """
    return {name: french(text) for name, text in words.items()}


def in_languages(words: Mapping[str, tuple[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Sentences by language and name, the French ones with the spaces of French typography.

    Args:
        words: the English and the French sentence of each name, with plain spaces.
    """
    english, french = ({name: both[lang] for name, both in words.items()} for lang in (0, 1))
    return {"en": english, "fr": french_words(french)}


def number(text: object, lang: str) -> str:
    """A number or a percentage as the language writes it: in French "1 234,5" and "-30 %", with spaces that do not
    break.

    Args:
        text: the number, with a decimal point; anything that has such a text.
        lang: "fr", or another language, in which the text stays as it is.
    """
    shown = str(text)
    if lang != "fr":
        return shown
    whole, point, part = shown.partition(".")
    whole = _LONG.sub(lambda found: f"{int(found[0]):,}".replace(",", THIN), whole)
    return (whole + point.replace(".", ",") + part).replace("%", f"{NO_BREAK}%")


def money(amount: Money | str | None, lang: str) -> str:
    """An amount as text; in French with the sign of the euro.

    Args:
        amount: the amount, or its text; ``None`` gives an empty text.
        lang: "fr" or "en".
    """
    shown = number("" if amount is None else amount, lang)
    return shown.replace(" EUR", " €").replace(" ", NO_BREAK) if lang == "fr" else shown
