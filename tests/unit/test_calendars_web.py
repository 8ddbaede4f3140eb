"""A programme for web pages and spreadsheets: JSON-LD and CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from cantinekit.clock import Period
from cantinekit.scheduling.calendars import Participant, json_ld, json_ld_script, write_csv
from cantinekit.scheduling.calendars import web as web
from cantinekit.scheduling.recurrence import Length, Override
from support.calendars.texts import day, event, paris, utc

WINDOW = Period(utc(2026, 11, 1), utc(2026, 12, 31))


def ld(one):
    return json_ld(one, WINDOW, zone="Europe/Paris")


def test_one_event():
    """An Event of schema.org: name, times with their offset, place, organizer, state."""
    one = event(
        fields={
            "title": "Atelier",
            "location": "Nantes",
            "url": "https://example.org",
            "image": "https://example.org/i.png",
            "categories": "a\nb",
            "description": "d",
        },
        organizer=Participant("mailto:o@example.org", "La Cantine"),
    )
    assert ld(one) == {
        "@context": "https://schema.org",
        "@type": "Event",
        "identifier": "one@example.org",
        "eventStatus": "https://schema.org/EventScheduled",
        "name": "Atelier",
        "description": "d",
        "url": "https://example.org",
        "image": "https://example.org/i.png",
        "location": {"@type": "Place", "name": "Nantes", "address": "Nantes"},
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "keywords": ["a", "b"],
        "organizer": {"@type": "Organization", "name": "La Cantine"},
        "startDate": "2026-11-26T18:00:00+01:00",
        "endDate": "2026-11-26T20:00:00+01:00",
    }


def test_whole_days_and_places():
    """Whole days end on their last day; a link to join makes it online, with a place it is mixed."""
    found = ld(event(start=day("2026-12-24"), length=Length(3), fields={"conference": "https://meet.example.org"}))
    assert (found["startDate"], found["endDate"]) == ("2026-12-24", "2026-12-26")
    assert found["location"] == {"@type": "VirtualLocation", "url": "https://meet.example.org"}
    assert found["eventAttendanceMode"].endswith("OnlineEventAttendanceMode")
    both = ld(event(fields={"conference": "https://meet.example.org", "location": "Nantes"}))
    assert len(both["location"]) == 2
    assert both["eventAttendanceMode"].endswith("MixedEventAttendanceMode")


def test_a_series():
    """A series says its rule, and its occurrences with what is different about them."""
    one = event(
        rules=["FREQ=WEEKLY;BYDAY=TH;UNTIL=20261217"],
        fields={"title": "a"},
        exdates=[paris(2026, 12, 10, 18)],
        overrides=[
            Override(paris(2026, 12, 3, 18), paris(2026, 12, 4, 18), fields={"title": "b"}),
            Override(paris(2026, 12, 17, 18), status="cancelled"),
        ],
    )
    found = ld(one)
    assert found["@type"] == "EventSeries"
    assert [(sub["name"], sub["startDate"][:10], sub["eventStatus"][19:]) for sub in found["subEvent"]] == [
        ("a", "2026-11-26", "EventScheduled"),
        ("b", "2026-12-04", "EventScheduled"),
        ("a", "2026-12-17", "EventCancelled"),
    ]
    assert found["eventSchedule"] == {
        "@type": "Schedule",
        "repeatFrequency": "P1W",
        "startDate": "2026-11-26",
        "startTime": "18:00:00",
        "endTime": "20:00:00",
        "scheduleTimezone": "Europe/Paris",
        "byDay": ["https://schema.org/Thursday"],
        "endDate": "2026-12-17",
        "exceptDate": ["2026-12-10T18:00:00+01:00"],
    }


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYYEARDAY=335", "FREQ=HOURLY;INTERVAL=800"]
)
def test_rules_without_words(rule):
    """A rule that schema.org cannot say is not said; the occurrences are there."""
    found = ld(event(rules=[rule]))
    assert "eventSchedule" not in found
    assert found["subEvent"]


def test_more_rules():
    """COUNT, months, days of the month and numbered weekdays have words."""
    schedule = ld(event(rules=["FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=26;COUNT=3"]))["eventSchedule"]
    assert (schedule["byMonth"], schedule["byMonthDay"], schedule["repeatCount"]) == ([11], [26], 3)
    assert ld(event(rules=["FREQ=MONTHLY;BYDAY=-1TH"]))["eventSchedule"]["byDay"] == ["-1TH"]
    two = ld(event(rules=["FREQ=WEEKLY", "FREQ=MONTHLY"]))["eventSchedule"]
    assert len(two) == 2


def test_private_events_say_only_when():
    """No text of a private event is in the JSON or the table."""
    one = event(fields={"title": "Entretien", "location": "Bureau"}, private=True, rules=["FREQ=WEEKLY;COUNT=2"])
    assert "Entretien" not in json.dumps(ld(one))
    assert len(ld(one)["subEvent"]) == 2
    assert b"Entretien" not in b"".join(write_csv([one], WINDOW, zone="UTC"))
    shown = event(fields={"title": "Entretien"})
    assert "Entretien" in json.dumps(ld(shown))  # the control


def test_json_in_a_page(monkeypatch):
    """Nothing in a text ends the script or begins a tag; without the escapes (control) it would."""
    one = event(fields={"title": "</script><script>alert(1)</script><!-- & \u2028"[:-2]})
    script = json_ld_script(ld(one))
    assert not set(script) & set("<>&")
    assert json.loads(script) == ld(one)
    assert json.loads(json_ld_script([ld(one), ld(one)])) == [ld(one), ld(one)]
    monkeypatch.setattr(web, "_UNSAFE", {})
    assert "</script>" in json_ld_script(ld(one))


def test_a_table():
    """A row for each occurrence with local times; quotes and line ends in a cell stay in it."""
    one = event(rules=["FREQ=WEEKLY;COUNT=2"], fields={"title": 'a, "b"\nc', "url": "https://example.org"})
    text = b"".join(write_csv([one, event("d@x", day("2026-12-24"), length=Length(1))], WINDOW, zone="Europe/Paris"))
    assert text.startswith(b"\xef\xbb\xbfuid,date,start,end,zone,status,title")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert [(row["uid"], row["date"], row["start"], row["zone"], row["status"]) for row in rows] == [
        ("one@example.org", "2026-11-26", "2026-11-26T18:00:00+01:00", "Europe/Paris", "confirmed"),
        ("one@example.org", "2026-12-03", "2026-12-03T18:00:00+01:00", "Europe/Paris", "confirmed"),
        ("d@x", "2026-12-24", "2026-12-24T00:00:00+01:00", "Europe/Paris", "confirmed"),
    ]
    assert rows[0]["title"] == 'a, "b"\nc'
