"""The fewest columns that a window has to carry, for engines in which that costs more than to compute them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

Node = tuple[str, bool]
"""A name: false as it is read off others, true as it is read by them."""


def fewest(reads: Mapping[str, Collection[str]], known: Collection[str], wanted: Iterable[str]) -> set[str]:
    """The fewest names from which all that is wanted can be computed; of several such sets that with the least to do.

    As many paths lead from what is known to what is wanted without a name in common (Menger).

    Args:
        reads: what each let reads.
        known: the names that there are; what they read does not matter.
        wanted: names that are known, or lets that are made of them.
    """
    paths = _Paths()
    starts: list[Node] = []
    ends = [(name, True) for name in dict.fromkeys(wanted)]
    seen, queue = {name for name, _ in ends}, [name for name, _ in ends]
    while queue:
        name = queue.pop()
        paths.join((name, False), (name, True))
        if name in known:
            starts.append((name, False))
            continue
        for part in reads.get(name, ()):
            paths.join((part, True), (name, False))
            if part not in seen:
                seen.add(part)
                queue.append(part)
    while (end := next((one for one in ends if one in (found := paths.reached(starts))), None)) is not None:
        paths.take(found, end)
    near = paths.reached(ends, backwards=True)
    return {name for name in seen if (name, True) in near and (name, False) not in near}


@attrs.define
class _Paths:
    """A graph, and the edges that are taken by paths. A name can be taken once."""

    ahead: dict[Node, list[Node]] = attrs.field(factory=dict)
    back: dict[Node, list[Node]] = attrs.field(factory=dict)
    taken: set[tuple[Node, Node]] = attrs.field(factory=set)

    def join(self, one: Node, other: Node) -> None:
        self.ahead.setdefault(one, []).append(other)
        self.back.setdefault(other, []).append(one)

    def _room(self, one: Node, other: Node) -> bool:
        """Whether an edge can still be taken; those between two names can be always."""
        return one[0] != other[0] or (one, other) not in self.taken

    def _beside(self, node: Node, *, backwards: bool) -> Iterator[Node]:
        """Where a path goes on from a node, or comes from: by an edge with room, or undoing one that is taken."""
        ahead, back = self.ahead.get(node, ()), self.back.get(node, ())
        if backwards:
            yield from (other for other in back if self._room(other, node))
            yield from (other for other in ahead if (node, other) in self.taken)
        else:
            yield from (other for other in ahead if self._room(node, other))
            yield from (other for other in back if (other, node) in self.taken)

    def reached(self, origin: Iterable[Node], *, backwards: bool = False) -> dict[Node, Node | None]:
        """The nodes that can be reached, each with the one before it."""
        found: dict[Node, Node | None] = dict.fromkeys(origin)
        queue = list(found)
        while queue:
            node = queue.pop()
            for other in self._beside(node, backwards=backwards):
                if other not in found:
                    found[other] = node
                    queue.append(other)
        return found

    def take(self, found: Mapping[Node, Node | None], end: Node) -> None:
        """Take the path that leads to a node."""
        node: Node | None = end
        while node is not None and (before := found[node]) is not None:
            if (node, before) in self.taken:
                self.taken.remove((node, before))
            else:
                self.taken.add((before, node))
            node = before
