"""Texts of a host in the place of those of the library, and the page that shows them all."""

from __future__ import annotations

import re
from datetime import date, time
from functools import partial
from html.parser import HTMLParser

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.backends.notices import RecordingNotifier
from cantinekit.cli import main
from cantinekit.errors import InputError
from cantinekit.messages import LANGUAGES, TEXTS, own_texts, preview_html, preview_text, render, words_of
from cantinekit.messages.context import _READERS, _facilitated
from support.houses.small_house import open_house, period

OWN = {"booking confirmed": {"en": ("$what is yours, $name", "See you at $when in $place. It is $$5.\n")}}


def test_a_host_replaces_a_text():
    """The text of the host is sent in its language; the other language and all other messages stay as they were."""
    mail = RecordingNotifier()
    house = open_house(notify=[mail])
    cantine = Cantine.open(
        house.storage, payments={"desk": "manual://"}, notify=[mail], clock=house.clock, messages=OWN, effects="all"
    )
    booking = cantine.execute(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk"),
        actor="desk:ana",
    ).value
    cantine.execute(c.CancelBooking(booking.id), actor="desk:ana")
    first, second = mail.messages
    assert (first.subject, first.text) == (
        "Salle B is yours, Canary-Zoe",
        "See you at 2026-11-24 13:00 in Paris. It is $5.\n",
    )
    assert second.subject == "Booking cancelled: Salle B"
    assert own_texts(OWN)["booking confirmed"]["fr"] == TEXTS["booking confirmed"]["fr"]
    assert own_texts(None) == TEXTS


def test_every_mistake_is_told_at_once():
    """A house does not open with texts that have mistakes; the error lists them all, and what there is instead."""
    wrong = {
        "booking confirmd": {"en": ("x", "y")},
        "seat offered": {"de": ("x", "y"), "en": ("$what until $untill", "$amount\n")},
        "pass sold": {"fr": ("two\nlines", "text $ alone")},
        "pass cancelled": {"en": ("", " ")},
        "refund settled": {"en": "text alone"},
        "paid twice": "text alone",
        7: {},
    }
    with pytest.raises(InputError) as caught:
        Cantine.open("memory://", messages=wrong)
    text = str(caught.value)
    for part in (
        "there is no message 'booking confirmd'; there are bill due, bill issued, bill reminder, booking approved",
        "seat offered: there is no language 'de'; there are en, fr",
        "seat offered (en): there is no word $untill; there are $name, $what, $when, $place, $until, $reason",
        "seat offered (en): there is no word $amount",
        "pass sold (fr): the subject is one line",
        "pass sold (fr): a $ begins no word; write $$ for a dollar",
        "pass cancelled (en): the subject is one line",
        "pass cancelled (en): the text is empty",
        "refund settled (en): a subject and a text are needed",
        "paid twice: a language, then subject and text are needed",
        "there is no message 7",
    ):
        assert part in text
    with pytest.raises(InputError, match="a mapping"):
        own_texts(["x"])
    with pytest.raises(InputError, match="longer than"):
        own_texts({"pass sold": {"en": ("x", "y" * 20_001)}})


@pytest.mark.parametrize("template", TEXTS)
def test_the_words_of_a_message_are_those_that_it_gets(template):
    """The texts of the library use only words that a host may use, and all of them are facts of such a record."""
    assert own_texts({template: dict(TEXTS[template])}) == TEXTS
    house = open_house()
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk")
    ).value
    seat = house.do(c.Register(session_id="free", person_id="zoe")).value
    sold = house.do(c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="desk")).value
    weekly = c.BookSeries(
        space_id="b",
        product_id="room",
        day=date(2026, 12, 1),
        starts=time(10),
        ends=time(12),
        rule="FREQ=WEEKLY;COUNT=3",
        person_id="zoe",
        account="desk",
    )
    series = house.do(weekly).value
    records = {
        "series": series,
        "booking": booking,
        "seat": seat,
        "session": seat,
        "waiting": seat,
        "pass": sold,
        "paid": sold,
        "facilitation": house.get(m.Session, "free"),
    }
    record = records.get(template.partition(" ")[0])
    if record is not None:
        read = partial(_facilitated, person_id="zoe") if record.kind == "session" else _READERS[record.kind]
        given = read(house.cantine._engine, record.id, "en")
        assert set(words_of(template)) <= {"name", *given}


class Reading(HTMLParser):
    """What is a mark, and what is text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    assert reading.open == []
    return reading


def test_the_page_has_every_message():
    """The page has each message in each language as it is sent, well formed, with nothing from elsewhere."""
    page = preview_html()
    reading = read(page)
    for name in TEXTS:
        assert name in reading.texts
        for lang in LANGUAGES:
            from cantinekit.messages import SAMPLE

            subject, text = render(name, lang, SAMPLE[lang])
            assert subject in reading.texts
            assert text in reading.texts
    assert reading.tags.count("article") == len(TEXTS) * len(LANGUAGES)
    assert not re.search(r"https?:|src=|<script", page)
    assert "$" not in "".join(text for text in reading.texts if not text.startswith("$"))


def test_the_page_is_escaped():
    """Neither a text of the host nor a fact is taken for HTML."""
    evil = "<script>alert(1)</script>&amp;\"'"
    from cantinekit.messages import SAMPLE

    facts = {lang: dict.fromkeys(SAMPLE[lang], evil) for lang in LANGUAGES}
    page = preview_html({"pass sold": {"en": (f"{evil} $what", f"{evil}\n")}}, facts)
    assert "<script" not in page
    reading = read(page)
    assert "script" not in reading.tags
    assert f"{evil} {evil}" in reading.texts
    with pytest.raises(InputError):
        preview_html({"x": {}})


def test_the_command(tmp_path, capsys):
    """The command prints every message, or writes the page to a file; a file that cannot be written is an error."""
    assert main(["messages"]) == 0
    assert capsys.readouterr().out == preview_text()
    file = tmp_path / "messages.html"
    assert main(["messages", "--html", str(file)]) == 0
    assert file.read_text("utf-8") == preview_html()
    assert capsys.readouterr().out == f"{file}\n"
    assert main(["messages", "--html", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err
