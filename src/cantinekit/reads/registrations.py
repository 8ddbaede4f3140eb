"""Reading for admission: whether somebody may register, and what those who did were asked and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import attrs

from cantinekit.commands import Register
from cantinekit.common.arguments import checked
from cantinekit.domain.registrations.admission import may_register
from cantinekit.domain.registrations.records import LIVE
from cantinekit.domain.workshops.admission import Answer
from cantinekit.errors import InputError
from cantinekit.reads.records import RecordReads
from cantinekit.records import Answers, Person, Registration, Session, Workshop
from cantinekit.scheduling.availability import Reason
from cantinekit.scheduling.calendars.web import CSV_MARK, csv_row

_HEADS = {"fr": ("inscription", "nom", "places", "état"), "en": ("registration", "name", "seats", "state")}
_STATES_FR = {"held": "retenue", "confirmed": "confirmée", "waiting": "en attente"}
_YES_NO = {"fr": ("non", "oui"), "en": ("no", "yes")}


@attrs.frozen
class AnsweredRow:
    """A registration that is not over, with what was answered.

    Attributes:
        registration: the registration.
        name: the name of the person; empty where nobody is known.
        answers: the answers by the keys of the questions.
    """

    registration: Registration
    name: str
    answers: Mapping[str, str | int | bool]


class AdmissionReads(RecordReads):
    """Answers questions about who may register, and about what was answered."""

    @checked
    def may_register(
        self,
        session_id: str,
        person_id: str,
        *,
        groups: Sequence[str] = (),
        born: date | None = None,
        bursary: bool = False,
        seats: int = 1,
    ) -> tuple[Reason, ...]:
        """All that stands against a registration in the admission of its workshop; none: the person may register.

        Free seats, prices, prerequisites and answers are not looked at. Nothing is stored.

        Args:
            session_id: the session.
            person_id: the person who would register.
            groups: the person's groups as the host knows them.
            born: the date of birth, where the workshop asks for an age.
            bursary: whether solidarity seats are asked for.
            seats: how many seats, 1 or more.

        Raises:
            NotFoundError: the session or the person is not there.
        """
        asked = Register(
            session_id=session_id, person_id=person_id, groups=groups, born=born, bursary=bursary, seats=seats
        )
        return self._read(may_register(self._uow(), asked))

    @checked
    def registrations(self, session_id: str) -> tuple[Registration, ...]:
        """Who asked for a seat at a session, in the order of asking.

        Args:
            session_id: the session.

        Raises:
            NotFoundError: there is no such session.
        """
        self._there(Session, session_id)
        return tuple(self._of(Registration, "session", session_id))

    @checked
    def answers(self, session_id: str) -> tuple[AnsweredRow, ...]:
        """Who has a seat or waits, in the order of registration, with what they answered. This is personal data.

        Args:
            session_id: the session.

        Raises:
            NotFoundError: there is no such session.
        """
        session = self.need(Session, session_id)
        live = [one for one in self._of(Registration, "session", session.id) if one.state in LIVE]
        given = self.many(Answers, [one.id for one in live])
        people = self.many(Person, [one.person_id for one in live])
        return tuple(
            AnsweredRow(one, person.name if person else "", dict(found.answers) if found else {})
            for one, found, person in zip(live, given, people, strict=True)
        )

    @checked
    def answers_csv(self, session_id: str, *, lang: str = "fr") -> bytes:
        """The answers as a table for a spreadsheet: a column for each question, then one for each key that is not asked
        any more. UTF-8 with a byte order mark, CRLF, quotes as in RFC 4180; no cell is taken for a formula.

        Args:
            session_id: the session.
            lang: the language of the heads, "fr" or "en".

        Raises:
            NotFoundError: there is no such session.
            InputError: another language.
        """
        if lang not in _HEADS:
            raise InputError("answers are told in fr or en")
        rows = self.answers(session_id)
        workshop = self.need(Workshop, self.need(Session, session_id).workshop_id)
        texts = {one.key: one.text_fr if lang == "fr" else one.text_en for one in workshop.admission.questions}
        heads = texts | {key: key for row in rows for key in row.answers if key not in texts}
        table = [(*_HEADS[lang], *heads.values())]
        for row in rows:
            one = row.registration
            state = _STATES_FR[one.state] if lang == "fr" else one.state
            answers = (_cell(row.answers.get(key), lang) for key in heads)
            table.append((one.id, row.name, str(one.seats), state, *answers))
        return CSV_MARK + b"".join(csv_row(cells) for cells in table)


def _cell(answer: Answer | None, lang: str) -> str:
    if isinstance(answer, bool):
        return _YES_NO[lang][answer]
    return "" if answer is None else str(answer)
