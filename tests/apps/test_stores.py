"""The example application on a store that stays: it is set up once, and found as it was."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cantinekit import Cantine, ManualClock
from cantinekit.backends.memory import MemoryStorage
from cantinekit.errors import CantineError
from cantinekit.records import SessionSeries
from support.pages.tiers_lieu_site import MORNING, Site
from tiers_lieu.houses import open_house
from tiers_lieu.seed import is_whole, seed
from tiers_lieu.settings import Settings

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
            assert len(house.read.people().items) == 14


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("after", [2, 57, 58, 86])
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
    whole = Site(at=MORNING + timedelta(days=2), seeded_at=MORNING).house
    whole.run_due()
    assert what_happened(house) == what_happened(whole)


def test_what_is_whole_is_not_begun_again():
    """In a store without the last workshop the network is not whole: the start would set it up."""
    assert not is_whole(Cantine.open("memory://"))
    assert is_whole(Site().house)


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
