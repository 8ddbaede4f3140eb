"""Reading the directory: the profiles that are shown to somebody, listed by name or found by words."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import itemgetter

import attrs

from cantinekit.common.arguments import checked
from cantinekit.common.fields import check_text
from cantinekit.domain.directory.records import SEES
from cantinekit.domain.directory.words import words_of
from cantinekit.errors import InputError
from cantinekit.reads.records import RecordReads
from cantinekit.records import Audience, Place, Profile
from cantinekit.runtime import codec

MOST = 200
"""The most profiles of a page."""
_LAST = "\U0010ffff"


@attrs.frozen
class DirectoryPage:
    """Some profiles of the directory.

    Attributes:
        profiles: the profiles.
        next: what to ask with for those that follow (``after``); ``None``: there are no more.
    """

    profiles: tuple[Profile, ...]
    next: str | None = None


class DirectoryReads(RecordReads):
    """Answers questions about the directory."""

    @checked
    def directory(
        self,
        audience: Audience,
        *,
        text: str = "",
        place_id: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> DirectoryPage:
        """The profiles that are shown to whoever asks, and none of those that are not.

        Without ``text`` they come by name. With it, those that have a word for each of its words, of the name, the
        headline and the skills, that is it or begins with it; accents and case are set aside. It costs by what it
        shows, and by what has the longest of these words.

        Args:
            audience: who asks, as the host knows: one of the "members" of a place, a member of another place
                ("network"), or anybody ("everybody").
            text: words to look for, at most 200 characters; empty: all.
            place_id: only those who are at home at this place; ``None``: everywhere. Members ask of their place.
            after: ``next`` of the page before; ``None``: the first page.
            limit: the most profiles of a page, 1 to 200.

        Raises:
            InputError: there is no such audience; "members" is asked of no place; or ``limit`` is out of bounds.
            NotFoundError: there is no such place.
        """
        if audience == "members" and place_id is None:
            raise InputError("what is shown to members is asked of their place: give place_id")
        if not 1 <= limit <= MOST:
            raise InputError(f"limit must be from 1 to {MOST}")
        if place_id is not None:
            self._there(Place, place_id)
        wanted = sorted(set(words_of(check_text(text, "text", limit=200))), key=lambda word: (-len(word), word))
        if text.strip() and not wanted:
            return DirectoryPage(())
        streams = [self._shown(to, place_id, wanted, after or "", limit) for to in SEES[audience]]
        found = list(islice(merge(*streams, key=itemgetter(0)), limit + 1))
        more = found[limit - 1][0] if len(found) > limit else None
        return DirectoryPage(tuple(profile for _, profile in found[:limit]), more)

    def _shown(
        self, to: Audience, place_id: str | None, wanted: list[str], after: str, limit: int
    ) -> Iterator[tuple[str, Profile]]:
        """The profiles that are shown to exactly an audience, after a key, in the order of their keys, with these.

        A profile that has several words that begin alike is found by each; it counts where it is found first.
        """
        field = ("place_word" if wanted else "place") if place_id is not None else "word" if wanted else "name"
        head = f"{place_id}|{to}|" if place_id is not None else f"{to}|"
        begins = wanted[0] if wanted else ""
        position: str | None = None
        last = ""
        while True:
            page = self._storage.find(
                Profile.kind,
                field,
                ge=head + max(begins, after),
                lt=head + begins + _LAST,
                after=position,
                limit=limit + 1,
            )
            for row in page.rows:
                profile = codec.decode(row)
                assert isinstance(profile, Profile)
                key = _key(profile, begins)
                if key > max(after, last) and _has_all(profile, wanted):
                    last = key
                    yield key, profile
            position = page.next
            if position is None:
                return


def _key(profile: Profile, begins: str) -> str:
    """Where a profile is in the order of an answer: its name, or its first word that begins so; and its id."""
    if not begins:
        return f"{profile.sorts_by}|{profile.id}"
    return min(f"{word}|{profile.id}" for word in profile.words if word.startswith(begins))


def _has_all(profile: Profile, wanted: list[str]) -> bool:
    return all(any(word.startswith(begins) for word in profile.words) for begins in wanted)
