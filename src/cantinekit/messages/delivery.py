"""Delivery: a message is rendered from the records as they are when it is sent."""

from __future__ import annotations

import logging
from datetime import timedelta

import attrs

from cantinekit import messages
from cantinekit.common.telemetry import step
from cantinekit.domain.gifts.records import RECEIVED
from cantinekit.errors import NotifierError
from cantinekit.messages.context import facts, is_overtaken
from cantinekit.messages.links import Links, link_to
from cantinekit.messages.lookup import Lookup
from cantinekit.plugins.ports import Invitation, Invites, Message, Notifier
from cantinekit.records import GiftNote, Organisation, Person, Task

log = logging.getLogger("cantinekit.notifiers")
LONGEST_SEND = timedelta(seconds=100)
"""The most that a notifier of the library takes for one message; below the lease of a task."""


def message_of(
    lookup: Lookup,
    task: Task,
    person: Person | Organisation | GiftNote,
    notifier: Notifier,
    texts: messages.Texts = messages.TEXTS,
    links: Links | None = None,
) -> Message:
    """The message of a task to a person or an organisation, or to who gets a gift, in their language; with invitations
    where the notifier sends them.

    Args:
        lookup: reads the records.
        task: the outbox entry of the message.
        person: who gets it.
        notifier: what will send it.
        texts: the templates.
        links: where the host shows the record.

    Raises:
        LookupError: no such template.
    """
    words = facts(lookup, task.subject, person, task.template, task.start)
    words["link"] = link_to(lookup, task.subject, links)
    subject, text = messages.render(task.template, person.lang, words, texts)
    html = messages.render_html(task.template, person.lang, words, texts)
    organizer = notifier.organizer if isinstance(notifier, Invites) else None
    found: tuple[Invitation, ...] = ()
    if organizer is not None and not isinstance(person, GiftNote):
        from cantinekit.messages.invitations import invitations  # calendars are for those who want them

        found = invitations(lookup, task.template, task.subject, person, words, organizer)
    first = found[0] if found else None
    return Message(task.id, person.email, subject, text, person.lang, task.template, first, found[1:], html)


@attrs.frozen
class Delivery:
    """The notifiers of a house, and its texts.

    Attributes:
        lookup: reads the records.
        notifiers: the notifiers, by channel.
        texts: the templates.
        links: where the host shows a record.
    """

    lookup: Lookup
    notifiers: tuple[Notifier, ...]
    texts: messages.Texts = messages.TEXTS
    links: Links | None = None

    def in_time(self, task: Task) -> bool:
        """Whether the lease of a task outlasts a notifier that does not answer: else another worker could send it
        meanwhile.

        Args:
            task: the outbox entry of the message.
        """
        return task.leased_until is None or task.leased_until - self.lookup.now() >= LONGEST_SEND

    def send(self, task: Task) -> None:
        """Send the message of a task; do nothing where the person is gone or has no address, or where it asks for what
        is paid.

        Args:
            task: the outbox entry of the message.

        Raises:
            NotifierError: it could not be handed over, or there is no notifier of this channel here.
        """
        id = task.person_id or "none"
        person: Person | Organisation | GiftNote | None
        if task.template == RECEIVED:
            person = self.lookup.get(GiftNote, id)
        else:
            person = self.lookup.get(Person, id) or self.lookup.get(Organisation, id)
        if task.channel >= len(self.notifiers):
            raise NotifierError("no notifier is configured here for this message")
        if person is None or not person.email:
            return
        if not is_overtaken(self.lookup, task.template, task.subject, id, task.start):
            notifier = self.notifiers[task.channel]
            message = message_of(self.lookup, task, person, notifier, self.texts, self.links)
            with step("notifier", log, channel=task.channel, template=task.template):
                notifier.send(message)
