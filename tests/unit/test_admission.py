"""Admission as values: what it is made of, who may register by it, and which answers do. No store, no clock."""

from __future__ import annotations

import json
from datetime import date, datetime
from hashlib import sha256

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.errors import AdmissionError, AnswersError, InputError
from cantinekit.runtime import codec
from cantinekit.scheduling import admission as a
from cantinekit.scheduling.availability import NotYours

DAY = date(2026, 11, 25)
SIZE = m.RegistrationQuestion("size", "Taille", "Size", "choice", ("S", "M"), required=True)
LAPTOP = m.RegistrationQuestion("laptop", "Ordinateur ?", "Laptop?", "yes_no")
YEARS = m.RegistrationQuestion("years", "Années", "Years", "count")
DIET = m.RegistrationQuestion("diet", "Régime", "Diet", required=True)
QUESTIONS = (SIZE, LAPTOP, YEARS, DIET)


# --- the value -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: m.Admission(audience="makers"),
        lambda: m.Admission(youngest=-1),
        lambda: m.Admission(oldest=True),
        lambda: m.Admission(youngest=18, oldest=17),
        lambda: m.Admission(members_of=("a", "a")),
        lambda: m.Admission(bursaries=2),
        lambda: m.Admission(bursary_product_id="seat"),
        lambda: m.Admission(questions=["size"]),
        lambda: m.Admission(questions=SIZE),
        lambda: m.Admission(questions=(SIZE, SIZE)),
        lambda: m.Admission(questions=[attrs.evolve(DIET, key=f"q{n}") for n in range(51)]),
        lambda: m.Quota(),
        lambda: m.Quota(percent=10, seats=2),
        lambda: m.Quota(percent=0),
        lambda: m.Quota(percent=101),
        lambda: m.Quota(percent=12.5),
        lambda: m.Quota(seats=0),
        lambda: attrs.evolve(SIZE, choices=()),
        lambda: attrs.evolve(SIZE, choices=("S", "S")),
        lambda: attrs.evolve(SIZE, choices=("S", " ")),
        lambda: attrs.evolve(SIZE, choices=("S", 1)),
        lambda: attrs.evolve(SIZE, choices="SM"),
        lambda: attrs.evolve(DIET, choices=("S",)),
        lambda: attrs.evolve(DIET, kind="date"),
        lambda: attrs.evolve(DIET, required=1),
        lambda: attrs.evolve(DIET, key=""),
        lambda: c.ChangeAdmission("talk", admission=None),
        lambda: c.Register(session_id="s", person_id="z", groups="makers"),
        lambda: c.Register(session_id="s", person_id="z", born="2000-02-29"),
        lambda: c.Register(session_id="s", person_id="z", born=datetime(2000, 2, 29)),
        lambda: c.Register(session_id="s", person_id="z", bursary=1),
        lambda: c.Register(session_id="s", person_id="z", answers="size"),
        lambda: c.Register(session_id="s", person_id="z", answers=["size"]),
        lambda: c.Register(session_id="s", person_id="z", answers={1: "M"}),
        lambda: c.Register(session_id="s", person_id="z", answers={"size": 1.5}),
        lambda: c.Register(session_id="s", person_id="z", answers={"size": None}),
        lambda: c.Register(session_id="s", person_id="z", answers={"years": 2**63}),
        lambda: c.Register(session_id="s", person_id="z", answers={"diet": "a\x00b"}),
        lambda: c.Register(session_id="s", person_id="z", answers=[("diet", "a"), ("diet", "b")]),
        lambda: c.Register(session_id="s", person_id="z", override=" "),
    ],
)
def test_what_cannot_be_meant_is_refused(make):
    """Admissions, questions and what a registration says for them are checked when they are made."""
    with pytest.raises(InputError):
        make()


def test_no_refusal_and_no_text_of_a_command_repeats_what_is_personal():
    """What was answered, and a date of birth, stand in no message and in no ``repr``."""
    with pytest.raises(InputError) as refused:
        c.Register(session_id="s", person_id="z", answers={"diet": "Canary\x00"})
    command = c.Register(session_id="s", person_id="z", born=date(2001, 2, 3), answers={"diet": "Canary"})
    wrong = a.bad_answers((SIZE, DIET), {"size": "Canary", "diet": "Canary" * 200})
    texts = [str(refused.value), repr(command), repr(wrong), str(AnswersError(wrong))]
    texts += [repr(m.Answers("r", "s", "z", datetime.fromisoformat("2026-11-24T08:30Z"), (("diet", "Canary"),)))]
    texts += [str(AdmissionError("it", a.why_not(m.Admission(youngest=99), DAY, born=date(2001, 2, 3))))]
    assert not [text for text in texts if "Canary" in text or "2001" in text]


def test_a_quota_is_of_the_seats_that_there_are():
    """A percentage is rounded down, a number is no more than there are."""
    assert [m.Quota(percent=10).of(seats) for seats in (0, 9, 10, 19, 20, 25)] == [0, 0, 1, 1, 2, 2]
    assert [m.Quota(percent=100).of(7), m.Quota(seats=3).of(2), m.Quota(seats=3).of(20)] == [7, 2, 3]


# --- age -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 25), DAY, 18),
        (date(2008, 11, 26), DAY, 17),
        (date(2026, 11, 25), DAY, 0),
        (date(2026, 11, 26), DAY, -1),
        (date(1926, 1, 1), DAY, 100),
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 18),  # the last day of February, as there is no 29th
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2008, 2, 28), date(2026, 2, 28), 18),
        (date(2008, 3, 1), date(2026, 2, 28), 17),
    ],
)
def test_completed_years(born, day, age):
    """A year is completed on the anniversary; that of a 29th of February is on the last day of February."""
    assert a.age_on(born, day) == age


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 2), date(2100, 1, 1)))
def test_age_grows_by_one_a_year_and_never_back(born, day):
    """From one day to the next the age stays or grows by one, and it grows once between two anniversaries."""
    before = a.age_on(born, date.fromordinal(day.toordinal() - 1))
    assert before <= a.age_on(born, day) <= before + 1
    year = day.replace(year=day.year + 1, day=min(day.day, 28))
    assert a.age_on(born, year) == a.age_on(born, day.replace(day=min(day.day, 28))) + 1


# --- reasons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("admission", "said", "reasons"),
    [
        (m.Admission(), {}, ()),
        (m.Admission(audience=["b", "a"]), {"groups": ["c"]}, (NotYours(("a", "b")),)),
        (m.Admission(audience=["b", "a"]), {"groups": ["c", "b"]}, ()),
        (m.Admission(youngest=16), {}, (a.NoBirthDate(),)),
        (m.Admission(oldest=16), {"born": date(2027, 1, 1)}, (a.NoBirthDate(),)),
        (m.Admission(youngest=16), {"born": date(2010, 11, 26)}, (a.TooYoung(16),)),
        (m.Admission(youngest=16, oldest=16), {"born": date(2010, 11, 25)}, ()),
        (m.Admission(oldest=16), {"born": date(2009, 11, 26)}, ()),
        (m.Admission(oldest=16), {"born": date(2009, 11, 25)}, (a.TooOld(16),)),
        (m.Admission(members_of=["x", "y"]), {"passes": ["z"]}, (a.NotAMember(("x", "y")),)),
        (m.Admission(members_of=["x", "y"]), {"passes": ["z", "y"]}, ()),
        (m.Admission(), {"bursary": True}, (a.NoBursaries(),)),
        (m.Admission(bursaries=m.Quota(seats=2)), {"bursary": True, "given": 1, "capacity": 5}, ()),
        (m.Admission(bursaries=m.Quota(seats=2)), {"given": 2, "capacity": 5}, ()),
        (
            m.Admission(bursaries=m.Quota(seats=2)),
            {"bursary": True, "seats": 2, "given": 1, "capacity": 5},
            (a.BursariesGone(2, 1, 2),),
        ),
        (
            m.Admission(bursaries=m.Quota(percent=10)),
            {"bursary": True, "given": 3, "capacity": 20},
            (a.BursariesGone(2, 0, 1),),
        ),
        (
            m.Admission(["a"], 16, members_of=["x"], bursaries=m.Quota(percent=1)),
            {"bursary": True, "capacity": 20},
            (NotYours(("a",)), a.NoBirthDate(), a.NotAMember(("x",)), a.BursariesGone(0, 0, 1)),
        ),
    ],
)
def test_all_reasons_are_told(admission, said, reasons):
    """Each part of an admission has its reason, all of them are told at once, and each is in plain words."""
    found = a.why_not(admission, DAY, **said)
    assert found == reasons
    assert len({str(one) for one in found}) == len({one.code for one in found}) == len(found)


# --- answers ---------------------------------------------------------------------------------------------------------


def test_all_bad_answers_are_named_at_once():
    """Unknown, missing, of a wrong kind, not among the choices, too long: each key, with what is wrong with it."""
    wrong = {"size": "XL", "laptop": "yes", "years": -1, "diet": "x" * 1001, "shoe": 42}
    assert a.bad_answers(QUESTIONS, wrong) == (
        a.BadAnswer("size", "no such choice"),
        a.BadAnswer("laptop", "wrong kind"),
        a.BadAnswer("years", "wrong kind"),
        a.BadAnswer("diet", "too long"),
        a.BadAnswer("shoe", "unknown"),
    )
    assert a.bad_answers(QUESTIONS, {"diet": " \n"}) == (a.BadAnswer("size", "missing"), a.BadAnswer("diet", "missing"))
    assert str(AnswersError(a.bad_answers([SIZE], {"shoe": 42}))) == "'size': missing; 'shoe': unknown"


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        (SIZE, ["S", "M"], ["s", 1, True]),
        (LAPTOP, [True, False, ""], [0, 1, "true"]),
        (YEARS, [0, 10_000, " "], [-1, 10_001, True, "3"]),
        (DIET, ["x", "x" * 1000], [1, False, "x" * 1001]),
    ],
)
def test_answers_of_each_kind(question, good, bad):
    """A yes is no number and a number no text; a blank answers nothing, which a question may allow."""
    assert [a.bad_answers([question], {question.key: answer}) for answer in good] == [()] * len(good)
    assert all(a.bad_answers([question], {question.key: answer}) for answer in bad)


# --- what is kept of a request ---------------------------------------------------------------------------------------


def test_no_trace_of_a_birth_date_and_no_plain_hash_of_answers():
    """A date of birth is no part of a fingerprint; answers are, by way of the idempotency key, which is not stored."""
    plain = c.Register(session_id="s", person_id="z")
    assert codec.fingerprint(attrs.evolve(plain, born=date(2001, 2, 3)), "k") == codec.fingerprint(plain, "k")
    said = attrs.evolve(plain, answers={"laptop": True})
    other = attrs.evolve(plain, answers={"laptop": False})
    prints = [codec.fingerprint(one, key) for one in (plain, said, other) for key in ("k", "l")]
    assert prints[0] == prints[1]  # without answers the key is no part of it, so that old requests are known again
    assert len(set(prints)) == 5
    before = json.dumps(["Register", {"person_id": "z", "session_id": "s"}]).encode()
    assert prints[0] == sha256(before).hexdigest()
