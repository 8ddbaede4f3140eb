"""What a store holds after a run of bills, read by SQL and ``json`` alone, without the library."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Backend = Literal["sqlite", "postgresql"]


def connect(url: str) -> tuple[Any, Backend]:
    """A plain connection to the tables of a store, and what it is of."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite3.connect(parts.path.removeprefix("/"), isolation_level=None), "sqlite"
    import psycopg

    schema = dict(parse_qsl(parts.query))["schema"]
    plain = "&".join(one for one in parts.query.split("&") if not one.startswith("schema="))
    db = psycopg.connect(parts._replace(query=plain).geturl(), autocommit=True, options=f"-c search_path={schema}")
    return db, "postgresql"


def bodies(url: str, kind: str) -> list[dict[str, Any]]:
    """The bodies of all rows of a kind."""
    db, _ = connect(url)
    found = db.execute(f"SELECT body FROM record WHERE kind = '{kind}'").fetchall()
    db.close()
    return [json.loads(body) if isinstance(body, str) else body for (body,) in found]


def wrong(url: str, payers: int, charges: int) -> list[str]:
    """What does not hold of the bills of a run; nothing, where each payer has one, of all of its charges."""
    documents = [one for one in bodies(url, "document") if one["payer_id"] != "works"]
    every = {one["id"]: one for one in bodies(url, "charge") if one["payer_id"] != "works"}
    named = {one["id"]: one.get("invoice_id") for one in bodies(url, "charge_documents")}
    (series,) = [one for one in bodies(url, "series") if one["id"] == "asso|invoices"]
    bills, stated = Counter(one["payer_id"] for one in documents), Counter[str]()
    found = list[str]()
    for one in documents:
        parts = [part["charge_id"] for part in one["parts"]]
        stated.update(parts)
        mine = [every[id] for id in parts if id in every]
        gross = sum(charge["amount"][0] for charge in mine)
        if (
            len(mine) != charges
            or gross != one["gross"][0]
            or {charge["payer_id"] for charge in mine} != {one["payer_id"]}
        ):
            found.append(f"{one['id']} does not state the charges of its payer")
        net, tax, residual = (one[name][0] for name in ("net", "tax", "residual"))
        if net + tax + residual != one["gross"][0]:
            found.append(f"{one['id']} does not add up")
        if any(charge.get("invoice_id") != one["id"] or named.get(charge["id"]) != one["id"] for charge in mine):
            found.append(f"the charges of {one['id']} do not name it")
    found += [f"{payer} has {count} bills" for payer, count in bills.items() if count > 1]
    found += [f"charge {id} is on {count} bills" for id, count in stated.items() if count > 1]
    if len(bills) != payers:
        found.append(f"{payers - len(bills)} payers have no bill")
    if len(every) != payers * charges or set(every) != set(stated):
        found.append(f"{len(every)} charges, {len(set(stated))} of them on bills")
    numbers = sorted(one["number"] for one in documents)
    if numbers != list(range(2, payers + 2)) or series["last"] != payers + 1:
        found.append(f"numbers {numbers[:1]} to {numbers[-1:]} of {len(numbers)} bills, the last {series['last']}")
    return found + _unlike(url, documents)


def _unlike(url: str, documents: list[dict[str, Any]]) -> list[str]:
    """What the journal says otherwise: it has each bill once, as it is stored, and an end of each run of a payer."""
    db, _ = connect(url)
    told = db.execute("SELECT type, body FROM journal WHERE type IN ('DocumentIssued', 'BillClosed')").fetchall()
    db.close()
    entries = [(type, json.loads(body) if isinstance(body, str) else body) for type, body in told]
    issued = {one["id"]: {name: value for name, value in one.items() if name != "v"} for one in documents}
    journal = [body["document"] for type, body in entries if type == "DocumentIssued"]
    of_run = [one for one in journal if one["id"] in issued]
    found = [] if len(of_run) == len(issued) else [f"{len(of_run)} bills in the journal, {len(issued)} stored"]
    found += [f"{one['id']} is another in the journal" for one in of_run if issued[one["id"]] != one]
    closed = Counter(id for type, body in entries if type == "BillClosed" for id in body.get("document_ids", ()))
    return found + [f"{id} was closed {closed[id]} times" for id in issued if closed[id] != 1]


def rows(url: str) -> tuple[set[Any], set[Any], list[Any]]:
    """All rows, the lines of the index and the journal, without what is made at random: ids of tasks and numbers."""
    db, _ = connect(url)

    def text(value: Any) -> str:
        data = json.loads(value) if isinstance(value, str) else value
        if isinstance(data, dict) and str(data.get("id", "")).startswith("tsk_"):
            del data["id"]
        return value if isinstance(value, str) and "tsk_" not in value else json.dumps(data)

    stored = db.execute("SELECT kind, id, version, body, pairs FROM record").fetchall()
    lines = db.execute("SELECT kind, field, value, id FROM record_index").fetchall()
    told = db.execute(
        "SELECT type, actor, subjects, body, (SELECT count(*) FROM journal_subject AS s WHERE s.number = j.number) "
        "FROM journal AS j ORDER BY number"
    ).fetchall()
    db.close()
    records = {
        (kind, "" if kind == "task" else id, version, text(body), text(pairs))
        for kind, id, version, body, pairs in stored
    }
    index = {(kind, field, value, "" if kind == "task" else id) for kind, field, value, id in lines}
    return (
        records,
        index,
        [(type, actor, text(subjects), text(body), count) for type, actor, subjects, body, count in told],
    )
