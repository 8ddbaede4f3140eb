"""The verification after a load on the example application: nothing in a sound house, and each planted fault."""

from __future__ import annotations

import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest

from cantinekit import ManualClock
from cantinekit.clock import format_instant, local, wall_period
from cantinekit.commands import CancelBooking
from cantinekit.records import SessionSeries
from support.pages.tiers_lieu_site import MORNING
from support.run.soak import SOAK
from tiers_lieu.houses import open_house
from tiers_lieu.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from app_loading.people import Shown
from app_loading.verified import Body, Rows, Told, always, plant, problems, read, read_bank

NOW = format_instant(MORNING)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The URL of a store and the file of a bank: a booking and a seat that were paid, a booking that was given up."""
    folder = tmp_path_factory.mktemp("load")
    state = folder / "bank.json"
    settings = Settings(store=f"sqlite:///{folder}/load.db", card=f"fake://?state={state}")
    with open_house(settings, clock=ManualClock(MORNING)) as house:
        day = local(MORNING, "Europe/Paris").date() + timedelta(days=20)
        session = next(one for one in house.read.need(SessionSeries, "soudure").dates if one.day > day)
        house.register(session.session_id, "malo", account="card", actor="test")
        for space_id in ("nantes.loire", "nantes.ada"):
            period = wall_period(day, "10:00", "11:00", "Europe/Paris")
            booking = house.book(space_id, period, person_id="malo", account="card", actor="test").value
        house.execute(CancelBooking(booking.id), actor="test")
        house.run_due()
    return settings.store, state


@pytest.fixture
def rows(sound) -> Rows:
    return deepcopy(read(sound[0]))


@pytest.fixture
def bank(sound) -> Body:
    return read_bank(sound[1])


def of_card(rows: Rows, *, back: bool = False) -> Body:
    """The smallest attempt by card, of those of which the money went back or did not."""
    found = [one for one in rows["attempt"].values() if one["account"] == "card" and bool(one.get("refunded")) == back]
    return min(found, key=lambda one: one["amount"])


def test_a_sound_house(rows, bank):
    """Of a house in which nothing is wrong nothing is said, and there is something to look at."""
    assert problems(rows, bank, [], NOW) == []
    assert len(bank["charges"]) == 3
    assert len(bank["refunds"]) == 1


def lose_a_taking(rows: Rows, bank: Body) -> None:
    id = of_card(rows)["id"]
    entry = next(key for key, one in rows["ledger"].items() if one["subject"]["id"] == id and one["what"] == "taken")
    del rows["ledger"][entry]


def take_twice(rows: Rows, bank: Body) -> None:
    id = of_card(rows)["id"]
    entry = next(one for one in rows["ledger"].values() if one["subject"]["id"] == id and one["what"] == "taken")
    rows["ledger"]["led_again"] = entry


def lose_an_attempt(rows: Rows, bank: Body) -> None:
    del rows["attempt"][of_card(rows)["id"]]


def miss_a_payment(rows: Rows, bank: Body) -> None:
    attempt = of_card(rows)
    attempt["state"], attempt["captured"] = "declined", 0


def take_what_the_bank_has_not(rows: Rows, bank: Body) -> None:
    del bank["charges"][of_card(rows)["id"]]


def lose_a_refund(rows: Rows, bank: Body) -> None:
    bank["refunds"].clear()
    bank["charges"][of_card(rows, back=True)["id"]]["refunded"] = 0


def refund_twice(rows: Rows, bank: Body) -> None:
    (one,) = bank["refunds"].values()
    bank["refunds"]["ref_again"] = one


def leave_it_on_its_way(rows: Rows, bank: Body) -> None:
    of_card(rows)["state"] = "started"


def book_twice(rows: Rows, bank: Body) -> None:
    one = next(one for one in rows["booking"].values() if one["state"] == "confirmed")
    rows["booking"]["bkg_again"] = {**one, "id": "bkg_again", "charge_id": None}


def book_a_part(rows: Rows, bank: Body) -> None:
    """A room beside a session in a part of it."""
    session = next(one for one in rows["session"].values() if one.get("space_id") == "nantes.cour")
    one = next(iter(rows["booking"].values()))
    rows["booking"]["bkg_part"] = {
        **one,
        "id": "bkg_part",
        "space_id": "nantes.grande",
        "period": session["period"],
        "state": "held",
        "expires": "2999-01-01T00:00:00.000000Z",
        "charge_id": None,
    }


def fill_the_desks(rows: Rows, bank: Body) -> None:
    one = next(one for one in rows["visit"].values() if one["space_id"] == "rennes.open")
    for number in range(12):
        rows["visit"][f"vis_{number}"] = {**one, "id": f"vis_{number}"}


def sell_a_seat_too_many(rows: Rows, bank: Body) -> None:
    one = next(one for one in rows["registration"].values() if one["state"] == "confirmed")
    session = rows["session"][one["session_id"]]
    for number in range(session["capacity"]):
        rows["registration"][f"reg_{number}"] = {**one, "id": f"reg_{number}", "person_id": f"p{number}"}
    session["confirmed"] += session["capacity"]


def count_wrongly(rows: Rows, bank: Body) -> None:
    next(one for one in rows["session"].values() if one.get("confirmed"))["confirmed"] += 1


def sit_twice(rows: Rows, bank: Body) -> None:
    one = next(one for one in rows["registration"].values() if one["state"] == "confirmed")
    rows["registration"]["reg_again"] = {**one, "id": "reg_again", "state": "waiting"}


def unbalance(rows: Rows, bank: Body) -> None:
    next(iter(rows["ledger"].values()))["lines"][0]["amount"] += 1


def owe_nothing(rows: Rows, bank: Body) -> None:
    rows["charge"][of_card(rows)["charge_id"]]["state"] = "due"


def pay_and_not_have(rows: Rows, bank: Body) -> None:
    rows["booking"][_of_malo(rows)]["state"] = "held"


def have_and_not_pay(rows: Rows, bank: Body) -> None:
    rows["charge"][rows["booking"][_of_malo(rows)]["charge_id"]]["state"] = "due"


def keep_the_money(rows: Rows, bank: Body) -> None:
    rows["booking"][_of_malo(rows)]["state"] = "expired"


def _of_malo(rows: Rows) -> str:
    confirmed = (one for one in rows["booking"].values() if one["state"] == "confirmed")
    return next(one["id"] for one in confirmed if one["person_id"] == "malo")


def let_wait(rows: Rows, bank: Body) -> None:
    next(one for one in rows["session"].values() if one["workshop_id"] == "decouvrir")["waiting"] = ["reg_x"]


def overdraw(rows: Rows, bank: Body) -> None:
    next(iter(rows["entitlement"].values()))["left"] = -1


def spend_for_nothing(rows: Rows, bank: Body) -> None:
    next(one for one in rows["visit"].values() if one.get("spends"))["spends"][0]["units"] += 1


def give_up(rows: Rows, bank: Body) -> None:
    next(iter(rows["task"].values()))["state"] = "dead"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lose_a_taking, "the ledger has []"),
        (take_twice, "the ledger has [1200, 1200]"),
        (lose_an_attempt, "the bank has it, the house has not"),
        (miss_a_payment, "settled at the bank, declined in the house"),
        (take_what_the_bank_has_not, "the house took it, the bank has none"),
        (lose_a_refund, "the house gave it back, the bank did not"),
        (refund_twice, "in the house None"),
        (leave_it_on_its_way, "whether the bank got it is not known yet"),
        (book_twice, "2 of 1 are taken"),
        (book_a_part, "nantes.cour: 2 of 1 are taken"),
        (fill_the_desks, "rennes.open: 13 of 12 are taken"),
        (sell_a_seat_too_many, "seats are taken, of"),
        (count_wrongly, "confirmed seats, its registrations"),
        (sit_twice, "has 2 seats at"),
        (unbalance, "do not sum to nothing"),
        (owe_nothing, "due, and 0 is owed"),
        (pay_and_not_have, "held, and nothing is due for it"),
        (have_and_not_pay, "confirmed, and its charge is due"),
        (keep_the_money, "expired with a fee of None, and 1800 was kept"),
        (let_wait, "1 wait, and 12 seats are free"),
        (overdraw, "-1 are left of"),
        (spend_for_nothing, "were spent"),
        (give_up, "was given up"),
    ],
)
def test_each_fault_is_found(rows, bank, spoil: Callable[[Rows, Body], None], said: str):
    """What no load may leave behind is found where it is planted, and said so."""
    spoil(rows, bank)
    found = problems(rows, bank, [], NOW)
    assert any(said in text for text in found), found


def test_what_ran_out_takes_nothing(rows):
    """A hold that ran out is no double booking, whether the house has noted it already or not."""
    book_a_part(rows, {})
    assert list(always(rows, "2999-01-01T00:00:00.000000Z")) == []


def test_answers_that_came_to_nothing(rows, bank):
    """What somebody was told is in the house, once for each form."""
    attempt = of_card(rows)
    charge, other = attempt["charge_id"], of_card(rows, back=True)["charge_id"]
    page = f"http://127.0.0.1:1/pay/{attempt['reference']}"
    seat = next(one for one in rows["registration"].values() if one["person_id"] == "malo")
    sound = [
        Told("malo", "k", "/rooms/nantes.loire", page),
        Told("malo", "k", "/rooms/nantes.loire", f"/pay/{charge}"),
        Told("malo", "k2", "/rooms/nantes.ada"),
        Told("malo", "k2", "/rooms/nantes.ada", f"/pay/{other}"),
        Told("malo", "k3", "/desk/seat/x", f"/sessions/{seat['session_id']}"),
        Told("malo", "k4", "/me/buy", "/me"),
    ]
    assert problems(rows, bank, sound, NOW) == []
    for wrong, said in (
        (Told("malo", "k5", "/me/buy", "http://127.0.0.1:1/pay/ch_none"), "the house knows of no such payment"),
        (Told("malo", "k5", "/me/buy", "/pay/chg_none"), "the house knows of no such charge"),
        (Told("karim", "k5", "/x/y", f"/sessions/{seat['session_id']}"), "the house knows of none"),
        (Told("malo", "k", "/rooms/nantes.loire", f"/pay/{other}"), "the form k was carried out more than once"),
        (Told("zoe", "k", "/sessions/x"), "zoe sent 1 forms of sessions, and 2 things came of them"),
    ):
        rows["registration"]["reg_zoe"] = {
            **seat,
            "id": "reg_zoe",
            "person_id": "zoe",
            "state": "expired",
            "charge_id": None,
        }
        (found,) = problems(rows, bank, [*sound, wrong], NOW)
        assert said in found


def test_the_control_of_the_bench(sound, tmp_path):
    """What ``--sabotage`` plants in a store by SQL is found in it."""
    copy = tmp_path / "spoilt.db"
    copy.write_bytes(Path(sound[0].removeprefix("sqlite:///")).read_bytes())
    planted = plant(f"sqlite:///{copy}")
    found = problems(read(f"sqlite:///{copy}"), read_bank(sound[1]), [], NOW)
    assert {"double booking", "lost payment"} == set(planted)
    for id in planted.values():
        assert any(id in text for text in found)


def test_forms_are_read_as_a_browser_reads_them():
    """A form has its hidden fields, and what can be chosen in it; one without an address goes to its own page."""
    text = (
        '<a href="/sessions/a?b=1&amp;c=2">a</a>'
        '<form method="post"><input type="hidden" name="key" value="k&amp;"><input type="checkbox" name="option" '
        'value="materials"><button name="do" value="pay">Pay</button></form>'
    )
    page = Shown(200, "http://127.0.0.1:1/sessions/x", text)
    assert page.form("/sessions/") == ("/sessions/x", {"key": "k&"}, {"option": ["materials"], "do": ["pay"]})
    assert page.links("/sessions/") == ["/sessions/a?b=1&c=2"]
    assert page.form("/rooms/") is None


@pytest.mark.skipif(not SOAK, reason="it takes minutes: make soak")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_load_with_kills(kind):
    """Under a load in which the application is killed nothing is booked twice, paid twice or lost."""
    import subprocess

    bench = Path(__file__).parents[2] / "bench/app_load.py"
    command = [sys.executable, str(bench), "--store", kind, "--seconds", "60", "--kill", "6", "--sabotage"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
