"""A run of bills by hand: SQL on the same tables, one transaction for each payer, and nothing of the library.

It stores what the library stores: the same rows, the same bytes of documents and journal. It knows what it needs to:
the products and how they are taxed, that nothing was paid, refunded or dropped before, that all is in euros. It looks
at nothing that the library looks at for safety's sake. It locks the task and the series, so that a run that is killed
can be started again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

ENTITY, SERIES, ZONE = "asso", "asso|invoices", ZoneInfo("Europe/Paris")
EXEMPT = {"mention": "Exonération de TVA, art. 261-7-1 du CGI", "code": "VATEX-FR-CGI261-7"}
TAXES: dict[str, tuple[str, str, str, Fraction, dict[str, str]]] = {
    "full": ("standard", "S", "20%", Fraction(1, 5), {}),
    "club": ("exempt", "E", "0%", Fraction(0), EXEMPT),
}
"""By tax class: treatment, category, rate as it is printed, rate, and why there is none."""

READ = """
SELECT r.body{text}, s.body{text}
FROM record_index AS i
JOIN record AS r ON r.kind = 'charge' AND r.id = i.id
JOIN record AS s ON s.kind = 'sale' AND s.id = r.body ->> 'sale_id'
WHERE i.kind = 'charge' AND i.field = 'unbilled' AND i.value >= ? AND i.value < ?
ORDER BY i.value, i.id
"""
KEPT = """
SELECT kind, body{text} FROM record WHERE (kind = 'billing_terms' AND id = ?)
    OR (kind = 'billing_address' AND id = ?) OR (kind = 'series' AND id = ?) OR (kind = 'entity' AND id = ?)
"""
DUE = """
SELECT i.id FROM record_index AS i WHERE i.kind = 'task' AND i.field = 'due' AND i.value <= ?
ORDER BY i.value, i.id LIMIT ?
"""
INSERT = "INSERT INTO record (kind, id, version, body, pairs) VALUES (?, ?, 1, ?, ?)"
UPDATE = "UPDATE record SET version = version + 1, body = ? WHERE kind = ? AND id = ?"
FINISH = "UPDATE record SET version = version + 2, body = ?, pairs = ? WHERE kind = 'task' AND id = ?"
INDEX = "INSERT INTO record_index (kind, field, value, id) VALUES (?, ?, ?, ?)"
UNINDEX = "DELETE FROM record_index WHERE kind = ? AND field = ? AND value = ? AND id = ?"
UNBILLED = "DELETE FROM record_index WHERE kind = 'charge' AND field = 'unbilled' AND value >= ? AND value < ?"
BILLED = {
    "sqlite": """
        UPDATE record SET version = version + 1, body = json_set(body, '$.due_on', ?, '$.invoice_id', ?),
            pairs = json_remove(pairs, '$[#-1]')
        WHERE kind = 'charge' AND id IN (SELECT value FROM json_each(?))
    """,
    "postgresql": """
        UPDATE record SET version = version + 1, pairs = pairs - (-1),
            body = body || jsonb_build_object('due_on', ?::text, 'invoice_id', ?::text)
        WHERE kind = 'charge' AND id IN (SELECT jsonb_array_elements_text(?::jsonb))
    """,
}
TOLD = {
    "sqlite": "INSERT INTO journal (type, at, actor, subjects, body) VALUES (?, ?, 'system', ?, ?) RETURNING number",
    "postgresql": """
        INSERT INTO journal (number, type, at, actor, subjects, body)
        VALUES ((pg_current_xact_id()::text::bigint << 16) + ?, ?, ?::timestamptz, 'system', ?::jsonb, ?::jsonb)
        RETURNING number
    """,
}
SUBJECT = "INSERT INTO journal_subject (kind, id, number) VALUES (?, ?, ?)"


def compact(value: Any) -> str:
    """JSON as it is stored."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def euros(amount: int) -> list[Any]:
    return [amount, "EUR"]


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def midnight(day: date) -> datetime:
    """The beginning of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(ZoneInfo("UTC"))


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


class BillsByHand:
    """A run of bills at an instant, on a connection of ``books.connect``."""

    def __init__(self, db: Any, backend: str, now: datetime) -> None:
        self.db, self.backend, self.now = db, backend, now
        self.mark, self.text = ("?", "") if backend == "sqlite" else ("%s", "::text")
        if backend == "sqlite":
            db.execute("PRAGMA synchronous = EXTRA")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA trusted_schema = OFF")

    def run(self, limit: int) -> int:
        """Close the bills of so many payers; how many there were."""
        due = [id for (id,) in self._read(DUE, instant(self.now), limit)]
        return sum(self._close(id) for id in due)

    # --- one payer -----------------------------------------------------------------------------------------------

    def _close(self, task_id: str) -> bool:
        self.db.execute("BEGIN IMMEDIATE" if self.backend == "sqlite" else "BEGIN")
        lock = "" if self.backend == "sqlite" else " FOR UPDATE"
        ((task_text,),) = self._read(f"SELECT body{{text}} FROM record WHERE kind = 'task' AND id = ?{lock}", task_id)
        task = json.loads(task_text)
        about = task["subject"]["id"]
        if "state" in task or task["subject"]["kind"] != "billing_terms":
            self.db.execute("COMMIT")
            return False
        if lock:
            self._read("SELECT 1 FROM record WHERE kind = 'series' AND id = ? FOR UPDATE", SERIES)
        kept = {kind: json.loads(body) for kind, body in self._read(KEPT, about, about, SERIES, ENTITY)}
        terms = kept["billing_terms"]
        payer = terms["payer_id"]
        day = self.now.astimezone(ZONE).date()
        if terms.get("next_on") is None or terms["next_on"] > day.isoformat():
            self._finish(task)
            self.db.execute("COMMIT")
            return False
        between = f"{ENTITY}|{payer}|", f"{ENTITY}|{payer}}}"
        found = [(json.loads(charge), json.loads(sale)) for charge, sale in self._read(READ, *between)]
        series, due_on = kept["series"], day + timedelta(days=terms["days_until_due"])
        document = self._document(found, kept, payer, day, due_on)
        self._store(found, document, kept, between)
        self._later(task, document, due_on, next_month(day), about)
        terms |= {"next_on": next_month(day).isoformat(), "billed_until": day.isoformat()}
        terms["bill_ids"] = [document["id"], *terms.get("bill_ids", ())]
        self._run(UPDATE, compact(terms), "billing_terms", about)
        series |= {"year": day.year, "last": document["number"], "issued_at": document["issued_at"]}
        self._run(UPDATE, compact(series), "series", SERIES)
        self.db.execute("COMMIT")
        return True

    def _document(
        self, found: Sequence[tuple[Any, Any]], kept: dict[str, Any], payer: str, day: date, due_on: date
    ) -> dict[str, Any]:
        """The bill of all charges."""
        lines, taxes, over = self._taxed([charge for charge, _ in found])
        days = [_days(sale) for _, sale in found]
        parts, first = [], 0
        for (charge, _), (begins, ends) in zip(found, days, strict=True):
            own, mine = [], lines[first : first + len(charge["lines"])]
            for tax in taxes:
                of_rate = [line for line in mine if line["category"] == tax["category"]]
                if of_rate:
                    net, gross = (sum(line[name][0] for line in of_rate) for name in ("net", "gross"))
                    rest = over.pop(tax["category"], 0)
                    own.append(_tax(tax["category"], tax["rate"], net, gross - net - rest, rest, gross))
            parts.append(
                {
                    "charge_id": charge["id"],
                    "first": first,
                    "gross": charge["amount"],
                    "paid": euros(0),
                    "taxes": own,
                    "supplied_from": begins,
                    "supplied_until": ends,
                }
            )
            first += len(mine)
        net, tax, rest, gross = (sum(one[name][0] for one in taxes) for name in ("net", "tax", "residual", "gross"))
        series, seller = kept["series"], kept["entity"]
        number = series["last"] + 1
        printed = f"{series['prefix']}{day.year}-{number:06d}"
        at = datetime.fromisoformat(series["issued_at"]) + timedelta(microseconds=1)
        said = [line["mention"] for line in lines if "mention" in line]
        return {
            "id": f"{ENTITY}|{printed}",
            "entity_id": ENTITY,
            "series_id": SERIES,
            "what": "invoice",
            "year": day.year,
            "number": number,
            "printed": printed,
            "issued_at": instant(max(self.now, at)),
            "issued_on": day.isoformat(),
            "charge_id": parts[0]["charge_id"],
            "seller": {name: seller[name] for name in ("name", "address", "country", "registration", "vat_number")},
            "lines": lines,
            "taxes": taxes,
            "net": euros(net),
            "tax": euros(tax),
            "residual": euros(rest),
            "gross": euros(gross),
            "paid": euros(0),
            "mentions": [*dict.fromkeys(said), *seller["mentions"]],
            "supplied_from": min(begins for begins, _ in days),
            "supplied_until": max(ends for _, ends in days),
            "payer_id": payer,
            "due_on": due_on.isoformat(),
            "parts": parts,
        }

    @staticmethod
    def _taxed(charges: Iterable[Any]) -> tuple[list[Any], list[Any], dict[str, int]]:
        """The lines, the taxes of each rate, and what is left over of each."""
        lines, groups = list[Any](), dict[str, list[Any]]()
        for line in (line for charge in charges for line in charge["lines"]):
            treatment, category, rate, _, why = TAXES[line["tax_class"]]
            made = {"position": len(lines)}
            made |= {name: line[name] for name in ("product_id", "text", "quantity")}
            made |= {"net": [0, "EUR"], "gross": line["amount"], "treatment": treatment, "category": category}
            made |= {"rate": rate, **why, "unit": line["unit"], "person_id": line["person_id"]}
            lines.append(made)
            groups.setdefault(line["tax_class"], []).append(made)
        taxes, over = list[Any](), dict[str, int]()
        for name in sorted(groups, key=lambda name: TAXES[name][1]):
            _, category, printed, rate, _ = TAXES[name]
            amounts = [line["gross"][0] for line in groups[name]]
            gross = sum(amounts)
            near = _half_up(gross / (1 + rate))
            net = min((near, near - 1, near + 1), key=lambda net: abs(gross - net - _half_up(net * rate)))
            tax = _half_up(net * rate)
            for line, share in zip(groups[name], _shares(net, amounts), strict=True):
                line["net"] = euros(share)
            over[category] = gross - net - tax
            taxes.append(_tax(category, printed, net, tax, over[category], gross))
        return lines, taxes, over

    # --- storing -------------------------------------------------------------------------------------------------

    def _store(
        self, found: Sequence[Any], document: dict[str, Any], kept: dict[str, Any], between: tuple[str, str]
    ) -> None:
        id, at, payer = document["id"], document["issued_at"], document["payer_id"]
        charges = [charge["id"] for charge, _ in found]
        self._run(BILLED[self.backend], document["due_on"], id, json.dumps(charges))
        self._run(UNBILLED, *between)
        body = compact({"v": 1, **document})
        index = [("series", f"{SERIES}|{document['year']}|{document['number']:012d}"), ("entity", f"{ENTITY}|{at}")]
        index += [*(("charge", f"{charge}|{at}") for charge in charges), ("payer", f"{payer}|{at}")]
        address = kept["billing_address"]["billed_to"]
        addressee = {"v": 1, "id": id, "billed_to": address, "issued_at": at, "person_id": payer}
        person = [("person", f"{payer}|{at}")]
        rows = [
            ("document", id, body, compact(index)),
            ("addressee", id, compact(addressee), compact(person)),
            *(("charge_documents", one, f'{{"v":1,"id":"{one}","invoice_id":"{id}"}}', "[]") for one in charges),
        ]
        self._many(INSERT, rows)
        self._many(INDEX, [("document", field, value, id) for field, value in index])
        self._many(INDEX, [("addressee", field, value, id) for field, value in person])
        about = [("document", id), ("series", SERIES), *(("charge", one) for one in charges)]
        self._tell("DocumentIssued", about, f'{{"v":1,"document":{{{body[7:]}}}')
        terms = kept["billing_terms"]["id"]
        day, after = document["issued_on"], next_month(date.fromisoformat(document["issued_on"])).isoformat()
        closed = {"v": 1, "terms_id": terms, "until": day, "document_ids": [id], "next_on": after}
        self._tell("BillClosed", [("billing_terms", terms)], compact(closed))
        self.told = 0

    told = 0

    def _tell(self, type: str, about: Sequence[tuple[str, str]], body: str) -> None:
        values: tuple[Any, ...] = (type, instant(self.now), compact(about), body)
        if self.backend == "postgresql":
            values = (self.told, *values)
        ((number,),) = self._read(TOLD[self.backend], *values)
        self.told += 1
        self._many(SUBJECT, [(kind, id, number) for kind, id in about])

    def _later(self, task: Any, document: dict[str, Any], due_on: date, after: date, about: str) -> None:
        self._finish(task)
        again = midnight(after) + timedelta(seconds=1)
        for kind, id, due in (("document", document["id"], midnight(due_on)), ("billing_terms", about, again)):
            made = f"tsk_{secrets.token_hex(12)}"
            body = {"v": 1, "id": made, "work": "expire", "subject": {"kind": kind, "id": id}, "due": instant(due)}
            index = [("due", instant(due)), ("subject", f"{kind}|{id}")]
            self._run(INSERT, "task", made, compact(body), compact(index))
            self._many(INDEX, [("task", field, value, made) for field, value in index])

    def _finish(self, task: Any) -> None:
        """The task as the library leaves it: it was leased once, and then done."""
        index = [["subject", f"{task['subject']['kind']}|{task['subject']['id']}"]]
        done = {**task, "state": "done", "tries": 1, "writes": 3}
        self._run(FINISH, compact(done), compact(index), task["id"])
        self._run(UNINDEX, "task", "due", task["due"], task["id"])

    def _sql(self, statement: str) -> str:
        return statement.replace("{text}", self.text).replace("?", self.mark)

    def _read(self, statement: str, *values: Any) -> list[Any]:
        found: list[Any] = self.db.execute(self._sql(statement), values).fetchall()
        return found

    def _run(self, statement: str, *values: Any) -> None:
        self.db.execute(self._sql(statement), values)

    def _many(self, statement: str, rows: Iterable[Any]) -> None:
        self.db.cursor().executemany(self._sql(statement), list(rows))


def _tax(category: str, rate: str, net: int, tax: int, residual: int, gross: int) -> dict[str, Any]:
    amounts = {"net": net, "tax": tax, "residual": residual, "gross": gross}
    return {"category": category, "rate": rate, **{name: euros(amount) for name, amount in amounts.items()}}


def _half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def _shares(total: int, amounts: Sequence[int]) -> list[int]:
    """A total by the largest remainder, ties to the first."""
    whole = sum(amounts)
    parts = [total * amount // whole for amount in amounts]
    order = sorted(range(len(amounts)), key=lambda n: (-(total * amounts[n] % whole), n))
    for n in order[: total - sum(parts)]:
        parts[n] += 1
    return parts


def _days(sale: Any) -> tuple[str, str]:
    """The first and the last local day of what was sold."""
    begins, ends = (datetime.fromisoformat(one) for one in sale["items"][0]["period"])
    last = ends - timedelta(microseconds=1)
    return begins.astimezone(ZONE).date().isoformat(), last.astimezone(ZONE).date().isoformat()
