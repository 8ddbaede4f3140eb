"""What must hold of a store after a load, read by SQL and reckoned here: no code of the library takes part.

``read(url)`` reads the rows in one snapshot; ``problems`` tells what is wrong with them, beside the file of the bank
and what the clients were told. ``plant`` spoils a store, so that it can be seen that this is found.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

Body = dict[str, Any]
Rows = dict[str, dict[str, Body]]
"""The rows of a store: by kind, and by id."""
KINDS = (
    "attempt",
    "booking",
    "charge",
    "entitlement",
    "ledger",
    "pass",
    "refund",
    "registration",
    "session",
    "space",
    "standing",
    "task",
    "visit",
)
CARD = "account/card"
BUYING = "/me/buy"
HOLDING = ("requested", "held", "confirmed")
SEATED = ("held", "confirmed")
HAD = ("confirmed", "active", "open", "closed")
AWAITED = ("held", "pending")
OVER = ("cancelled", "expired", "declined", "released")


class Told(NamedTuple):
    """What a client was told: a form was taken, and led somewhere; or that it was sent, whatever came of it.

    Attributes:
        person: who sent it.
        key: the key of the form.
        form: the address of the form.
        where: the address to which its answer led; empty: it was sent.
    """

    person: str
    key: str
    form: str
    where: str = ""


# --- reading ---------------------------------------------------------------------------------------------------------


def connect(url: str) -> Any:
    """A plain connection to the store of a URL."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        db = sqlite3.connect(parts.path[1:])
        db.isolation_level = None
        return db
    import psycopg

    options = dict(parse_qsl(parts.query))
    schema = options.pop("schema")
    return psycopg.connect(
        urlunsplit(parts._replace(query=urlencode(options))), options=f"-c search_path={schema}", autocommit=True
    )


def read(url: str, kinds: Sequence[str] = KINDS) -> Rows:
    """The rows of these kinds in one snapshot."""
    db = connect(url)
    try:
        wanted = ", ".join(f"'{kind}'" for kind in kinds)
        found: Rows = {kind: {} for kind in kinds}
        for kind, id, body in db.execute(f"SELECT kind, id, body FROM record WHERE kind IN ({wanted})"):
            found[kind][id] = body if isinstance(body, dict) else json.loads(body)
        return found
    finally:
        db.close()


def read_bank(state: Path) -> Body:
    """What the fake bank knows: its charges and refunds by their keys."""
    found: Body = {"charges": {}, "refunds": {}}
    for line in state.read_text().split("\n")[1:-1] if state.exists() else ():
        for kind, changed in found.items():
            changed |= json.loads(line)[kind]
    return found


# --- what must hold --------------------------------------------------------------------------------------------------


def always(rows: Rows, now: str) -> list[str]:
    """What is wrong with rows that may be read at any moment of a load."""
    return [*overbooked(rows, now), *oversold(rows, now), *unbalanced(rows), *dead(rows)]


def problems(rows: Rows, bank: Body, told: Sequence[Told], now: str) -> list[str]:
    """What is wrong with rows when all that was due is carried out."""
    return [
        *always(rows, now),
        *unsettled(rows, bank),
        *bank_and_house(rows, bank),
        *charges(rows),
        *sold(rows),
        *waited(rows),
        *units(rows),
        *kept_promises(rows, [one for one in told if one.where]),
        *done_once(rows, told),
    ]


def overbooked(rows: Rows, now: str) -> Iterator[str]:
    """Spaces of which more units are taken at once than there are, at any instant."""
    capacity = {row["space_id"]: row["capacity"] for row in rows["standing"].values()}
    taken: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for what, space_id, start, end, count in _claims(rows, now):
        for leaf in rows["space"][space_id]["leaves"]:
            taken[leaf] += [(start, count, what), (end, -count, what)]
    for leaf, edges in taken.items():
        used = 0
        here: list[str] = []
        for at, count, what in sorted(edges):  # at one instant what ends comes before what begins
            used += count
            here.append(what) if count > 0 else here.remove(what)
            if used > capacity[leaf]:
                yield f"{leaf}: {used} of {capacity[leaf]} are taken at {at}: {', '.join(here)}"
                break


def _claims(rows: Rows, now: str) -> Iterator[tuple[str, str, str, str, int]]:
    for id, row in rows["booking"].items():
        if row["state"] in HOLDING and not _ran_out(row, now):
            yield id, row["space_id"], *row["period"], row["units"]
    for id, row in rows["visit"].items():
        end = row.get("closed_at") or row.get("until")
        if row.get("state", "open") in ("held", "open", "closed") and end and end > row["opened_at"]:
            yield id, row["space_id"], row["opened_at"], end, 1
    for id, row in rows["session"].items():
        if row.get("state", "planned") != "cancelled" and row.get("space_id"):
            yield id, row["space_id"], *row["period"], 1


def _ran_out(row: Body, now: str) -> bool:
    """Whether it is held until an instant that is past: it is free then, whether that is noted already or not."""
    return row["state"] == "held" and row.get("expires") is not None and row["expires"] <= now


def oversold(rows: Rows, now: str) -> Iterator[str]:
    """Sessions with more seats taken than there are, or than they count; people with two seats at one."""
    taken: Counter[str] = Counter()
    confirmed: Counter[str] = Counter()
    people: Counter[tuple[str, str]] = Counter()
    for row in rows["registration"].values():
        seats = row.get("seats", 1)
        if row["state"] in SEATED and not _ran_out(row, now):
            taken[row["session_id"]] += seats
        if row["state"] == "confirmed":
            confirmed[row["session_id"]] += seats
        if row["state"] in (*SEATED, "waiting") and not _ran_out(row, now):
            people[row["session_id"], row["person_id"]] += 1
    for id, session in rows["session"].items():
        if taken[id] > session["capacity"]:
            yield f"{id}: {taken[id]} seats are taken, of {session['capacity']}"
        if confirmed[id] != session.get("confirmed", 0):
            yield f"{id}: it counts {session.get('confirmed', 0)} confirmed seats, its registrations {confirmed[id]}"
    yield from (f"{person} has {count} seats at {id}" for (id, person), count in people.items() if count > 1)


def unbalanced(rows: Rows) -> Iterator[str]:
    """Ledger entries that do not sum to nothing, and a receivable that is not what the charges say is owed."""
    owed: Counter[str] = Counter()
    for id, row in rows["ledger"].items():
        if sum(line["amount"] for line in row["lines"]) != 0:
            yield f"{id}: its lines do not sum to nothing"
        owed[row["currency"]] += sum(line["amount"] for line in row["lines"] if line["account"] == "receivable")
    for row in rows["charge"].values():
        owed[row["billed"][1]] -= _amount(row, "billed") - _amount(row, "paid") + _amount(row, "refunded")
    yield from (
        f"the ledger and the charges differ by {amount} {name} of what is owed"
        for name, amount in owed.items()
        if amount
    )


def dead(rows: Rows) -> Iterator[str]:
    """Tasks that were given up."""
    for id, row in rows["task"].items():
        if row.get("state") == "dead":
            yield f"{id}: {row['work']} of {row['subject']['id']} was given up: {row.get('problem')}"


def unsettled(rows: Rows, bank: Body) -> Iterator[str]:
    """What is still on its way between the house and the bank: it has to come to an end by itself."""
    for id, row in rows["attempt"].items():
        if row.get("state", "started") == "started":
            yield f"{id}: whether the bank got it is not known yet"
    for id, row in rows["refund"].items():
        if row.get("state", "started") == "started":
            yield f"{id}: the bank has not given it back yet"
    for key, one in bank["charges"].items():
        state = rows["attempt"].get(key, {}).get("state")
        if one["status"] != state and state is not None:
            yield f"{key}: {one['status']} at the bank, {state} in the house"


def bank_and_house(rows: Rows, bank: Body) -> Iterator[str]:
    """Money that the bank took or gave back and that is not in the house exactly once, and the other way round."""
    posted: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
    for row in rows["ledger"].values():
        for line in row["lines"]:
            if line["account"] == CARD:
                posted[row["subject"]["kind"], row["subject"]["id"], line["amount"] > 0].append(line["amount"])
    ours = {id: row for id, row in rows["attempt"].items() if row["account"] == "card"}
    for key, one in bank["charges"].items():
        attempt = ours.pop(key, None)
        if attempt is None:
            yield f"{key}: the bank has it, the house has not"
            continue
        if attempt.get("captured", 0) != one["captured"]:
            yield f"{key}: the bank took {one['captured']}, the house knows of {attempt.get('captured', 0)}"
        if posted["attempt", key, True] != ([one["captured"]] if one["captured"] else []):
            yield f"{key}: the bank took {one['captured']}, the ledger has {posted['attempt', key, True]}"
        if attempt.get("refunded", 0) != one["refunded"]:
            yield f"{key}: the bank gave back {one['refunded']}, the house {attempt.get('refunded', 0)}"
    yield from (f"{id}: the house took it, the bank has none" for id, one in ours.items() if one.get("captured"))
    back = {id: row for id, row in rows["refund"].items() if row["account"] == "card"}
    for key, one in bank["refunds"].items():
        refund = back.pop(key, None)
        if refund is None or one["status"] != "settled" or _amount(refund, "amount") != one["amount"]:
            yield f"{key}: a refund of {one['amount']} at the bank ({one['status']}), in the house {refund}"
        elif posted["refund", key, False] != [-one["amount"]]:
            yield f"{key}: the bank gave back {one['amount']}, the ledger has {posted['refund', key, False]}"
    yield from (f"{id}: the house gave it back, the bank did not" for id in back)
    held = sum(one["captured"] - one["refunded"] for one in bank["charges"].values())
    if held != (sums := sum(sum(amounts) for amounts in posted.values())):
        yield f"the bank holds {held}, the ledger says {sums}"


def charges(rows: Rows) -> Iterator[str]:
    """Charges that do not agree with their attempts and refunds, or with their state."""
    paid: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for row in rows["attempt"].values():
        paid[row["charge_id"]] += row.get("captured", 0)
    for row in rows["refund"].values():
        if row.get("state") != "declined":
            back[row["charge_id"]] += _amount(row, "amount")
    for id, row in rows["charge"].items():
        if (_amount(row, "paid"), _amount(row, "refunded")) != (paid[id], back[id]):
            yield f"{id}: paid {row['paid']} less {row['refunded']}, its attempts say {paid[id]} less {back[id]}"
        open = _amount(row, "billed") - paid[id] + back[id]
        if (open > 0) != (row.get("state", "due") == "due") or open < 0:
            yield f"{id}: {row.get('state', 'due')}, and {open} is owed"


def sold(rows: Rows) -> Iterator[str]:
    """What is had without being paid for, is paid for and not had, or was given up for other money than its fee."""
    for kind in ("booking", "pass", "registration", "visit"):
        for id, row in rows[kind].items():
            state = row.get("state", "open" if kind == "visit" else "active")
            found = [rows["charge"][each] for each in _charges_of(row)]
            if any(charge.get("on_account") or charge.get("stands") for charge in found):
                continue
            due = any(charge.get("state", "due") == "due" for charge in found)
            if state in HAD and due:
                yield f"{id}: {state}, and its charge is due"
            if state in AWAITED and found and not due:
                yield f"{id}: {state}, and nothing is due for it"
            kept = sum(_amount(charge, "paid") - _amount(charge, "refunded") for charge in found)
            if state in OVER and kind in ("booking", "registration") and kept != (row.get("fee") or [0])[0]:
                yield f"{id}: {state} with a fee of {row.get('fee')}, and {kept} was kept"


def _charges_of(row: Body) -> list[str]:
    one = [row["charge_id"]] if row.get("charge_id") else []
    return [*one, *row.get("charge_ids", ()), *(share["charge_id"] for share in row.get("more", ()))]


def waited(rows: Rows) -> Iterator[str]:
    """Seats that are free although somebody waits for one."""
    for id, session in rows["session"].items():
        taken = session.get("confirmed", 0) + sum(one.get("seats", 1) for one in session.get("held", ()))
        if session.get("waiting") and session.get("state", "planned") != "cancelled" and taken < session["capacity"]:
            yield f"{id}: {len(session['waiting'])} wait, and {session['capacity'] - taken} seats are free"


def units(rows: Rows) -> Iterator[str]:
    """Passes from which more was taken than was bought, or of which units are neither left nor spent."""
    spent: Counter[str] = Counter()
    for kind in ("booking", "registration", "visit"):
        for row in rows[kind].values():
            over = row.get("state") in (*OVER, "lapsed")
            for spend in row.get("kept" if over else "spends", ()):
                spent[spend["entitlement_id"]] += spend["units"]
    for id, row in rows["entitlement"].items():
        if not 0 <= row["left"] <= row["bought"]:
            yield f"{id}: {row['left']} are left of {row['bought']}"
        if spent[id] and row["left"] != row["bought"] - spent[id]:
            yield f"{id}: {row['left']} are left of {row['bought']}, and {spent[id]} were spent"


def kept_promises(rows: Rows, told: Sequence[Told]) -> Iterator[str]:
    """Forms that were answered and left nothing in the house, or were sent twice and did two things."""
    by_page = {row["next_url"]: row["charge_id"] for row in rows["attempt"].values() if row.get("next_url")}
    by_reference = {row["reference"]: row["charge_id"] for row in rows["attempt"].values() if row.get("reference")}
    seats = {(row["session_id"], row["person_id"]) for row in rows["registration"].values()}
    did: dict[str, set[str]] = defaultdict(set)
    for one in told:
        path = urlsplit(one.where).path
        name = path.rpartition("/")[2]
        if path.startswith("/pay/") and one.where.startswith("http"):
            charge = by_page.get(one.where) or by_reference.get(name)
            if charge is None:
                yield f"{one.person} was led to pay at {one.where}: the house knows of no such payment"
            did[one.key].add(charge or one.where)
        elif path.startswith("/pay/"):
            if name not in rows["charge"]:
                yield f"{one.person} was led to {one.where}: the house knows of no such charge"
            did[one.key].add(name)
        elif path.startswith("/sessions/"):
            if (name, one.person) not in seats:
                yield f"{one.person} was told of a seat at {name}: the house knows of none"
            did[one.key].add("")
        else:
            did[one.key].add("")
    for key, things in did.items():
        if len(things - {""}) > 1:
            yield f"the form {key} was carried out more than once: {', '.join(sorted(things))}"


def done_once(rows: Rows, told: Sequence[Told]) -> Iterator[str]:
    """People who have more bookings, seats or carnets than they sent forms for: one was carried out twice."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in told:
        asked[one.person, one.form if one.form == BUYING else one.form.split("/")[1]].add(one.key)
    carnets = [row for row in rows["pass"].values() if row["product_id"] == "carnet"]
    has = Counter((row.get("person_id") or "", "rooms") for row in rows["booking"].values())
    has += Counter((row["person_id"], "sessions") for row in rows["registration"].values())
    has += Counter((row.get("holder_id") or "", BUYING) for row in carnets)
    for (person, what), keys in asked.items():
        if has[person, what] > len(keys):
            yield f"{person} sent {len(keys)} forms of {what}, and {has[person, what]} things came of them"


def _amount(row: Mapping[str, Any], name: str) -> int:
    return int(row[name][0])


# --- the control -----------------------------------------------------------------------------------------------------


def plant(url: str) -> dict[str, str]:
    """Book a room twice and lose a payment, behind the back of the library; gives what was spoilt, by its fault."""
    rows = read(url)
    booking = next(row for row in rows["booking"].values() if row["state"] == "confirmed")
    entry = next(
        row
        for row in rows["ledger"].values()
        if row["what"] == "taken" and any(line["account"] == CARD for line in row["lines"])
    )
    db = connect(url)
    twice = json.dumps({**booking, "id": "bkg_planted", "charge_id": None})
    mark, body = ("?", "?") if url.startswith("sqlite") else ("%s", "%s::jsonb")
    db.execute(
        f"INSERT INTO record (kind, id, version, body, pairs) VALUES ('booking', {mark}, 1, {body}, '[]')",
        ("bkg_planted", twice),
    )
    db.execute(f"DELETE FROM record WHERE kind = 'ledger' AND id = {mark}", (entry["id"],))
    db.close()
    return {"double booking": "bkg_planted", "lost payment": entry["subject"]["id"]}
