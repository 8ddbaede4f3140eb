"""One and several: the units of price lists, in English and in French. A word that is not here stays as it is."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "en": (
        "minute hour half-day day night week month year morning afternoon evening session lesson class workshop stay "
        "visit entry pass ticket card credit token point unit piece item page copy print sheet gram kilo person seat "
        "desk room place table meal cover coffee booking hire period block decimal"
    ),
    "fr": (
        "minute heure demi-journée jour journée nuit semaine mois an année matinée soirée séance cours atelier passage "
        "visite entrée ticket billet carte crédit jeton point unité pièce page copie photocopie impression feuille "
        "gramme kilo personne place bureau salle table chaise repas couvert café réservation location période tranche "
        "décimale fois"
    ),
}
ENGLISH_UNITS = {"unit 1h": "hour", "unit 1min": "minute", "unit persons": "person"}
"""The words of units whose name is no English word."""
FRENCH_UNITS = {
    "unit day": "jour",
    "unit week": "semaine",
    "unit month": "mois",
    "unit year": "an",
    "unit person": "personne",
    "unit booking": "réservation",
    "unit order": "commande",
    "unit stay": "passage",
    "unit hour": "heure",
    "unit unit": "unité",
    "unit piece": "pièce",
    "unit business day": "jour ouvré",
    "unit half-day": "demi-journée",
    "unit night": "nuit",
    "unit 1h": "heure",
    "unit 1min": "minute",
    "unit period": "période",
    "unit decimal": "décimale",
    "unit persons": "personne",
    "unit session": "séance",
    "unit entry": "entrée",
    "unit meal": "repas",
    "unit desk": "bureau",
    "unit room": "salle",
    "unit seat": "place",
    "unit token": "jeton",
    "unit credit": "crédit",
    "unit evening": "soirée",
    "unit morning": "matinée",
    "unit afternoon": "après-midi",
}
"""The French words of units that have an English name in a price list."""
_FIXED: Mapping[str, Mapping[str, str]] = {
    "en": {"business day": "business days", "volunteer hour": "volunteer hours"},
    "fr": {"jour ouvré": "jours ouvrés", "après-midi": "après-midi"},
}


def _english(word: str) -> str:
    if word.endswith("y") and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _french(word: str) -> str:
    if word.endswith(("s", "x", "z")):
        return word
    return f"{word}x" if word.endswith(("au", "eu")) else f"{word}s"


_PLURALS: Mapping[str, Mapping[str, str]] = {
    "en": {**{word: _english(word) for word in _WORDS["en"].split()}, **_FIXED["en"]},
    "fr": {**{word: _french(word) for word in _WORDS["fr"].split()}, **_FIXED["fr"]},
}
_SINGULARS = {lang: {many: one for one, many in words.items()} for lang, words in _PLURALS.items()}


def plural(word: str, lang: str) -> str:
    """Several of it: "page" gives "pages"."""
    return _PLURALS[lang].get(word, word)


def singular(word: str, lang: str) -> str:
    """One of it: "couverts" gives "couvert"."""
    return word if word in _PLURALS[lang] else _SINGULARS[lang].get(word, word)
