"""What is said of the reasons why a space is not available, or why somebody may not register, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import attrs

from cantinekit.common.typography import WEEKDAYS, check_lang, french, french_words
from cantinekit.domain.spaces.slots import FixedSlot, slot_times
from cantinekit.scheduling.admission import BadAnswer
from cantinekit.scheduling.availability import (
    OutsideSlots,
    Reason,
    TooFar,
    TooSoon,
    WrongLength,
)
from cantinekit.scheduling.opening import Verdict

Names = Mapping[str, str]
_NAMED = ("audience", "missing", "members_of")
"""The attributes of reasons that are ids or words with a name."""
_FRENCH = french_words(
    {
        "too small": "il y a {seats} places, pas {wanted}",
        "lacks feature": "il n’y a pas : {missing}",
        "not yours": "c’est réservé à : {audience}",
        "not trained": "il faut d’abord suivre : {missing}",
        "one unit": "c’est composé de plusieurs espaces et se réserve en entier, pas {wanted} fois",
        "in a row": "une personne l’a pendant {longest} d’affilée au plus, pas {wanted}",
        "ahead": "une personne a au plus {most} réservations à venir",
        "approval": "il faut en faire la demande, qui doit être acceptée",
        "closed": "c’est fermé ({verdict})",
        "full": "il en reste {left}, pas {wanted}",
        "buffer": "il faut {before} avant et {after} après, qui ne sont pas libres",
        "grid": "cela commence par pas de {grid}, comptés depuis minuit",
        "no birth date": "la date de naissance est nécessaire",
        "too young": "c’est à partir de {youngest} ans",
        "too old": "c’est jusqu’à {oldest} ans",
        "not a member": "il faut un pass valable à cette date : {members_of}",
        "no bursaries": "il n’y a pas de places solidaires",
        "bursaries gone": "places solidaires : il en reste {left} sur {quota}, pas {wanted}",
    }
)
RULES = {
    "always open": "toujours ouvert",
    "weekly hours": "horaires de la semaine",
    "season": "saison",
    "extra opening": "ouverture exceptionnelle",
    "closure": "fermeture",
    "public holiday": "jour férié",
    "school holidays": "vacances scolaires",
    "outside hours": "en dehors des horaires",
}
"""The rules of opening calendars in French."""
_ANSWERS = {
    "fr": {
        "unknown": "il n’y a pas de question de ce nom",
        "missing": "il manque une réponse",
        "wrong kind": "la réponse n’est pas de la bonne forme",
        "no such choice": "ce choix n’est pas proposé",
        "too long": "la réponse est trop longue",
    },
    "en": {
        "unknown": "there is no such question",
        "missing": "an answer is needed",
        "wrong kind": "the answer has the wrong form",
        "no such choice": "there is no such choice",
        "too long": "the answer is too long",
    },
}
_TOLD = 6
"""How many slots are told."""


def of_reason(reason: Reason, lang: str, names: Names) -> str:
    """A reason as a clause.

    Args:
        reason: the reason; of a class of somebody else, in any language what its ``str`` says.
        lang: "fr" or "en".
        names: names of groups, workshops, products and features by id or word.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    named = _with_names(reason, names)
    if lang == "en":
        return str(named)
    told = _OWN.get(type(named))
    if told is not None:
        return french(told(named))
    sentence = _FRENCH.get(named.code)
    if sentence is None or not attrs.has(type(named)):
        return str(named)
    values = {field.name: _value(getattr(named, field.name)) for field in attrs.fields(type(named))}
    return sentence.format_map(values)


def of_answer(answer: BadAnswer, lang: str, names: Names) -> str:
    """What is wrong with an answer.

    Args:
        answer: the answer.
        lang: "fr" or "en".
        names: the texts of the questions by their keys.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    colon = french(" : ") if lang == "fr" else ": "
    return f"{names.get(answer.key, answer.key)}{colon}{_ANSWERS[lang].get(answer.why, answer.why)}"


def _with_names(reason: Reason, names: Names) -> Reason:
    if not names or not attrs.has(type(reason)):
        return reason
    fields = {field.name for field in attrs.fields(type(reason))}
    found = {name: tuple(names.get(id, id) for id in getattr(reason, name)) for name in _NAMED if name in fields}
    return attrs.evolve(reason, **found) if found else reason


def _value(value: Any) -> str:
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, Verdict):
        return f"{RULES[value.rule]} : {value.name}" if value.name else RULES[value.rule]
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def span(length: timedelta) -> str:
    """A length of time in French: "1 jour 2 heures". What is left beyond whole seconds is not told.

    Args:
        length: the length.
    """
    minutes, seconds = divmod(length // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = ((days, "jour"), (hours, "heure"), (minutes, "minute"), (seconds, "seconde"))
    return " ".join(f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in units if n) or "pas de temps"


def _length(reason: WrongLength) -> str:
    least = [f"au moins {span(reason.shortest)}"] if reason.shortest else []
    most = [f"au plus {span(reason.longest)}"] if reason.longest else []
    steps = [f"un multiple de {span(reason.step)}"] if reason.step else []
    return f"la durée doit être : {', '.join([*least, *most, *steps])}"


def _soon(reason: TooSoon) -> str:
    return f"cela se réserve au moins {span(reason.notice)} avant le début" if reason.notice else "c’est passé"


def _far(reason: TooFar) -> str:
    if reason.days == 0:
        return "cela ne se réserve que le jour même"
    limits = [] if reason.horizon is None else [span(reason.horizon)]
    limits += [] if reason.months is None else [f"{reason.months} mois"]
    limits += [] if not reason.days else [f"{reason.days} jour{'s' if reason.days > 1 else ''} du calendrier"]
    nearer = ", au plus proche des deux" if len(limits) == 2 else ", au plus proche" if len(limits) > 2 else ""
    return f"cela se réserve au plus tôt {' ou '.join(limits)} avant le début{nearer}"


def _slots(reason: OutsideSlots) -> str:
    if not reason.slots:
        return "cela se réserve par créneaux fixes, dont aucun n’est ouvert à cette personne"
    told = [_slot(one) for one in reason.slots[:_TOLD]]
    told += [f"et {len(reason.slots) - _TOLD} autres"] if len(reason.slots) > _TOLD else []
    most = f", plusieurs de suite pour {span(reason.longest)} au plus" if reason.longest else ""
    return f"cela se réserve par créneaux fixes : {', '.join(told)}{most}"


def _slot(slot: FixedSlot) -> str:
    days = "" if len(slot.weekdays) == 7 else f" ({' '.join(WEEKDAYS['fr'][day] for day in slot.weekdays)})"
    return slot_times(slot) + days


_OWN: Mapping[type[Reason], Any] = {WrongLength: _length, TooSoon: _soon, TooFar: _far, OutsideSlots: _slots}
"""The reasons whose sentence is put together."""

__all__ = ["RULES", "Names", "of_answer", "of_reason", "span"]
