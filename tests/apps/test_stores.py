"""The example application on a store that stays: it is set up once, and found as it was."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from cantinekit import Cantine, ManualClock
from cantinekit import commands as c
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import CantineError, StorageError
from cantinekit.records import SessionSeries
from support.pages.tiers_lieu_site import MORNING, Site
from tiers_lieu.houses import open_house, shows_the_demo
from tiers_lieu.seed import is_whole, seed
from tiers_lieu.settings import Settings
from tiers_lieu.sign_ins import SharedSignIns, SignIns, sign_ins_of

PAYMENTS = Settings().payments


def test_settings():
    """What is said by the environment is taken; what is not has its default, and a secret is never the same twice."""
    given = {"TIERS_LIEU_STORE": "memory://", "TIERS_LIEU_SECURE": "1", "TIERS_LIEU_SECRET": "s"}
    settings = Settings.of(given)
    assert (settings.store, settings.secure, settings.secret) == ("memory://", True, "s")
    assert settings.payments == {"desk": "manual://", "card": "fake://"}
    assert Settings.of({}).secret != Settings.of({}).secret
    assert "s3cret" not in repr(Settings(secret="s3cret"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_network_is_set_up_once(kind, tmp_path: Path, request):
    """An empty store gets the network; opened again it has what happened in between, and nothing twice."""
    store = f"sqlite:///{tmp_path}/tiers-lieu.db" if kind == "sqlite" else request.getfixturevalue("pg_url")
    settings = Settings(store=store, worker=False, address="http://testserver")
    for seats in (1, 2):
        with (
            open_house(settings, clock=ManualClock(MORNING)) as house,
            Site.of(house, settings).visitor("malo") as malo,
        ):
            series = house.read.need(SessionSeries, "soudure")
            days = {one.day: one.session_id for one in series.dates}
            id = days[date(2026, 12, 7 * seats)]
            malo.get(f"/sessions/{id}")
            malo.send(f"/sessions/{id}")
            assert malo.said[0] == "Your seat is confirmed."
            assert malo.get("/me").count("€12.00") == 0
            paid = [one for one in house.read.statement("malo") if one.amount.localized("en") == "€12.00"]
            assert len(paid) == seats
            assert len(house.read.people(limit=200).items) == 29


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [2, 98, 99, 1600])
@pytest.mark.parametrize("paid", [True, False], ids=["after a command", "before its payment"])
def test_setting_up_that_was_interrupted(monkeypatch, after, paid):
    """A process that is killed while it sets the network up leaves a part; the next start makes it whole, on another
    day too, and nothing is there twice."""
    storage = MemoryStorage()
    execute = Cantine.execute
    done = []

    def killed(house: Cantine, command: Any, **given: Any) -> Any:
        done.append(command)
        if len(done) == after and not paid:
            open_again = Cantine.open(storage, payments=PAYMENTS, clock=ManualClock(house.now()), effects="none")
            execute(open_again, command, **given)
        if len(done) >= after:
            raise Killed
        return execute(house, command, **given)

    with monkeypatch.context() as patch:
        patch.setattr(Cantine, "execute", killed)
        with pytest.raises(Killed):
            seed(storage, PAYMENTS, MORNING)
    assert not is_whole(Cantine.open(storage, payments=PAYMENTS))
    seed(storage, PAYMENTS, MORNING + timedelta(days=2))
    house = Cantine.open(storage, payments=PAYMENTS, clock=ManualClock(MORNING + timedelta(days=2)))
    assert is_whole(house)
    evening = MORNING + timedelta(hours=12)  # begun again on another day, the first day is over
    whole = Site(at=MORNING + timedelta(days=2), seeded_at=evening).house
    whole.run_due()
    assert what_happened(house) == what_happened(whole)


def test_what_is_whole_is_not_begun_again():
    """In a store without the last workshop the network is not whole: the start would set it up."""
    assert not is_whole(Cantine.open("memory://"))
    assert is_whole(Site().house)


def test_a_house_of_somebody_stays_as_it_is(tmp_path: Path) -> None:
    """A store in which somebody else has a house gets nothing of the network, though that is not whole in it."""
    settings = Settings(store=f"sqlite:///{tmp_path}/theirs.db", worker=False)
    with Cantine.open(settings.store, payments=PAYMENTS) as house:
        house.execute(c.AddEntity(name="La Cantine", accounts=("desk",), id="cantine"), actor="seed")
        before = list(house.read.journal())
    with open_house(settings, clock=ManualClock(MORNING)) as house:
        assert list(house.read.journal()) == before
        assert (is_whole(house), shows_the_demo(house, settings)) == (False, False)


def test_sign_ins_are_shared_by_machines(pg_url: str, pg_admin: Any) -> None:
    """On PostgreSQL who signed out is kept beside the house: processes that share nothing else agree, also after their
    connections were cut. The control is in memory: each process knows of its own sign-ins only.
    """
    settings = Settings(store=pg_url, worker=False)
    with Cantine.open(pg_url, payments=PAYMENTS):
        tables: list[SignIns] = []
        starting = [threading.Thread(target=lambda: tables.append(sign_ins_of(settings))) for _ in range(4)]
        for one in starting:
            one.start()
        for one in starting:
            one.join()
        one, other, *_ = tables
        assert {type(table) for table in tables} == {SharedSignIns}
        text = one.begin("zoe")
        assert (other.begin("zoe"), other.counts("zoe", text)) == (text, True)
        assert not other.counts("malo", text)
        cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tiers-lieu'"
        assert pg_admin.execute(cut).fetchone()[0] >= 4
        other.end("zoe")
        assert not one.counts("zoe", text)
        assert one.begin("zoe") == other.begin("zoe") != text
        memory = [sign_ins_of(attrs.evolve(settings, store="memory://")) for _ in range(2)]
        assert not memory[1].counts("zoe", memory[0].begin("zoe"))
        assert type(sign_ins_of(attrs.evolve(settings, sessions=":memory:"))) is SignIns


def test_a_server_that_is_away_is_no_open_door(pg_url: str) -> None:
    """Where the sign-ins cannot be asked, a page says that it does not work for now, and nobody is signed in."""
    Cantine.open(pg_url, payments=PAYMENTS).close()
    site = Site.of(Site().house, Settings(store=pg_url, worker=False, card="fake://"))
    with site.visitor("zoe") as zoe:
        assert "Zoé" in zoe.get("/me")
        shared = site.app.state.sign_ins
        shared._lines.pop().close()
        shared._conninfo |= {"host": "127.0.0.1", "port": "1"}
        assert "Zoé" not in zoe.get("/me", 503)


def test_the_table_of_sign_ins_is_made_by_one_at_a_time(pg_url: str, pg_admin: Any) -> None:
    """Processes that start together wait for each other, since two that make one table at once fail. The control: where
    nobody is making it, nobody waits.
    """
    impatient = f"{pg_url}{'&' if '?' in pg_url else '?'}options=-c%20lock_timeout%3D50"
    with Cantine.open(pg_url, payments=PAYMENTS):
        pg_admin.execute("SELECT pg_advisory_lock(hashtext('tiers-lieu'))")
        try:
            with pytest.raises(StorageError, match=r"^the sign-ins: LockNotAvailable$"):
                SharedSignIns(impatient)
        finally:
            pg_admin.execute("SELECT pg_advisory_unlock(hashtext('tiers-lieu'))")
        assert SharedSignIns(impatient).begin("zoe")


def test_sign_ins_without_a_schema_are_refused(pg_url: str) -> None:
    """Where the table cannot be there, as where no house was opened before, it is an error of the store."""
    with pytest.raises(StorageError, match=r"^the sign-ins: InvalidSchemaName$") as caught:
        SharedSignIns(pg_url)
    assert not caught.value.retryable


def what_happened(house: Cantine) -> list[object]:
    """What the network has, without the ids that are drawn."""
    read = house.read
    people = [one.id for one in read.people(limit=200).items]
    return [
        people,
        [[one.name for one in read.spaces(place.id)] for place in read.places()],
        [(one.id, one.title) for place in read.places() for one in read.workshops(place.id)],
        sorted((one.person_id, one.state) for id in people for one in read.registrations_of(id).items),
        sorted((str(one.amount), one.state) for id in people for one in read.statement(id)),
        [[(one.account, one.left) for one in read.balance(id)] for id in people],
    ]


def test_messages_lead_to_pages(capsys):
    """Somebody who registers is written to, with a link to a page of the application that is there."""
    settings = Settings(store="memory://", worker=False, address="http://testserver", notify="console://")
    with open_house(settings, clock=ManualClock(MORNING)) as house, Site.of(house, settings).visitor("malo") as malo:
        house.run_due()
        id = next(one.session_id for one in house.read.need(SessionSeries, "soudure").dates if one.day > MORNING.date())
        malo.get(f"/sessions/{id}")
        malo.send(f"/sessions/{id}")
        house.run_due()
        written = capsys.readouterr().out
        paths = re.findall(r"http://testserver(/[^\s#]*)", written)
        assert paths
        for path in paths:
            malo.get(path)


def test_what_is_due_is_carried_out_beside(monkeypatch):
    """With a worker the application carries out what is due, goes on where that fails, and stops with it."""
    called: list[str] = []
    site = Site()

    def run_due() -> None:
        called.append("due")
        raise CantineError("a bad day")

    monkeypatch.setattr("tiers_lieu.app.EVERY", 0.01)
    monkeypatch.setattr(site.house, "run_due", run_due)
    with Site.of(site.house, Settings(store="memory://", worker=True)).visitor() as visitor:
        while len(called) < 3:
            visitor.get("/sign-in")
        assert "what is due" in {thread.name for thread in threading.enumerate()}
    assert "what is due" not in {thread.name for thread in threading.enumerate()}
