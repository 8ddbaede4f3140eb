"""Reading the directory: the profiles that are shown to somebody, listed by name or found by words."""

from __future__ import annotations

from heapq import merge
from operator import itemgetter

import attrs

from cantinekit.common.arguments import checked
from cantinekit.domain.directory.records import SEES
from cantinekit.errors import InputError
from cantinekit.reads.by_words import listed, positions, resume, wanted_words
from cantinekit.reads.paging import check_page, first_of
from cantinekit.reads.records import RecordReads
from cantinekit.records import Audience, Place, Profile


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
            after: ``next`` of the page before, in which nothing is personal; ``None``: the first page.
            limit: the most profiles of a page, 1 to 200.

        Raises:
            InputError: there is no such audience; "members" is asked of no place; ``limit`` is out of bounds; or
                ``after`` is no position of this list, or all that it goes by was changed since.
            NotFoundError: there is no such place.
        """
        if audience == "members" and place_id is None:
            raise InputError("what is shown to members is asked of their place: give place_id")
        check_page(limit)
        if place_id is not None:
            self._there(Place, place_id)
        wanted = wanted_words(text)
        if wanted is None:
            return DirectoryPage(())
        field = ("place_word" if wanted else "place") if place_id is not None else "word" if wanted else "name"
        heads = [f"{place_id}|{to}|" if place_id is not None else f"{to}|" for to in SEES[audience]]
        key, trail = resume(self._storage, Profile, after, wanted)
        streams = [listed(self._storage, Profile, field, head, wanted, key, limit) for head in heads]
        page = first_of(positions(merge(*streams, key=itemgetter(0)), trail, wanted), limit)
        return DirectoryPage(page.items, page.next)
