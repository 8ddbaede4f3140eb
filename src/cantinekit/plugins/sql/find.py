"""The condition of ``find``: which lines of the index a page begins with, and where it ends."""

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
    """A condition on the lines ``i`` of the index (columns kind, field, value, id), and the values that fill it.

    It is made of constants only. The columns have to compare by the bytes of UTF-8: ``BINARY`` in SQLite, ``"C"`` in
    PostgreSQL, ``utf8mb4_bin`` in MySQL; the order of the page is ``i.value, i.id``, both backwards with ``reverse``.

    Where the cursor lies beyond the bound on its side it stands in place of that bound: given both, a database may
    begin each page at the bound and pass over all pages before it, so that all pages cost the square of their number.

    Args:
        mark: what stands for a value in a statement of the driver, ``?`` or ``%s``.
        kind: the kind of the rows.
        field: the field of the index.
        eq: the only value, or ``None``.
        ge: the least value, or ``None``.
        lt: the value below which all are, or ``None``.
        position: the (value, id) of the cursor, which ``check_find`` gives; ``None`` for the first page.
        reverse: whether the page goes backwards.
    """
    if position is not None and reverse:
        lt = None if lt is None or position[0].encode() < lt.encode() else lt
    elif position is not None:
        ge = None if ge is None or position[0].encode() >= ge.encode() else ge
    terms, values = [f"i.kind = {mark} AND i.field = {mark}"], [kind, field]
    for operator, bound in (("=", eq), (">=", ge), ("<", lt)):
        if bound is not None:
            terms.append(f"i.value {operator} {mark}")
            values.append(bound)
    if position is not None:
        terms.append(f"(i.value, i.id) {'<' if reverse else '>'} ({mark}, {mark})")
        values.extend(position)
    return " AND ".join(terms), values
