"""Reading who people are: found by name or by e-mail address."""

from __future__ import annotations

from cantinekit.common.arguments import checked
from cantinekit.common.fields import check_text
from cantinekit.domain.people.adding import email_key
from cantinekit.reads.by_words import listed, positions, resume, wanted_words
from cantinekit.reads.paging import Listing, check_page, first_of
from cantinekit.reads.records import RecordReads
from cantinekit.records import EmailHolder, Person

MAX_EMAIL = 320
"""The most characters of an e-mail address."""


class PersonReads(RecordReads):
    """Answers questions about who people are. All that it tells is personal."""

    @checked
    def people(self, text: str = "", *, after: str | None = None, limit: int = 50) -> Listing[Person]:
        """The people who are found by a text, or all, by name; nobody who was forgotten.

        A person is found who has a word in the name for each word of the text that is it or begins with it; accents and
        case are set aside. A text with an "@" is an e-mail address, and finds who has it. Who is being forgotten is
        found until that is done. Without a text it costs by what it shows, with one by those who have its longest word.

        In a store that an earlier version wrote, ``Cantine.index_people`` makes sure that everybody is found.

        Args:
            text: words of the name or their beginnings, or an e-mail address, at most 200 characters, an address 320;
                empty: everybody.
            after: ``next`` of the page before, in which nothing is personal; ``None``: the first page. Who is renamed
                or forgotten between two pages shifts nobody else.
            limit: the most people of a page, 1 to 200.

        Raises:
            InputError: the text is too long; ``limit`` is out of bounds; or ``after`` is no position of this list, or
                all that it goes by was changed since.
        """
        check_page(limit)
        if "@" in text:
            found = self.person_by_email(text)
            return Listing() if found is None else Listing((found,))
        wanted = wanted_words(text)
        if wanted is None:
            return Listing()
        field = "word" if wanted else "name"
        key, trail = resume(self._storage, Person, after, wanted)
        every = listed(self._storage, Person, field, "", wanted, key, limit)
        return first_of(positions(every, trail, wanted), limit)

    @checked
    def person_by_email(self, email: str) -> Person | None:
        """Who has an e-mail address; ``None``: nobody.

        Args:
            email: the address, at most 320 characters; capitals and spaces around it make no difference.

        Raises:
            InputError: it is longer.
        """
        key = email_key(check_text(email, "email", limit=MAX_EMAIL))
        holder = self.get(EmailHolder, key) if key is not None else None
        return None if holder is None else self.get(Person, holder.person_id)
