"""People, organisations and who belongs to them, taken over from another system: once, and private as they are."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import attrs
import pytest

from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cli import main
from cantinekit.domain.imports import once, rows
from cantinekit.errors import DuplicateError, InputError, RequestMismatchError
from cantinekit.taking_over import kind_of_file, read_rows
from support.houses.one_list import place
from support.houses.small_house import TODAY, journal, open_house, snapshot
from support.houses.small_house import rows as stored_rows

NAME, EMAIL = "Heron-Tao", "heron-tao@example.org"
PERSON = c.ImportPerson(source="old 1", day=TODAY, name=NAME, email=EMAIL, id="tao")
WORKS = c.ImportOrganisation(source="old 2", day=TODAY, name="Heron-Works", address=("1 rue Heron",), id="works")
MEMBER = c.ImportAffiliation(
    source="old 3", day=TODAY, organisation_id="works", person_id="tao", role="member", first_day=TODAY
)
PEOPLE = """\
source,day,id,name,email,lang
old 1,2026-11-24,tao,Heron-Tao,heron-tao@example.org,en
old 2,2026-11-24,lin,Heron-Lin,,
"""
ORGANISATIONS = """\
source,day,id,name,form,address,country,email
old 3,2026-11-24,works,Heron-Works,association,1 rue Heron; 35000 Rennes,FR,heron-works@example.org
"""
AFFILIATIONS = """\
source,day,organisation_id,person_id,role,first_day,last_day,at_most
old 4,2026-11-24,works,tao,admin,2026-01-01,,
old 5,2026-11-24,works,lin,member,2026-01-01,2026-12-31,3
"""


@pytest.fixture
def house():
    """A place with people and one price list, whose laws hold in the end."""
    with place('[product.room]\nrate = { price = 10.00, per = "1h" }\n') as house:
        yield house


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(house, path: Path) -> list[tuple[int, str, str]]:
    """The problems of a file: line, column and text; checking it stores nothing."""
    before = snapshot(house.storage)
    report = house.cantine.imports.check(read_rows(path), kind=kind_of_file(path))
    assert snapshot(house.storage) == before
    return [(one.row, one.field, one.text) for one in report.problems]


def test_people_come_with_what_they_belong_to(house, tmp_path):
    """Three files, in their order: who they are, which organisations there are, and who belongs to them from when."""
    for name, text in (("people", PEOPLE), ("organisations", ORGANISATIONS), ("affiliations", AFFILIATIONS)):
        path = written(tmp_path, f"{name}.csv", text)
        assert not house.cantine.imports.run(read_rows(path), kind=name, actor="ana").problems
    tao, lin = house.get(m.Person, "tao"), house.get(m.Person, "lin")
    assert [(one.name, one.email, one.lang) for one in (tao, lin)] == [
        (NAME, EMAIL, "en"),
        ("Heron-Lin", "", "fr"),
    ]
    works = house.get(m.Organisation, "works")
    assert (works.form, works.address, works.country) == ("association", ("1 rue Heron", "35000 Rennes"), "FR")
    assert [(one.person_id, one.role, one.at_most) for one in house.all(m.Affiliation)] == [
        ("tao", "admin", None),
        ("lin", "member", 3),
    ]


@pytest.mark.parametrize("row", [PERSON, WORKS, MEMBER], ids=lambda row: type(row).__name__)
def test_a_row_is_taken_over_once(house, row):
    """The same row again is answered with the same record and writes nothing; another content is refused."""
    for one in (PERSON, WORKS):
        if one is not row and row is MEMBER:
            house.do(one)
    first = house.do(row)
    before = snapshot(house.storage)
    assert house.do(row).value == first.value
    assert snapshot(house.storage) == before
    other = {"role": "admin"} if row is MEMBER else {"name": "Somebody Else"}
    with pytest.raises(RequestMismatchError, match="another content"):
        house.do(attrs.evolve(row, **other))
    with pytest.raises(InputError, match="day"):
        house.do(attrs.evolve(row, source="old 9", day=TODAY + timedelta(days=2)))
    assert snapshot(house.storage) == before


def test_an_address_that_somebody_has_is_a_problem(house, tmp_path):
    """Of two rows with one e-mail address the second is a problem, with line and column; so is an address that somebody
    here has, and an id that is taken. The other rows are taken over.
    """
    house.do(c.ChangePerson("zoe", email="zoe@example.org"))
    text = PEOPLE + "old 6,2026-11-24,mia,Mia,Heron-TAO@example.org,\nold 7,2026-11-24,ann,Ann,zoe@example.org,\n"
    path = written(tmp_path, "people.csv", text + "old 8,2026-11-24,zoe,Zoe,,\nold 9,2026-11-24,eva,,eva,de\n")
    found = problems(house, path)
    assert found[:3] == [
        (4, "email", "a person with this e-mail address exists already (tao)"),
        (5, "email", "a person with this e-mail address exists already (zoe)"),
        (6, "id", "person 'zoe' exists already"),
    ]
    assert sorted((row, column) for row, column, _ in found[3:]) == [(7, "email"), (7, "lang"), (7, "name")]
    report = house.cantine.imports.run(read_rows(path), kind="people", actor="ana")
    assert (report.rows, report.taken, len(report.problems)) == (6, 2, 6)
    again = house.cantine.imports.run(read_rows(path), kind="people", actor="ana")
    assert (again.taken, again.known, len(again.problems)) == (0, 2, 6)


def test_who_belongs_to_what_is_not_there_is_a_problem(house, tmp_path):
    """A row that names nobody, or an organisation that is not there, says so at its column; nothing is made up."""
    path = written(tmp_path, "affiliations.csv", AFFILIATIONS.replace("works,lin", "nowhere,zoe"))
    assert problems(house, path) == [
        (2, "organisation_id", "no organisation with id 'works'"),
        (3, "organisation_id", "no organisation with id 'nowhere'"),
    ]


def texts(house) -> str:
    """All that the journal says."""
    return "".join(map(str, journal(house.storage)))


def hashes() -> tuple[str, ...]:
    """What could be guessed from a plain hash of who somebody is."""
    return tuple(sha256(text.encode()).hexdigest() for text in (NAME, EMAIL))


def test_who_somebody_is_stays_out_of_the_journal(house):
    """Names and addresses are in private records only, and so is any hash of them: two people of whom the rest is the
    same have the same entry.
    """
    house.do(PERSON)
    house.do(WORKS)
    said = texts(house)
    assert "heron" not in said.lower()
    assert not any(one in said for one in hashes())
    other = attrs.evolve(PERSON, name="Lin", email="lin@example.org")
    assert rows.fingerprint(other) == rows.fingerprint(PERSON)
    assert rows.private_fingerprint(other) != rows.private_fingerprint(PERSON)
    assert NAME not in repr(PERSON)
    assert EMAIL not in repr(PERSON)


def test_what_a_row_said_goes_with_the_person():
    """Once forgotten, nothing of the row is left but its key, and the same row does not make the person anew."""
    house = open_house()
    house.do(PERSON)
    house.do(WORKS)
    house.do(c.ForgetPerson("tao"))
    house.do(c.ForgetOrganisation("works"))
    house.cantine.run_due()
    assert house.get(m.Person, "tao").state == "forgotten"
    assert house.all(m.ImportedWho) == []
    assert "heron" not in "".join(map(str, stored_rows(house.storage).values())).lower()
    before = snapshot(house.storage)
    assert house.do(PERSON).value.state == "forgotten"
    assert house.do(attrs.evolve(WORKS, name="Heron-Two")).value.name == ""
    assert snapshot(house.storage) == before


def test_the_control_where_all_is_in_one_hash(house, monkeypatch):
    """Negative control: with names in the hash of the journal two people would have different entries."""
    monkeypatch.setattr(rows, "KEYED", {})
    other = attrs.evolve(PERSON, name="Lin", email="lin@example.org")
    assert rows.fingerprint(other) != rows.fingerprint(PERSON)


def test_what_was_changed_here_since_stays(house):
    """Somebody who was taken over and then renamed here keeps the new name when the file is given again."""
    house.do(PERSON)
    house.do(c.ChangePerson("tao", name="Tao Two"))
    assert house.do(PERSON).value.name == "Tao Two"
    with pytest.raises(DuplicateError):
        house.do(attrs.evolve(PERSON, source="old 10"))


def test_the_shell_says_what_is_wrong(tmp_path, capsys):
    """``cantinekit import people.csv URL --dry-run`` stores nothing, and lists the problems with line and column."""
    url = f"sqlite:///{tmp_path / 'cantine.db'}"
    open_house(url, furnished=False).cantine.close()
    path = written(tmp_path, "people.csv", PEOPLE + "old 6,2026-11-24,mia,Mia,heron-tao@example.org,\n")
    assert main(["import", str(path), url, "--dry-run"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 4 (old 6): email: a person with this e-mail address exists already (tao)",
        "3 rows: 2 would be taken over, 0 known, 1 with problems",
    ]
    assert main(["import", str(path), url]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 rows: 2 taken over, 0 known, 1 with problems"


def test_a_person_of_the_earliest_clock_may_be_of_today(house):
    """A row of a person is of no place: its day is refused once it is to come by every clock of the world."""
    asked = attrs.evolve(PERSON, day=TODAY + timedelta(days=1))
    once.check_day_anywhere(asked, house.clock.now() + timedelta(hours=3))
    with pytest.raises(InputError, match="is to come"):
        once.check_day_anywhere(asked, house.clock.now())
