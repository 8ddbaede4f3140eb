"""Reading names by ids, and telling an error with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cantinekit import records as m
from cantinekit.common.arguments import checked
from cantinekit.common.fields import check_id
from cantinekit.common.typography import Lang, check_lang
from cantinekit.domain.catalogue.finding import split_name
from cantinekit.domain.sales.question import read_tariff
from cantinekit.errors import CantineError, InputError, NotFoundError, RefusedError, TextError
from cantinekit.plugins.ports import Key
from cantinekit.reads.records import RecordReads, decoded
from cantinekit.runtime import codec

MOST_NAMES = 1000
"""How many names can be asked for at once."""
_NAMED: Mapping[str, str] = {
    m.Space.kind: "name",
    m.Workshop.kind: "title",
    m.Product.kind: "name",
    m.Place.kind: "name",
    m.LegalEntity.kind: "name",
    m.Organisation.kind: "name",
}
"""What has a name of its own, and the field of it."""
_PERSON: Mapping[str, str] = {m.Person.kind: "name"}
_CALLED_BY: Mapping[str, str] = {
    m.Booking.kind: "space_id",
    m.Session.kind: "workshop_id",
    m.Registration.kind: "session_id",
    m.Pass.kind: "product_id",
    m.Visit.kind: "product_id",
}
"""What is called by the name of something else, and the field of that."""


class _Asked(dict[str, str]):
    """Names that nobody has, which remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, None] = {}

    def __bool__(self) -> bool:
        return True

    def __contains__(self, id: object) -> bool:
        self._ask(id)
        return False

    def get(self, id: str, default: Any = None) -> Any:
        self._ask(id)
        return default

    def _ask(self, id: object) -> None:
        if isinstance(id, str) and _is_id(id) and len(self.ids) < MOST_NAMES:
            self.ids[id] = None


class NameReads(RecordReads):
    """Answers what things are called."""

    @checked
    def names(self, ids: Sequence[str], *, lang: Lang = "en", people: bool = True) -> dict[str, str]:
        """What things are called, by their ids, whatever their kinds: for ``error.text`` and for pages.

        Spaces, workshops, products, places, legal entities, organisations and people have names of their own: they take
        one round trip. A booking is called by its space, a session by its workshop and its theme, a registration by its
        session, a pass and a visit by the product, one of a price list by the version in force: these take up to four
        more. What is not there, or was forgotten, is not in the answer.

        Args:
            ids: the ids, at most 1000; a product of a price list by ``"<price list>/<product>"``.
            lang: the language that titles of sessions are written in, "fr" or "en".
            people: whether people are named. Their names are personal.

        Raises:
            InputError: there are too many ids.
        """
        if len(ids) > MOST_NAMES:
            raise InputError(f"names of {len(ids)} things, at most {MOST_NAMES}")
        return _Naming(self, lang, people).names(ids)

    @checked
    def text(
        self,
        error: CantineError,
        lang: Lang = "en",
        *,
        place_id: str | None = None,
        people: bool = False,
        names: Mapping[str, str] | None = None,
    ) -> str:
        """What an error says to a visitor, with the names of what it is about, and times on the wall of a place.

        The names are read, and only those. A fault of the house is told without any reading: it may be the store that
        fails.

        Args:
            error: the error.
            lang: "fr" or "en".
            place_id: the place in whose zone times are written; ``None``: in UTC, which is said.
            people: whether people are named, as on a page for staff. Their names are personal.
            names: names that the host gives beside those, such as the texts of questions by their keys; ``None``: none.

        Raises:
            NotFoundError: there is no such place.
        """
        if not isinstance(error, InputError | RefusedError):
            return error.text(lang, names)
        asked = _Asked()
        error.text(lang, asked)
        naming = _Naming(self, lang, people)
        given = names or {}
        found = naming.names([id for id in asked.ids if id not in given], place_id)
        return error.text(lang, {**found, **given}, zone=naming.zone)


class _Naming:
    """The names of some things, read step by step: each step may lead to the next.

    Args:
        read: reads the records.
        lang: the language of titles.
        people: whether people are named.
    """

    def __init__(self, read: RecordReads, lang: Lang, people: bool) -> None:
        check_lang(lang)
        self.zone: str | None = None
        self._read, self._lang = read, lang
        self._named = {**_NAMED, **(_PERSON if people else {})}
        self._found: dict[str, str] = {}
        self._called_by: dict[str, str] = {}
        self._sessions: dict[str, m.Session] = {}

    def names(self, ids: Iterable[str], place_id: str | None = None) -> dict[str, str]:
        """The names of what has one, by id.

        Args:
            ids: the ids.
            place_id: a place whose zone is wanted too; ``None``: none is.

        Raises:
            NotFoundError: there is no such place.
        """
        asked = list(dict.fromkeys(id for id in ids if _is_id(id)))
        todo, known = asked, set[str]()
        place = [] if place_id is None else [Key(m.Place.kind, place_id)]
        while todo or place:
            known.update(todo)
            kinds = (*self._named, *_CALLED_BY)
            listed = {id: list_id for id in todo if (list_id := split_name(id)[0]) is not None}
            keys = [Key(kind, id) for id in todo for kind in kinds]
            keys += [Key(m.PriceList.kind, list_id) for list_id in listed.values()]
            _, bodies = self._read._look((), [*keys, *place])
            if place:
                body = bodies.get(place[0])
                if body is None:
                    raise NotFoundError(m.Place.kind, place[0].id)
                self.zone = str(codec.peek_body(m.Place.kind, body)["zone"])
                place = []
            for key, body in bodies.items():
                if key.id in known:
                    self._take(key, body)
            self._name_listed(listed, bodies)
            todo = [id for id in dict.fromkeys(self._called_by.values()) if id not in known]
        return {id: name for id in asked if (name := self._name(id))}

    def _take(self, key: Key, body: str) -> None:
        if key.kind in self._named:
            self._found.setdefault(key.id, str(codec.peek_body(key.kind, body).get(self._named[key.kind], "")))
        elif key.kind in _CALLED_BY:
            self._called_by[key.id] = str(codec.peek_body(key.kind, body)[_CALLED_BY[key.kind]])
            if key.kind == m.Session.kind:
                self._sessions[key.id] = decoded(m.Session, key.id, body)

    def _name_listed(self, listed: Mapping[str, str], bodies: Mapping[Key, str]) -> None:
        """Name products of price lists by the texts of their versions in force."""
        versions: dict[str, str] = {}
        for list_id in dict.fromkeys(listed.values()):
            body = bodies.get(Key(m.PriceList.kind, list_id))
            version = decoded(m.PriceList, list_id, body).version_at(self._read.now()) if body is not None else None
            if version is not None:
                versions[list_id] = version
        _, texts = self._read._look((), [Key(m.TariffText.kind, version) for version in versions.values()])
        for id, list_id in listed.items():
            text = texts.get(Key(m.TariffText.kind, versions.get(list_id, "")))
            if text is not None:
                products = read_tariff(str(codec.peek_body(m.TariffText.kind, text)["text"])).products
                product = products.get(split_name(id)[1])
                if product is not None:
                    self._found[id] = product.name

    def _name(self, id: str) -> str:
        """The name of something, by what it is called by where it has none; empty where there is none."""
        for one in self._chain(id):
            name = self._found.get(one)
            if name:
                session = next((self._sessions[by] for by in self._chain(id) if by in self._sessions), None)
                return m.titled(name, session, self._lang) if session is not None else name
        return ""

    def _chain(self, id: str) -> Iterator[str]:
        """An id, that of what it is called by, and so on."""
        one: str | None = id
        while one is not None:
            yield one
            one = self._called_by.get(one)


def _is_id(text: str) -> bool:
    """Whether a text may be an id: an error asks for the names of whole sentences too."""
    try:
        check_id(text)
    except TextError:
        return False
    return True
