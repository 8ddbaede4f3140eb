"""The part of ``find`` that the SQL stores share: the condition on the index entries, and its values."""

from __future__ import annotations


def find_condition(
    mark: str,
    kind: str,
    field: str,
    *,
    eq: str | None,
    ge: str | None,
    lt: str | None,
    position: tuple[str, str] | None,
    reverse: bool,
) -> tuple[str, list[str]]:
    """A condition on the index table ``i``, with ``mark`` for each value, and the values.

    It is made of constants only; ``position`` is the (value, id) after which the page begins. Where it lies beyond the
    bound on its side it stands in place of that bound: given both, SQLite begins each page at the bound and passes over
    all pages before it, so that reading all pages costs the square of their number.
    """
    if position is not None and reverse:
        lt = None if lt is None or _encoded(position[0]) < _encoded(lt) else lt
    elif position is not None:
        ge = None if ge is None or _encoded(position[0]) >= _encoded(ge) else ge
    terms, values = [f"i.kind = {mark} AND i.field = {mark}"], [kind, field]
    for operator, bound in (("=", eq), (">=", ge), ("<", lt)):
        if bound is not None:
            terms.append(f"i.value {operator} {mark}")
            values.append(bound)
    if position is not None:
        terms.append(f"(i.value, i.id) {'<' if reverse else '>'} ({mark}, {mark})")
        values.extend(position)
    return " AND ".join(terms), values


def _encoded(value: str) -> bytes:
    """The bytes by which index values compare."""
    return value.encode()
