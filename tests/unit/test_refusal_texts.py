"""What errors and reasons say to a visitor, in French and English."""

from __future__ import annotations

import ast
import pickle
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, get_args

import attrs
import pytest

import cantinekit
from cantinekit import Money, Period, errors, records
from cantinekit.domain.dates.records import DateClash, DateClashWhy
from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.errors import CantineError, InputError, RefusedError
from cantinekit.messages.refusals._match import _HOLE, find
from cantinekit.messages.refusals._sentences import PLAINER, SENTENCES
from cantinekit.messages.refusals._words import GENERAL, KINDS, PHRASES, STATES, SUBJECTS
from cantinekit.pricing import Refusal
from cantinekit.records import Subject
from cantinekit.scheduling import admission, availability
from cantinekit.scheduling.admission import BadAnswer
from cantinekit.scheduling.availability import Reason
from cantinekit.scheduling.opening import Verdict
from cantinekit.scheduling.opening._calendar import Rule
from cantinekit.scheduling.reasons import RULES

START = datetime(2026, 12, 1, 13, tzinfo=UTC)
TIME = Period(START, START + timedelta(hours=2))
LATER = Period(START + timedelta(hours=3), START + timedelta(hours=5))
DAY = date(2026, 12, 1)
HOUR = timedelta(hours=1)
NO_PRICE = Refusal("unpublished", "room")
CLASH = DateClash(DAY, "taken", "Room B is taken", TIME, (TIME,), (LATER,))

ERRORS: tuple[CantineError, ...] = (
    errors.NotFoundError("booking", "bkg_1"),
    errors.UnsuitableError("Room B sells no bookings"),
    errors.DuplicateError("an open visit of this person", "vis_1"),
    errors.ConflictError("Room B is taken", clashes=[TIME], nearest=[LATER]),
    errors.SeriesClashError([CLASH], [date(2026, 12, 8)], [date(2026, 12, 8)]),
    errors.SoldOutError("session ses_1", wanted=2, left=1),
    errors.ClosedError("La Cantine", "public holiday: Noël", nearest=[LATER]),
    errors.UnavailableError("Léa", "outside their hours"),
    errors.TermsError("Room B", availability.TooSoon(HOUR)),
    errors.AdmissionError("Welding", [admission.TooYoung(16), admission.NoBursaries()]),
    errors.AnswersError([BadAnswer("meal", "missing")]),
    errors.TrainingError("Welding", ["wsh_1"], ["Safety first"]),
    errors.TooEarlyError("the booking starts at 2026-12-01T13:00:00+00:00"),
    errors.TooLateError("the session began at 2026-12-01T13:00:00+00:00"),
    errors.NotOverError("person per_1", [Subject("booking", "bkg_1")]),
    errors.WrongStateError("booking bkg_1", state="cancelled", wanted=["held", "confirmed"]),
    errors.NoEntitlementError("room: no published price; pass pas_1 is paused", refusals=[NO_PRICE]),
    errors.NotForSaleError("room: no published price", refusals=[NO_PRICE]),
    errors.IncompleteError("to be asked first", refusals=[Refusal("incomplete", "room", facets=("day",))]),
    errors.QuoteExpiredError("the price was promised until 2026-12-01T13:00:00+00:00"),
    errors.PriceChangedError(Money(800, "EUR"), Money(900, "EUR"), "another version of the price list is in force"),
    errors.TaxUnknownError(["Room B"]),
    errors.AccountError("the account 'desk' gives no money back"),
    errors.UnmappedError("Entity", "revenue"),
    errors.RequestMismatchError("the idempotency key was used for another request"),
)

REASONS: tuple[Reason, ...] = (
    availability.TooSmall(6, 10),
    availability.LacksFeature(("screen",)),
    availability.NotYours(("makers",)),
    availability.NotTrained(("wsh_1",)),
    availability.OneUnit(2),
    availability.WrongLength(HOUR, 8 * HOUR, HOUR / 2),
    availability.TooSoon(timedelta(days=1, hours=2)),
    availability.TooFar(timedelta(days=30), 2, 40),
    availability.OffGrid(HOUR / 2),
    availability.OutsideSlots((FixedSlot(time(8), time(12), weekdays=(0, 1)),), HOUR),
    availability.TooLongInARow(HOUR, 2 * HOUR),
    availability.TooManyAhead(3),
    availability.NeedsApproval(),
    availability.IsClosed(Verdict(False, "public holiday", "Noël")),
    availability.IsFull(2, 1),
    availability.InBuffer(HOUR, HOUR),
    admission.NoBirthDate(),
    admission.TooYoung(16),
    admission.TooOld(12),
    admission.NotAMember(("day",)),
    admission.NoBursaries(),
    admission.BursariesGone(4, 1, 2),
)


def below(cls: type) -> Iterator[type]:
    for one in cls.__subclasses__():
        yield one
        yield from below(one)


def ours(cls: type) -> set[type]:
    """The classes of the library below one; not what attrs made them from, which may not be collected yet."""
    found = [one for one in below(cls) if one.__module__.startswith("cantinekit.")]
    return {one for one in found if getattr(sys.modules[one.__module__], one.__name__) is one}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_each_refusal_says_in_both_languages_what_is_wrong(error: CantineError) -> None:
    """Each class of refusals has a sentence in French and another in English, without holes or words of the code."""
    french, english = error.text("fr"), error.text("en")
    assert french != english
    for text in (french, english):
        assert re.fullmatch(r"[A-ZÀ-Ý0-9].+\.", text, re.DOTALL), text
        assert not re.search(r"\{\d\}|\+00:00|\bNone\b", text), text


def test_there_is_no_class_of_refusals_without_its_sentence() -> None:
    """Every class below RefusedError is among those that the test above reads aloud, and has a general sentence."""
    assert {type(error) for error in ERRORS} == ours(RefusedError)
    for lang in ("fr", "en"):
        assert {cls.__name__ for cls in ours(RefusedError)} <= GENERAL[lang].keys()


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: type(reason).__name__)
def test_each_reason_says_in_both_languages_why_not(reason: Reason) -> None:
    """Each typed reason has a clause in French; the English one is what its ``str`` says."""
    french = reason.text("fr")
    assert french
    assert french != str(reason)
    assert "{" not in french
    assert reason.text("en") == str(reason)


def test_there_is_no_reason_without_its_clause() -> None:
    """Every class below Reason is among those that the test above reads aloud."""
    assert {type(reason) for reason in REASONS} == ours(Reason)


def test_the_other_shapes_of_a_reason_are_said_too() -> None:
    """No notice, no slot, the day itself, one limit: each has a clause of its own."""
    said = [
        availability.TooSoon(timedelta(0)).text("fr"),
        availability.TooFar(None, days=0).text("fr"),
        availability.TooFar(HOUR).text("fr"),
        availability.TooFar(HOUR, 1, 3).text("fr"),
        availability.OutsideSlots((), None).text("fr"),
        availability.OutsideSlots((FixedSlot(time(18), time(0)),) * 8, None).text("fr"),
    ]
    assert said == [
        "c’est passé",
        "cela ne se réserve que le jour même",
        "cela se réserve au plus tôt 1 heure avant le début",
        "cela se réserve au plus tôt 1 heure ou 1 mois ou 3 jours du calendrier avant le début, au plus proche",
        "cela se réserve par créneaux fixes, dont aucun n’est ouvert à cette personne",
        f"cela se réserve par créneaux fixes\u00a0: {'18:00-24:00, ' * 6}et 2 autres",
    ]


# --- every place that raises one -------------------------------------------------------------------------------------

SAID_IN_FULL = {
    "domain/occupancy/claims.py": ("{0} is taken", "{0} is taken within the buffers around that time"),
    "domain/bookings/handlers.py": ("the hold ended at {0}", "it was kept until {0}", "it was held until {0}"),
}
"""Places that put a sentence together from two parts, with the sentences that come of it."""
WITH_REFUSALS = ("domain/sales/prices.py",)
"""Places whose whole message is that of the typed refusals that the error carries."""
FORMS = (
    "clock.py",
    "common/fields.py",
    "domain/attendance/",
    "domain/booking_series/",
    "domain/bookings/",
    "domain/gifts/",
    "domain/orders/",
    "domain/organisations/",
    "domain/passes/",
    "domain/people/",
    "domain/registrations/",
    "domain/sales/",
    "domain/visits/",
    "scheduling/availability/question.py",
)
"""Where values come in that somebody wrote into a form."""
ELSEWHERE = ("backends/", "demo/", "living/", "pricing/", "testing/")
"""Rooms that raise no refusals, or classes of their own that have the same name."""
NO_MESSAGE = ("NotFoundError", "DuplicateError", "SoldOutError", "WrongStateError")
CATALOGUED = {cls.__name__ for cls in ours(RefusedError)} - {
    "AdmissionError",
    "AnswersError",
    "ClosedError",
    "NotFoundError",
    "NotOverError",
    "PriceChangedError",
    "SeriesClashError",
    "SoldOutError",
    "TaxUnknownError",
    "TermsError",
    "TrainingError",
    "UnavailableError",
    "UnmappedError",
    "WrongStateError",
}
"""Those whose message is the sentence; the others carry what they are about."""
MALFORMED = ("InputError", "TextError", "NaiveDatetimeError", "CurrencyError")
SOURCE = Path(cantinekit.__file__).parent


def sentence(node: ast.expr) -> str:
    """An f-string as a sentence with numbered holes."""
    count = iter(range(10))

    def said(node: ast.expr) -> str:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(map(said, node.values))
        if isinstance(node, ast.BinOp):
            return said(node.left) + said(node.right)
        return f"{{{next(count)}}}"

    return said(node)


@cache
def called(source: str) -> list[ast.Call]:
    """The calls in a file; most tests here look through all files."""
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def raised(source: str) -> Iterator[tuple[str, ast.Call]]:
    for node in called(source):
        if isinstance(node.func, ast.Name) and node.func.id.endswith("Error"):
            yield node.func.id, node


def untold(path: str, source: str) -> list[str]:
    """The sentences in a file that have no French one."""
    missing = []
    for name, call in raised(source):
        forms = name in MALFORMED and path.startswith(FORMS)
        if not call.args or not (forms or name in CATALOGUED):
            continue
        said, known = sentence(call.args[0]), SENTENCES["InputError" if forms else name]
        whole = said in known or (said == "{0}" and path in WITH_REFUSALS)
        if not whole and not (re.sub(r"\{\d\}| ", "", said) == "" and path in SAID_IN_FULL):
            missing.append(f"{path}: {name}: {said}")
    return missing


def files() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(ELSEWHERE):
            yield name, path.read_text(encoding="utf-8")


def test_every_sentence_that_is_raised_is_in_the_catalogue() -> None:
    """The French catalogue has each sentence that some place of the library refuses with, or turns a form back with."""
    found = dict(files())
    assert len(found) > 300
    assert [one for path, source in found.items() for one in untold(path, source)] == []
    every = {key for known in SENTENCES.values() for key in known}
    assert {key for keys in SAID_IN_FULL.values() for key in keys} <= every


def unused(sources: dict[str, str]) -> set[str]:
    """The sentences of the catalogue that no source raises, by what stands in them."""
    written = set()
    for path, source in sources.items():
        written |= {sentence(call.args[0]) for call in called(source) if call.args}
        written |= {one for one in SAID_IN_FULL.get(path, ()) if re.sub(r"\{\d\}", "", one).strip() in source}
    return {key for known in SENTENCES.values() for key in known} - written


def test_every_sentence_of_the_catalogue_is_raised() -> None:
    """Each sentence that is translated still stands where it is raised: one that is worded anew leaves none behind."""
    assert unused(dict(files())) == set()


def test_a_sentence_that_nobody_raises_is_found() -> None:
    """Control: what is worded anew where it is raised is missed, also where a sentence is put together of two parts."""
    raised = 'TooLateError(f"the hold ended at {moment}")\ncheck("it was kept until")\n'
    every = unused({})
    assert every - unused({"domain/bookings/handlers.py": raised}) == {"the hold ended at {0}", "it was kept until {0}"}
    assert every - unused({"domain/bookings/handlers.py": raised.replace("kept", "had")}) == {"the hold ended at {0}"}


def test_a_sentence_that_nobody_translated_is_found() -> None:
    """Control: the walk over the code does find a refusal and a malformed field without a French sentence."""
    planted = 'raise UnsuitableError(f"{room.name} is painted {colour}")\nraise InputError("a colour is needed")\n'
    assert untold("domain/bookings/handlers.py", planted) == [
        "domain/bookings/handlers.py: UnsuitableError: {0} is painted {1}",
        "domain/bookings/handlers.py: InputError: a colour is needed",
    ]


def test_every_state_and_subject_that_is_raised_is_known() -> None:
    """Each state, wanted state and subject of a WrongStateError that stands in the code has its French words."""
    missing = []
    for path, source in files():
        for name, call in raised(source):
            if name != "WrongStateError":
                continue
            subject = sentence(call.args[0])
            if re.sub(r"\{\d\}| ", "", subject) and subject not in SUBJECTS:
                missing.append(f"{path}: {subject}")
            values = [value for keyword in call.keywords for value in _branches(keyword.value)]
            said = [sentence(value) for value in values if isinstance(value, ast.Constant | ast.JoinedStr)]
            missing += [f"{path}: {one}" for one in said if one != "{0}" and one not in STATES]
    assert missing == []


def test_every_reason_of_closing_that_is_raised_is_known() -> None:
    """Each reason of a ClosedError that stands in the code has its French words."""
    calls = [call for _, source in files() for name, call in raised(source) if name == "ClosedError"]
    whys = {call.args[1].value for call in calls if isinstance(call.args[1], ast.Constant)}
    assert "no time of that step begins while it is open" in whys
    assert whys <= PHRASES.keys()


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from (*_branches(node.body), *_branches(node.orelse))
    elif isinstance(node, ast.List | ast.Tuple):
        for one in node.elts:
            yield from _branches(one)
    else:
        yield node


def test_every_state_of_a_record_is_known() -> None:
    """Each word of each ``...State`` of the records has its French word."""
    words = {word for name, kind in vars(records).items() if name.endswith("State") for word in get_args(kind)}
    assert {"confirmed", "lapsed", "superseded", "collected"} <= words
    assert words <= STATES.keys()


def test_every_kind_of_record_has_a_name() -> None:
    """Each kind of record is called by a noun in both languages, as is what is looked for and is no record."""
    kinds = {one.kind for one in vars(records).values() if isinstance(one, type) and isinstance(_kind(one), str)}
    assert len(kinds) > 70
    for lang in ("fr", "en"):
        assert kinds | {"meeting", "closure", "occurrence", "clearing rule"} <= KINDS[lang].keys()


def _kind(cls: Any) -> object:
    return getattr(cls, "kind", None)


def test_every_rule_answer_and_date_has_its_words() -> None:
    """Rules of opening calendars, why a date cannot be had, and what is wrong with an answer: each has its words."""
    assert set(get_args(Rule)) == RULES.keys()
    assert set(get_args(DateClashWhy)) <= PHRASES.keys()
    source = ast.parse((SOURCE / "scheduling/admission.py").read_text(encoding="utf-8"))
    wrong = next(node for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "_wrong")
    whys = {node.value for node in ast.walk(wrong) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    whys = {why for why in whys if BadAnswer("k", why).text("en") != f"k: {why}"}
    assert whys == {"missing", "wrong kind", "no such choice", "too long"}
    for why in (*whys, "unknown"):
        assert BadAnswer("k", why).text("fr") != f"k\u00a0: {why}"


def test_the_sentences_of_both_languages_have_the_same_holes() -> None:
    """A French sentence has no hole that the English one has not, so that it can always be filled."""
    for known in (*SENTENCES.values(), STATES, SUBJECTS):
        for english, french in known.items():
            assert set(re.findall(r"\{\d\}", french)) <= set(re.findall(r"\{\d\}", english)), english


def test_no_visitor_reads_the_name_of_a_command_or_a_field() -> None:
    """What a visitor reads in English has no name of a command, a field or a class; each plainer sentence is used."""
    keys = {key for known in (*SENTENCES.values(), STATES) for key in known}
    read = {PLAINER.get(key, key) for key in keys}
    assert [one for one in read if re.search(r"[a-z]_[a-z]|[A-Z][a-z]+[A-Z]|datetime|timedelta|Decimal", one)] == []
    assert PLAINER.keys() <= keys
    assert errors.InputError("last_day is before first_day").text() == "The last day is before the first."
    assert errors.TextError("billing_address holds a lone surrogate").text("en") == (
        "Billing address holds a character that cannot be written."
    )


def test_each_sentence_is_found_again_from_its_message() -> None:
    """A message that was made from a sentence is read as that sentence, or as one that says the same in French."""
    for name, known in SENTENCES.items():
        for english, french in known.items():
            message = re.sub(r"\{(\d)\}", r"x\1", english)
            found = find(message, known)
            assert found is not None, name
            assert (found[0], found[1]) == (english, {n: f"x{n}" for n in re.findall(r"\{(\d)\}", english)}), french


# --- names, times, processes -----------------------------------------------------------------------------------------


def test_a_message_is_read_as_a_pattern_would_read_it() -> None:
    """Whatever stands in the holes, what is found is what a regular expression with the shortest holes finds."""
    draw = Random(7)
    pieces = ["", "a", " is ", "{0}", "'", ", ", "\n", "costs", " and ", "2026-12-01", "(.*)"]
    for text in (key for known in SENTENCES.values() for key in known):
        parts = _HOLE.split(text)
        shortest = (f"(?P<h{one}>.*?)" if n % 2 else re.escape(one) for n, one in enumerate(parts))
        pattern = re.compile("".join(shortest), re.DOTALL)
        values = ["".join(draw.choices(pieces, k=3)) for _ in range(10)]
        message = _HOLE.sub(lambda hole, values=values: values[int(hole[1])], text) + draw.choice(["", "", "x"])
        by_pattern = pattern.fullmatch(message)
        wanted = by_pattern and (text, {name[1:]: value for name, value in by_pattern.groupdict().items()})
        assert find(message, {text: ""}) == wanted


def test_nothing_in_a_message_makes_it_slow_to_read() -> None:
    """What somebody wrote into a message is looked through once for each sentence, whatever it is.

    A regular expression tries for most of a minute on 800 characters that nearly fit a sentence with five holes.
    """
    assert "{0} costs {1} {2}, and {3} {4}: end it, and sell the new holder their own" in SENTENCES["UnsuitableError"]
    before = process_time()
    assert errors.UnsuitableError(" costs  , and " * 57).text("fr", {})
    assert process_time() - before < 5


def test_a_moment_that_no_clock_shows_is_said_as_it_is() -> None:
    """A moment at the end of the calendar, or before its beginning, stays as it was written; no error is lost by it."""
    for text in ("0001-01-01T00:00:00+00:09", "9999-12-31T23:59:59Z", "2026-13-45T99:99Z"):
        for lang in ("fr", "en"):
            assert text in errors.InputError(f"{text} is out of range").text(lang, {}, zone="Pacific/Auckland")


def test_names_stand_in_place_of_ids_and_times_in_the_zone_of_the_place() -> None:
    """An id with a name is never shown; times are those of the wall clock of the place, with what is free."""
    late = errors.TooLateError("booking bkg_1 can no longer be had")
    taken = errors.ConflictError("Room B is taken", nearest=[LATER, Period(START, START + timedelta(days=1))])
    names = {"bkg_1": "Salle B", "ses_1": "Soudure", "meal": "Votre repas ?", "wsh_1": "Sécurité"}
    assert late.text("fr", names) == "La réservation Salle B\u00a0: ce n’est plus disponible."
    assert taken.text("fr", zone="Europe/Paris") == (
        "Room B est déjà pris\u00a0; libre\u00a0: mardi 1er décembre 2026, 17\u00a0h – 19\u00a0h\u00a0; "
        "mardi 1er décembre 2026, 14\u00a0h – mercredi 2 décembre 2026, 14\u00a0h."
    )
    assert taken.text("en", zone="Europe/Paris").endswith(
        "free: Tuesday 1 December 2026, 17:00 – 19:00; "
        "Tuesday 1 December 2026, 14:00 – Wednesday 2 December 2026, 14:00."
    )
    assert errors.SoldOutError("session ses_1", wanted=2, left=0).text("fr", names) == (
        "La séance Soudure\u00a0: il n’en reste plus."
    )
    assert errors.AnswersError([BadAnswer("meal", "missing")]).text("fr", names).startswith("Votre repas")
    assert errors.TrainingError("Soudure", ["wsh_1"]).text("en", names) == "Soudure: to be learnt first: Sécurité."
    assert errors.NotFoundError("booking", "bkg_1").text("en", names) == "The booking was not found (Salle B)."
    state = errors.WrongStateError("booking bkg_1", state="cancelled", wanted=["held", "confirmed"])
    assert state.text("fr", names) == (
        "La réservation Salle B\u00a0: l’état est «\u00a0annulé\u00a0»\u00a0; "
        "il faudrait «\u00a0en option\u00a0» ou «\u00a0confirmé\u00a0»."
    )


def test_without_a_zone_times_are_in_utc_and_say_so() -> None:
    """No zone of the machine is ever taken: without the zone of the place a time is in UTC, and says it."""
    late = errors.TooLateError("the session began at 2026-12-01T13:00:00+00:00")
    assert late.text("fr") == "La séance a commencé le 01/12/2026 13:00 UTC."
    assert late.text("fr", zone="Indian/Reunion") == "La séance a commencé le 01/12/2026 17:00."
    closed = errors.ClosedError("B", "closure", nearest=[TIME]).text("en")
    assert closed.endswith("free: Tuesday 1 December 2026, 13:00 – 15:00 UTC.")


def test_a_name_is_no_template() -> None:
    """Braces, dollars and line ends in a name are shown as they are, and no sentence is read into them."""
    hostile = "{0} $name {names} %s\nis not in"
    said = errors.UnsuitableError(f"{hostile} is not in Brest").text("fr", {"Brest": "{1}"})
    assert "{1}" in said
    assert "$name {names} %s" in said
    assert hostile in errors.ConflictError("bkg_1 is taken").text("en", {"bkg_1": hostile})


def test_what_a_refusal_says_survives_another_process() -> None:
    """An error that was pickled says the same sentence."""
    for error in ERRORS:
        again = pickle.loads(pickle.dumps(error))
        for lang in ("fr", "en"):
            assert again.text(lang, {"bkg_1": "Salle"}, zone="Europe/Paris") == error.text(
                lang, {"bkg_1": "Salle"}, zone="Europe/Paris"
            )


def test_a_malformed_field_is_said_and_a_fault_is_not() -> None:
    """What somebody wrote into a form is turned back with a sentence; of a fault of the house nothing is told."""
    assert errors.TextError("name is too long: 300 characters, at most 200").text("fr") == (
        "Le nom\u00a0: trop long, 300 caractères pour 200 au plus."
    )
    assert errors.InputError("email must not be empty").text("fr") == "L’adresse e-mail\u00a0: à remplir."
    fault = errors.StorageError("password hunter2 of postgresql://secret")
    assert fault.text("fr") == "Un problème est survenu de notre côté, merci de réessayer plus tard."
    assert fault.text("en") == "Something went wrong on our side, please try again later."


def test_a_sentence_that_nobody_knows_is_said_as_it_is() -> None:
    """A refusal of a plug-in says in French what its class means, with its own words; in English its own words."""

    class PluggedError(errors.TooLateError):
        pass

    assert PluggedError("the kiln is hot").text("fr") == "C’est trop tard (the kiln is hot)."
    assert PluggedError("the kiln is hot.").text("en") == "The kiln is hot."
    assert PluggedError().text("fr") == "C’est trop tard."

    @attrs.frozen
    class Hot(Reason):
        code = "hot"

    assert Hot().text("fr") == "hot"


def test_a_language_that_there_is_not_is_refused() -> None:
    """There are two languages; any other is an InputError that says so."""
    bad: Any = "de"
    for ask in (ERRORS[0].text, REASONS[0].text, BadAnswer("k", "missing").text):
        with pytest.raises(InputError, match="no texts in 'de'; there are fr, en"):
            ask(bad)
