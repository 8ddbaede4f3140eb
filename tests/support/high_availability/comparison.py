"""What was acknowledged against what is stored: by plain SQL on the tables, and by the laws of a house.

A check takes the superuser's connection to the application's database and what the clients were told, and says what is
wrong. ``CHECKS`` are those whose findings make a run fail whatever was lost; ``lost`` and ``double`` are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cantinekit.cantine import Cantine
from cantinekit.clock import ManualClock
from cantinekit.plugins.registry import Registry
from support.high_availability.clients import Answer, Issued
from support.high_availability.patroni_cluster import PAUSE, Patroni
from support.postgres.cluster import eventually
from support.races.house_races import NOW, house_broken

BOOKINGS = """
    SELECT id, body->>'space_id', (body->'period'->>0)::timestamptz, (body->'period'->>1)::timestamptz, body->>'state'
    FROM cantinekit.record WHERE kind = 'booking'
"""
OVERLAPS = f"""
    WITH booking AS (
        SELECT id, space, tstzrange(started, ended) AS period
        FROM ({BOOKINGS}) AS b (id, space, started, ended, state) WHERE state IN ('held', 'confirmed')
        UNION
        SELECT * FROM unnest(%s::text[], %s::text[], %s::tstzrange[])
    )
    SELECT one.id, other.id FROM booking AS one
    JOIN booking AS other ON one.space = other.space AND one.period && other.period AND one.id < other.id
"""
UNBALANCED = """
    SELECT entry.id, sum((line->>'amount')::bigint)
    FROM cantinekit.record AS entry, jsonb_array_elements(entry.body->'lines') AS line
    WHERE entry.kind = 'ledger' GROUP BY entry.id HAVING sum((line->>'amount')::bigint) <> 0
"""
TAKEN = """
    SELECT coalesce(sum((line->>'amount')::bigint), 0)
    FROM cantinekit.record AS entry, jsonb_array_elements(entry.body->'lines') AS line
    WHERE entry.kind = 'ledger' AND line->>'account' = 'account/desk'
"""
CONFIRMED = "SELECT count(*) FROM cantinekit.record WHERE kind = 'booking' AND body->>'state' = 'confirmed'"
MADE = """
    SELECT key->>1 FROM cantinekit.journal, jsonb_array_elements(subjects) AS key
    WHERE type = 'BookingConfirmed' AND key->>0 = 'booking'
"""
DOCUMENTS = """
    SELECT body->>'series_id' AS series, (body->>'year')::int AS year, (body->>'number')::bigint AS number,
        body->>'printed' AS printed, (body->>'issued_at')::timestamptz AS issued, body->>'charge_id' AS charge
    FROM cantinekit.record WHERE kind = 'document'
"""
NUMBERS = f"""
    WITH document AS ({DOCUMENTS}), held AS (
        SELECT series, year, number, count(*) AS count FROM document GROUP BY series, year, number
    ), counted AS (
        SELECT id AS series, body->'year' AS year, body->'last' AS last FROM cantinekit.record WHERE kind = 'series'
        UNION ALL
        SELECT id, ended->0, ended->1
        FROM cantinekit.record, jsonb_array_elements(body->'ended') AS ended WHERE kind = 'series'
    ), given AS (
        SELECT series, year::int, generate_series(1, last::bigint) AS number FROM counted
    )
    SELECT series, year, number, coalesce(count, 0), given IS NOT NULL
    FROM given FULL JOIN held USING (series, year, number) WHERE given IS NULL OR count IS DISTINCT FROM 1
    ORDER BY series, year, number
"""
"""The numbers that a series gave and no document or several have, and those that documents have and no series gave."""
BACKWARDS = f"""
    SELECT printed FROM (
        SELECT printed, issued <= lag(issued) OVER (PARTITION BY series ORDER BY year, number) AS earlier
        FROM ({DOCUMENTS}) AS document
    ) AS ordered WHERE earlier
"""
CONTENT = """
    SELECT (SELECT md5(string_agg(r::text, '|' ORDER BY kind, id)) FROM cantinekit.record AS r),
        (SELECT md5(string_agg(j::text, '|' ORDER BY number)) FROM cantinekit.journal AS j)
"""
PRICE = 1500
"""What a room costs for an hour, in cents."""


def booked(answers: Sequence[Answer]) -> list[Answer]:
    """The answers that acknowledge a booking."""
    return [one for one in answers if one.said == "booked"]


def lost(db: Any, answers: Sequence[Answer]) -> list[str]:
    """The acknowledged bookings that are not there as they were acknowledged."""
    there = {id: stored for id, *stored in db.execute(BOOKINGS)}
    told = {one.booking: [one.space, *_period(one), "confirmed"] for one in booked(answers)}
    return [id for id, wanted in told.items() if there.get(id) != wanted]


def double(db: Any, answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """The pairs of bookings, stored or acknowledged, that have a room at the same time."""
    told = booked(answers)
    columns = [one.booking for one in told], [one.space for one in told], [f"[{one.start},{one.end})" for one in told]
    return list(db.execute(OVERLAPS, columns).fetchall())


def each_request_once(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Every request was answered, so each booking is that of one answer: none was made twice, or for a refusal."""
    told = Counter(one.booking for one in booked(answers))
    wrong = [f"booking {id} was the answer of {count} requests" for id, count in told.items() if count > 1]
    return wrong + [f"booking {row[0]} is nobody's" for row in db.execute(BOOKINGS) if row[0] not in told]


def refusals(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Whoever was refused was told that the room is taken, and it is."""
    taken = {tuple(place) for _, *place, _ in db.execute(BOOKINGS)}
    refused = [one for one in answers if one.said != "booked"]
    wrong = [f"request {one.key} was refused: {one.said}" for one in refused if one.said != "ConflictError"]
    free = [one for one in refused if (one.space, *_period(one)) not in taken]
    return wrong + [f"request {one.key} was refused, and {one.space} is free from {one.start}" for one in free]


def money(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Each ledger entry sums to zero, and the desk holds the price of each booking once."""
    wrong = [f"ledger entry {id} sums to {amount}" for id, amount in db.execute(UNBALANCED)]
    ((taken,),), ((count,),) = db.execute(TAKEN).fetchall(), db.execute(CONFIRMED).fetchall()
    return wrong if taken == count * PRICE else [*wrong, f"{taken} cents were taken for {count} bookings"]


def told_once(db: Any, answers: Sequence[Answer]) -> list[str]:
    """The journal tells of each booking that is there, once."""
    told = Counter(id for (id,) in db.execute(MADE))
    there = {row[0] for row in db.execute(BOOKINGS)}
    wrong = [f"the journal tells of {id}, which is not there" for id in told.keys() - there]
    return wrong + [f"the journal tells of {id} {told[id]} times" for id in there if told[id] != 1]


def issued(answers: Sequence[Answer]) -> list[Issued]:
    """The documents that were acknowledged."""
    return [one for answer in answers for one in answer.documents if one.said == "issued"]


def stored(db: Any) -> int:
    """How many documents are there."""
    ((count,),) = db.execute(f"SELECT count(*) FROM ({DOCUMENTS}) AS document").fetchall()
    return int(count)


def numbers(db: Any, answers: Sequence[Answer]) -> list[str]:
    """The numbers of a series are 1, 2, 3... in each year, up to the last that it gave, and rise with the time."""
    wrong = [
        f"{count} documents have number {number} of {series} in {year}"
        if given
        else f"a document has number {number} of {series} in {year}, which was never given"
        for series, year, number, count, given in db.execute(NUMBERS)
    ]
    return wrong + [f"{printed} is not later than the number before it" for (printed,) in db.execute(BACKWARDS)]


def documents_kept(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Every number that was acknowledged is there."""
    there = {row[3] for row in db.execute(DOCUMENTS)}
    return [f"{one.printed} was acknowledged and is not there" for one in issued(answers) if one.printed not in there]


def documents_as_told(db: Any, answers: Sequence[Answer]) -> list[str]:
    """A number that was acknowledged is of the charge, and in the series, that it was asked for."""
    there = defaultdict(list)
    for series, _, _, printed, _, charge in db.execute(DOCUMENTS):
        there[printed].append((series, charge))
    told = [(one.printed, (f"asso|{one.series}", one.charge)) for one in issued(answers)]
    other = [(printed, wanted) for printed, wanted in told if printed in there and wanted not in there[printed]]
    return [f"{printed} was told of {wanted} and is of {there[printed]}" for printed, wanted in other]


def each_document_once(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Every request was answered, so each document is that of one answer."""
    told = Counter(one.printed for one in issued(answers))
    wrong = [f"{printed} was the answer of {count} requests" for printed, count in told.items() if count > 1]
    return wrong + [f"{row[3]} is nobody's" for row in db.execute(DOCUMENTS) if row[3] not in told]


def no_document_refused(db: Any, answers: Sequence[Answer]) -> list[str]:
    """Nothing stands against a document of what was booked and paid."""
    refused = [one for answer in answers for one in answer.documents if one.said != "issued"]
    return [f"a document of {one.charge} in {one.series} was refused: {one.said}" for one in refused]


CHECKS: tuple[Callable[[Any, Sequence[Answer]], list[str]], ...] = (
    each_request_once,
    refusals,
    money,
    told_once,
    numbers,
    documents_kept,
    documents_as_told,
    each_document_once,
    no_document_refused,
)


def copies(cluster: Patroni, seconds: float = 20.0) -> list[str]:
    """Every node has what the primary has, as soon as it has replayed it; the one that was down, too."""
    different: list[str] = []

    def equal() -> bool:
        stored = {}
        for node in cluster.nodes:
            with node.connect("cantine") as db:
                stored[node.name] = db.execute(CONTENT).fetchone()
        primary = stored[cluster.leader().name]
        different[:] = [name for name, content in stored.items() if content != primary]
        return not different

    try:
        eventually(equal, seconds, pause=PAUSE)
    except AssertionError:
        return [f"copies: nodes with other rows than the primary: {', '.join(different)}"]
    return []


def _period(answer: Answer) -> list[datetime]:
    return [datetime.fromisoformat(answer.start), datetime.fromisoformat(answer.end)]


def finish(url: str) -> list[str]:
    """Carry out what was cut off, once its lease is over; then which laws of the house do not hold.

    Among them: the ledger sums to zero and holds what its records say, the pages of a space hold the claims of its
    bookings, and folding the journal gives the rows.
    """
    now = NOW + timedelta(minutes=5)
    storage = Registry.load().storage(url)
    with Cantine.open(storage, payments={"desk": "manual://"}, clock=ManualClock(now)) as house:
        while (report := house.run_due()).done + report.retried + report.dead:
            pass
        return house_broken(storage, now)
