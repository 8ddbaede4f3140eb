"""A CalDAV server takes what is written, and gives it back so that it is read as it was."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from cantinekit.clock import Period, zone
from cantinekit.scheduling.calendars import (
    CalendarEvent,
    Participant,
    read_busy,
    read_programme,
    write_feed,
    write_resource,
)
from cantinekit.scheduling.recurrence import Length, Override, RDate
from support.calendars.texts import FEED, NOW, PARIS, day, event, paris, plain, utc
from support.servers.radicale_server import Dav, serving

NASTY = 'Été \\ ; , : "guillemets" ^n\nligne 2 \\n pas une ligne 😀 ' + "é" * 200

EVENTS = [
    event(
        "plain@example.org",
        fields=dict.fromkeys(("title", "description", "location"), NASTY) | {"categories": "a,b\nc;d"},
    ),
    event("utc@example.org", utc(2026, 11, 26, 17), sequence=4, status="tentative", busy=False),
    event("days@example.org", day("2026-12-24"), length=Length(3), fields={"title": "Fermé"}),
    event("weekly@example.org", rules=["FREQ=WEEKLY;BYDAY=TH;UNTIL=20270630"], exdates=[paris(2026, 12, 24, 18)]),
    event("count@example.org", rules=["FREQ=MONTHLY;BYDAY=-1TH;COUNT=6"], length=Length(1, 3_600)),
    event(
        "changed@example.org",
        rules=["FREQ=WEEKLY;COUNT=10"],
        sequence=2,
        fields={"title": "Atelier", "url": "https://example.org/a?b=c,d"},
        overrides=[
            Override(paris(2026, 12, 3, 18), paris(2026, 12, 4, 19), fields={"title": "Atelier déplacé"}, sequence=3),
            Override(paris(2026, 12, 10, 18), status="cancelled", stamp=utc(2026, 12, 1)),
        ],
    ),
    event("night@example.org", paris(2027, 3, 27, 23), rules=["FREQ=DAILY;COUNT=3"], length=Length(0, 6 * 3600)),
    event("twice@example.org", paris(2026, 10, 25, 1, 30), length=Length(0, 3_600)),
    event("more@example.org", rdates=[RDate(paris(2026, 12, 1, 9)), RDate(paris(2026, 12, 2, 9), Length(0, 60))]),
    event("york@example.org", utc(2026, 11, 26, 17).astimezone(zone("America/New_York")), rules=["FREQ=DAILY;COUNT=4"]),
    event("people@example.org", organizer=Participant("mailto:o@example.org", 'Zoé, "la patronne"')),
    event("whole@example.org", day("2026-11-30"), length=Length(1), rules=["FREQ=YEARLY;UNTIL=20301130"]),
]


@pytest.fixture(scope="module")
def dav() -> Iterator[Dav]:
    with serving() as server:
        yield server


def put(dav: Dav, one: CalendarEvent) -> tuple[str, bytes]:
    """The event as a resource of its own, and what the server says it is now. It has no METHOD (RFC 4791, 4.1)."""
    body = write_resource(one)
    path = f"/zoe/cantine/{one.uid}.ics"
    status, answer, _ = dav.ask("PUT", path, body)
    assert status == 201, answer
    status, back, _ = dav.ask("GET", path)
    assert status == 200
    return path, back


@pytest.mark.parametrize("one", EVENTS, ids=lambda one: one.uid)
def test_there_and_back(dav, one):
    """PUT and GET: UID, SEQUENCE, times, rules, changed dates and texts are as they were, nothing is told."""
    path, back = put(dav, one)
    found = read_programme(back, zone="Europe/Paris")
    assert [str(problem) for problem in found.problems] == []
    (read,) = found.events
    assert plain(read) == plain(one)
    assert dav.ask("DELETE", path)[0] == 200


def test_a_change_is_seen(dav):
    """The control: an event that is another comes back as another; a stale ETag is refused."""
    one = EVENTS[0]
    path, back = put(dav, one)
    other = attrs.evolve(one, series=attrs.evolve(one.series, sequence=9))
    body = write_resource(other)
    assert dav.ask("PUT", path, body, If_Match='"stale"')[0] == 412
    assert dav.ask("PUT", path, body)[0] in (201, 204)
    (read,) = read_programme(dav.ask("GET", path)[1], zone="Europe/Paris").events
    assert plain(read) == plain(other) != plain(read_programme(back, zone="Europe/Paris").events[0])
    assert dav.ask("DELETE", path)[0] == 200


def test_the_server_expands_as_we_do(dav):
    """What the server finds busy in a window is what is read of the same event here."""
    query = (
        '<?xml version="1.0"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
        "<D:prop><C:calendar-data/>"
        '</D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        '<C:time-range start="{}" end="{}"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>'
    )
    path, body = put(dav, EVENTS[5])
    for first, last in ((3, 4), (4, 5), (10, 11), (17, 18), (18, 19)):
        window = Period(utc(2026, 12, first), utc(2026, 12, last))
        asked = query.format(f"202612{first:02}T000000Z", f"202612{last:02}T000000Z").encode()
        status, answer, _ = dav.ask("REPORT", "/zoe/cantine/", asked, Content_Type="application/xml", Depth="1")
        assert status == 207
        # The server counts cancelled dates as well, which do not make anybody busy.
        busy = bool(read_busy(body, window, zone="Europe/Paris").periods) or first == 10
        assert (b"calendar-data" in answer) == busy, (first, answer)
    assert dav.ask("DELETE", path)[0] == 200


def test_a_whole_feed(dav):
    """A feed of all events goes in as a calendar, and each comes out as it was."""
    body = b"".join(write_feed(FEED, EVENTS))
    status, answer, _ = dav.ask("PUT", "/zoe/whole/", body)
    assert status == 201, answer
    found = read_programme(dav.ask("GET", "/zoe/whole/")[1], zone="Europe/Paris")
    assert [str(problem) for problem in found.problems] == []
    assert {one.uid: plain(one) for one in found.events} == {one.uid: plain(one) for one in EVENTS}
    assert PARIS.key == "Europe/Paris"
    assert EVENTS[0].modified == NOW
