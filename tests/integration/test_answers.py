"""What somebody is asked when registering: it is checked as a whole, kept privately, read, exported and forgotten."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.errors import AnswersError, InputError, NotFoundError, NotOverError, RequestMismatchError
from cantinekit.scheduling.admission import BadAnswer
from support.houses.small_house import START, House, journal, open_house, rows
from support.houses.solidarity_seats import DIET, HALF, LAPTOP, SIZE, admitting, register
from support.laws import house_laws

ASKED = m.Admission(youngest=1, questions=[SIZE, LAPTOP, DIET])
BORN = date(1987, 6, 5)
SAID = {"size": "M", "laptop": False, "diet": "Canary-Nuts"}


@pytest.fixture
def house() -> House:
    made = admitting(ASKED)
    register(made, "zoe", born=BORN, answers=SAID)
    return made


def stored(house: House) -> str:
    """All rows and the whole journal as one text, but for the answers and the people."""
    private = (m.Answers.kind, m.Person.kind)
    texts = [f"{row.id} {row.body} {row.index}" for key, row in rows(house.storage).items() if key.kind not in private]
    return "\n".join([*texts, *(f"{one.body} {one.subjects}" for one in journal(house.storage))])


def test_bad_answers_are_refused_all_at_once(house):
    """Each key is named with what is wrong with it, and nothing is stored; an override does not help."""
    before = rows(house.storage)
    bad = {"size": "XL", "laptop": 1, "diet": "x" * 1001, "shoe": 42}
    for override in (None, "staff"):
        with pytest.raises(AnswersError) as caught:
            register(house, "bob", born=BORN, answers=bad, override=override)
        assert caught.value.problems == (
            BadAnswer("size", "no such choice"),
            BadAnswer("laptop", "wrong kind"),
            BadAnswer("diet", "too long"),
            BadAnswer("shoe", "unknown"),
        )
    with pytest.raises(AnswersError, match=r"^'size': missing$"):
        register(house, "bob", born=BORN)
    assert rows(house.storage) == before


def test_answers_stand_in_a_record_of_their_own(house):
    """They are kept with the registration's id; nothing of them, and nothing of the date of birth, is anywhere else."""
    (kept,) = house.all(m.Answers)
    (seat,) = [one for one in house.all(m.Registration) if one.person_id == "zoe"]
    assert (kept.id, kept.session_id, kept.person_id) == (seat.id, "ses", "zoe")
    assert dict(kept.answers) == SAID
    text = stored(house)
    assert "Canary-Nuts" not in text
    everything = text + "".join(row.body for row in rows(house.storage).values())
    assert not [one for one in ("1987", "06-05", str(BORN.toordinal())) if one in everything]
    assert all(m.Answers.kind not in (key.kind for key in one.subjects) for one in journal(house.storage))
    house_laws.hold(house.storage, house.clock.now())
    house_laws.folds(house.storage)


def test_without_answers_there_is_no_record():
    """Blank answers are none; where nothing is answered nothing is kept. Who waits is asked too."""
    house = admitting(m.Admission(questions=[DIET, LAPTOP]), 1)
    register(house, "zoe", answers={"diet": "  "}, account="desk")
    assert house.all(m.Answers) == []
    waiting = register(house, "bob", answers={"diet": "", "laptop": True}).value
    assert [(one.id, one.answers) for one in house.all(m.Answers)] == [(waiting.id, (("laptop", True),))]


def test_the_organiser_reads_them_in_the_order_of_registration(house):
    """A row for each registration that is not over, also for who was asked nothing."""
    house.wait(minutes=1)
    over = register(house, "bob", born=BORN, answers={"size": "S", "diet": "none"}).value
    house.do(c.ChangeAdmission("welding", admission=HALF))
    register(house, "eve")
    house.do(c.CancelRegistration(over.id))
    found = house.cantine.read.answers("ses")
    assert [(one.registration.person_id, one.name, one.answers) for one in found] == [
        ("zoe", "Canary-Zoe", SAID),
        ("eve", "Canary-Eve", {}),
    ]
    with pytest.raises(NotFoundError):
        house.cantine.read.answers("nothing")


def test_a_spreadsheet_takes_no_answer_for_a_formula(house):
    """The table has a column for each question, in the language, and one for what is asked no more; no cell of it is a
    formula."""
    house.wait(minutes=1)
    formula = '=HYPERLINK("https://example.org";"x")'
    register(house, "bob", born=BORN, answers={"size": "S", "laptop": True, "diet": formula}, seats=2)
    house.do(c.ChangeAdmission("welding", admission=m.Admission(questions=[LAPTOP, SIZE])))
    tables = {}
    for lang in ("fr", "en"):
        text = house.cantine.read.answers_csv("ses", lang=lang).decode("utf-8-sig")
        tables[lang] = list(csv.reader(io.StringIO(text, newline="")))
    first, second = (one.registration.id for one in house.cantine.read.answers("ses"))
    assert tables["fr"] == [
        ["inscription", "nom", "places", "état", "Ordinateur ?", "Taille", "diet"],
        [first, "Canary-Zoe", "1", "retenue", "non", "M", "Canary-Nuts"],
        [second, "Canary-Bob", "2", "retenue", "oui", "S", f"'{formula}"],
    ]
    assert tables["en"][0][4:] == ["Laptop?", "Size", "diet"]
    assert [row[3:5] for row in tables["en"][1:]] == [["held", "no"], ["held", "yes"]]
    with pytest.raises(InputError):
        house.cantine.read.answers_csv("ses", lang="de")


def test_a_copy_of_what_is_stored_has_them(house):
    """Whoever asks for what is stored about them gets their answers, and nobody else's."""
    register(house, "bob", born=BORN, answers={"size": "S"})
    data = json.loads(house.cantine.export("zoe").to_json())
    assert [one["answers"] for one in data["records"]["answers"]] == [[list(pair) for pair in sorted(SAID.items())]]
    assert "answers" not in house.cantine.export("eve").data()["records"]


def test_forgetting_removes_them(house):
    """Who is forgotten has no answers any more; those of others stay. The count of what is kept does not name them."""
    register(house, "bob", born=BORN, answers={"size": "S"})
    house.wait(minutes=16)
    house.cantine.run_due()
    erasure = house.cantine.forget("zoe", actor="ana").value
    assert [one.person_id for one in house.all(m.Answers)] == ["bob"]
    assert {one.kind for one in erasure.kept} == {"registration", "charge"}
    assert "Canary-Nuts" not in "".join(row.body for row in rows(house.storage).values())
    house_laws.folds(house.storage)


def test_nothing_of_them_is_left_in_a_file(tmp_path):
    """In SQLite they are kept, read again by another process, and gone from the file once the person is forgotten."""
    url = f"sqlite:///{tmp_path}/house.db"
    first = admitting(ASKED, storage=url)
    register(first, "zoe", born=BORN, answers=SAID)
    first.cantine.close()
    assert b"Canary-Nuts" in (tmp_path / "house.db").read_bytes()
    again = open_house(url, now=START + timedelta(days=10), furnished=False, ids=random_ids)
    assert [row.answers for row in again.cantine.read.answers("ses")] == [SAID]
    again.cantine.run_due()
    again.cantine.forget("zoe", actor="ana")
    again.cantine.close()
    assert b"Canary-Nuts" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_session_to_come_keeps_them(house):
    """Somebody who has a seat cannot be forgotten yet, and then keeps the answers."""
    with pytest.raises(NotOverError):
        house.cantine.forget("zoe", actor="ana")
    assert [one.person_id for one in house.all(m.Answers)] == ["zoe"]


def test_a_repeated_request_with_other_answers_is_refused(house):
    """The same key with the same answers gives the same registration, whatever the date of birth; other answers are
    another request. What is stored of it changes with the key, so that answers cannot be found by trying."""
    said = {"answers": {"size": "S"}, "born": BORN}
    first = house.cantine.register("ses", "bob", actor="web", idempotency_key="k", **said)
    again = {**said, "born": BORN + timedelta(days=1)}
    repeated = house.cantine.register("ses", "bob", actor="web", idempotency_key="k", **again)
    assert (repeated.replayed, repeated.value) == (True, first.value)
    with pytest.raises(RequestMismatchError):
        house.cantine.register("ses", "bob", actor="web", idempotency_key="k", answers={"size": "M"}, born=BORN)
    (request,) = [row for key, row in rows(house.storage).items() if key.kind == m.Request.kind]
    assert not [text for text in ('"S"', "size", "1987") if text in request.body]
