"""What an error says to a visitor, in French and English: a sentence with names in place of ids.

``CantineError.text`` comes here when it is asked, so that the errors themselves stay at the bottom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cantinekit.clock import Period
from cantinekit.common.typography import check_lang, french, money
from cantinekit.errors import (
    AdmissionError,
    AnswersError,
    CantineError,
    ClosedError,
    DuplicateError,
    InputError,
    NoEntitlementError,
    NotForSaleError,
    NotFoundError,
    NotOverError,
    PriceChangedError,
    RefusedError,
    SeriesClashError,
    SoldOutError,
    TaxUnknownError,
    TermsError,
    TrainingError,
    UnavailableError,
    UnmappedError,
    WrongStateError,
)
from cantinekit.messages.refusals._match import Reader, find, upper_first
from cantinekit.messages.refusals._sentences import PLAINER, SENTENCES
from cantinekit.messages.refusals._words import GENERAL, STATES, SUBJECTS
from cantinekit.scheduling.reasons import of_answer, of_reason

_PAUSED = re.compile(r"pass (\S+) is paused(?:;|$)")
_LEARNT = " asks for something to be learnt first: "
_STATE_WORD = re.compile(r"[a-z]+\Z")


def tell(error: CantineError, lang: str, names: Mapping[str, str], zone: str | None) -> str:
    """An error as a sentence for a visitor.

    Args:
        error: the error.
        lang: "fr" or "en".
        names: names by id: of spaces, workshops, products, people, and whatever else an error may be about; the texts
            of questions by their keys. What has no name is called by its id.
        zone: the zone of the place, in which times are written; ``None``: in UTC, which is said.

    Raises:
        InputError: there are no texts in this language.
    """
    check_lang(lang)
    reader = Reader(lang, names, zone)
    said = next(told for told in _tellings(error, reader) if told)
    nearest: tuple[Period, ...] = getattr(error, "nearest", ())
    if nearest:
        free = "libre" if lang == "fr" else "free"
        said = reader.join([said, reader.pair(free, reader.periods(nearest))])
    return f"{said}."


def _tellings(error: CantineError, reader: Reader) -> Iterable[str]:
    """What can be said of an error, the most telling first; the last one says something of every error."""
    own = next((_OWN[cls] for cls in type(error).__mro__ if cls in _OWN), None)
    if own is not None:
        yield own(error, reader)
    if isinstance(error, InputError | RefusedError):
        yield _catalogued(error, reader)
        yield _general(error, reader)
    yield upper_first(GENERAL[reader.lang][CantineError.__name__])


def _catalogued(error: CantineError, reader: Reader) -> str:
    """What the catalogue says of the message that an error was raised with; empty where it is none of its sentences."""
    message = str(error)
    for cls in type(error).__mro__:
        found = find(message, SENTENCES.get(cls.__name__, {}))
        if found is not None:
            sentence, values = found
            said = PLAINER.get(sentence, sentence) if reader.lang == "en" else SENTENCES[cls.__name__][sentence]
            return reader.fill(said, values)
    return ""


def _general(error: CantineError, reader: Reader) -> str:
    """What is said of the class of an error; with its message, where it was raised with one that nobody wrote here."""
    names = (cls.__name__ for cls in type(error).__mro__)
    general = upper_first(next(GENERAL[reader.lang][name] for name in names if name in GENERAL[reader.lang]))
    message = str(error).removesuffix(".")
    if not message:
        return french(general) if reader.lang == "fr" else general
    if reader.lang == "en":
        return upper_first(reader.value(message))
    return french(f"{general} ({reader.value(message)})")


# --- by class --------------------------------------------------------------------------------------------------------


def _not_found(error: NotFoundError, reader: Reader) -> str:
    named = reader.value(error.id)
    kind = reader.kind(error.kind)
    if reader.lang == "fr":
        return french(f"{upper_first(kind)} : introuvable ({named})")
    return f"{upper_first(kind)} was not found ({named})"


def _duplicate(error: DuplicateError, reader: Reader) -> str:
    found = find(error.what, SENTENCES[DuplicateError.__name__])
    if found is None or reader.lang == "en":
        what = reader.value(error.what)
    else:
        sentence, values = found
        what = reader.fill(SENTENCES[DuplicateError.__name__][sentence], values)
    return french(f"{upper_first(what)} : cela existe déjà") if reader.lang == "fr" else _exists(what)


def _exists(what: str) -> str:
    return f"{upper_first(what)} exists already"


def _series(error: SeriesClashError, reader: Reader) -> str:
    if not error.unexpected and not error.freed:
        none = "il ne reste aucune date de la série" if reader.lang == "fr" else "no date of the series is left"
        return upper_first(none)
    said = []
    for one in error.clashes:
        if one.day in error.unexpected:
            free = reader.periods(one.nearest)
            instead = reader.pair(" ; libre" if reader.lang == "fr" else "; free", free) if free else ""
            said.append(f"{reader.of_day(one.day)} ({reader.value(one.why)}{instead})")
    said += [f"{reader.of_day(day)} ({'libre' if reader.lang == 'fr' else 'is free'})" for day in error.freed]
    about = "dates de la série" if reader.lang == "fr" else "dates of the series"
    return upper_first(reader.pair(about, ", ".join(said)))


def _sold_out(error: SoldOutError, reader: Reader) -> str:
    what = upper_first(_what(error.what, reader))
    if reader.lang == "fr":
        left = f"il en reste {error.left}, pas {error.wanted}" if error.left else "il n’en reste plus"
    else:
        left = f"{error.left} left, not {error.wanted}" if error.left else "none is left"
    return reader.pair(what, left)


_KEPT = {
    "session {0}": "la séance {0}",
    "seats that are kept for {0}": "les places gardées pour {0}",
    "session {0}, whose waiting list an order does not join": (
        "la séance {0}, dont une commande ne rejoint pas la liste d’attente"
    ),
}
"""What is sold out and is no name, in French."""


def _what(what: str, reader: Reader) -> str:
    found = find(what, _KEPT)
    if found is None:
        return reader.value(what)
    sentence, values = found
    return reader.fill(_KEPT[sentence] if reader.lang == "fr" else sentence, values)


def _closed(error: ClosedError, reader: Reader) -> str:
    rule, colon, name = error.reason.partition(": ")
    why = reader.value(rule) + (f"{french(' : ') if reader.lang == 'fr' else ': '}{name}" if colon else "")
    if reader.lang == "fr":
        closed = "pas disponible" if isinstance(error, UnavailableError) else "fermé"
        return french(f"{reader.value(error.what)} : {closed} ({why})")
    closed = "is not available" if isinstance(error, UnavailableError) else "is closed"
    return f"{reader.value(error.what)} {closed} ({why})"


def _terms(error: TermsError, reader: Reader) -> str:
    return reader.pair(reader.value(error.what), of_reason(error.reason, reader.lang, reader.names))


def _admission(error: AdmissionError, reader: Reader) -> str:
    said = [of_reason(one, reader.lang, reader.names) for one in error.reasons]
    return reader.pair(reader.value(error.what), reader.join(said))


def _answers(error: AnswersError, reader: Reader) -> str:
    return upper_first(reader.join([of_answer(one, reader.lang, reader.names) for one in error.problems]))


def _training(error: TrainingError, reader: Reader) -> str:
    titles = str(error).partition(_LEARNT)[2]
    if not titles or all(id in reader.names for id in error.missing):
        titles = ", ".join(reader.names.get(id, id) for id in error.missing)
    first = "il faut d’abord suivre" if reader.lang == "fr" else "to be learnt first"
    return reader.pair(reader.value(error.what), reader.pair(first, titles))


def _wrong_state(error: WrongStateError, reader: Reader) -> str:
    if reader.lang == "en":
        need = f"; it must be {' or '.join(error.wanted)}" if error.wanted else ""
        return upper_first(f"{reader.value(error.what)} is {_state(error.state, reader)}{need}")
    found = find(error.what, SUBJECTS)
    what = reader.value(error.what)
    about = upper_first(what) if found is not None else what
    state = _state(error.state, reader)
    said = f"l’état est « {state} »" if _STATE_WORD.match(error.state) else state
    need = f" ; il faudrait « {' » ou « '.join(_state(one, reader) for one in error.wanted)} »" if error.wanted else ""
    return french(f"{about} : {said}{need}")


def _state(state: str, reader: Reader) -> str:
    found = find(state, STATES)
    if found is None:
        return reader.value(state)
    sentence, values = found
    pattern = STATES[sentence] if reader.lang == "fr" else PLAINER.get(sentence, sentence)
    said = reader.fill(pattern, values)
    return said if pattern.startswith("{") else said[:1].lower() + said[1:]


def _not_over(error: NotOverError, reader: Reader) -> str:
    what = upper_first(reader.value(error.what))
    open_yet = [f"{reader.kind(one.kind)} {reader.value(one.id)}" for one in error.open[:5]]
    open_yet += ["…"] if len(error.open) > 5 else []
    said = {"fr": "pas encore d’effacement possible, il reste", "en": "cannot be forgotten yet, still open"}
    return reader.pair(what, reader.pair(said[reader.lang], ", ".join(open_yet)))


def _unsold(error: NotForSaleError | NoEntitlementError, reader: Reader) -> str:
    """What the price list says; its refusals say it in both languages."""
    said = [one.text(reader.lang, reader.names) for one in error.refusals]
    paused = "le pass {} est suspendu" if reader.lang == "fr" else "pass {} is paused"
    said = [*dict.fromkeys(said), *(paused.format(reader.value(id)) for id in _PAUSED.findall(str(error)))]
    return upper_first(reader.join(said))


def _price_changed(error: PriceChangedError, reader: Reader) -> str:
    old, new = money(error.old, reader.lang), money(error.new, reader.lang)
    why = reader.value(error.why)
    if reader.lang == "fr":
        return french(f"Le prix était de {old}, il est maintenant de {new} : {why}")
    return f"The price was {old} and is now {new}: {why}"


def _tax(error: TaxUnknownError, reader: Reader) -> str:
    said = "le tarif ne dit pas la taxe" if reader.lang == "fr" else "the price list does not say the tax"
    return upper_first(reader.pair(said, ", ".join(error.lines)))


def _unmapped(error: UnmappedError, reader: Reader) -> str:
    entity = reader.value(error.entity_id)
    if reader.lang == "fr":
        return french(f"{entity} : le compte « {error.account} » n’a pas encore de code comptable")
    return f"{entity}: the ledger account “{error.account}” has no code yet"


_OWN: Mapping[type[CantineError], Callable[[Any, Reader], str]] = {
    NotFoundError: _not_found,
    DuplicateError: _duplicate,
    SeriesClashError: _series,
    SoldOutError: _sold_out,
    ClosedError: _closed,
    TermsError: _terms,
    AdmissionError: _admission,
    AnswersError: _answers,
    TrainingError: _training,
    WrongStateError: _wrong_state,
    NotOverError: _not_over,
    NoEntitlementError: _unsold,
    NotForSaleError: _unsold,
    PriceChangedError: _price_changed,
    TaxUnknownError: _tax,
    UnmappedError: _unmapped,
}
"""The errors that carry what they are about."""

__all__ = ["tell"]
