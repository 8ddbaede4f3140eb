"""A message as it is sent: rendered from the records as they are now."""

from __future__ import annotations

from cantinekit import messages
from cantinekit._engine import Engine
from cantinekit._facts import facts
from cantinekit.model import Person, Task
from cantinekit.ports import Invites, Message, Notifier


def message_of(engine: Engine, task: Task, person: Person, notifier: Notifier) -> Message:
    """The message of a task to a person, in their language; with an invitation where the notifier sends them.

    Raises:
        LookupError: no such template.
    """
    words = facts(engine, task.subject, person)
    subject, text = messages.render(task.template, person.lang, words)
    organizer = notifier.organizer if isinstance(notifier, Invites) else None
    goes_with = None
    if organizer is not None:
        from cantinekit._invitations import invitation  # calendars are for those who want them

        goes_with = invitation(engine, task.template, task.subject, person, words, organizer)
    return Message(task.id, person.email, subject, text, person.lang, task.template, goes_with)
