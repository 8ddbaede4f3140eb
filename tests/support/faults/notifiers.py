"""A notifier without a fault on a far end in memory, and notifiers with one fault each."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from itertools import count

import attrs

from cantinekit.errors import NotifierError
from cantinekit.plugins.ports import Message
from cantinekit.testing import Arrived, NotifierStage

SECRET = "canary-secret-0123456789"
PATIENCE = 2.0
"""Seconds: what ends at once ends by then, whatever else the machine does."""
_numbers = count(1)


class Lost(Exception):
    """The far end has it, and the answer did not come."""


class Refusal(Exception):
    """The far end does not want it, ever."""


class FarEnd:
    """Keeps what it is given under the key that it is given, or fails as it is told."""

    def __init__(self) -> None:
        self.kept: list[Arrived] = []
        self.script: list[str] = []
        self.lock = threading.Lock()

    def take(self, to: str, subject: str, text: str, key: str, html: str = "") -> None:
        with self.lock:
            word = self.script.pop(0) if self.script else "ok"
            if word in ("ok", "lost"):
                self.kept.append(Arrived(to, subject, text, key, html))
        if word == "babble":
            raise OSError(f"{to} {subject} {SECRET} {text} " * 200)
        if word == "outage":
            raise OSError("nobody is there")
        if word == "refused":
            raise Refusal
        if word == "lost":
            raise Lost
        if word == "hang":
            time.sleep(0.03)
            raise TimeoutError


class Good:
    """No fault."""

    def __init__(self, end: FarEnd) -> None:
        self.end = end

    def send(self, message: Message) -> None:
        problem = self.tried(message)
        if problem is not None:
            raise problem

    def tried(self, message: Message) -> NotifierError | None:
        fields = (message.to, message.subject, message.key, message.lang)
        if any(c in text for text in fields for c in "\r\n\0\ud800,;"):
            return NotifierError("it cannot be written", retryable=False)
        try:
            self.deliver(message)
        except Refusal:
            return NotifierError("it was refused", retryable=False)
        except (OSError, Lost):
            return NotifierError("the far end does not answer")
        return None

    def deliver(self, message: Message) -> None:
        self.end.take(message.to, message.subject, message.text, message.key, message.html)


class SwallowsAnOutage(Good):
    """Takes an outage for a success."""

    def send(self, message):
        try:
            super().send(message)
        except NotifierError as error:
            if not error.retryable:
                raise


class ReturnsAnAnswer(Good):
    """Says by a value what became of it."""

    def send(self, message):
        return self.tried(message) is None


class DropsTheText(Good):
    """Sends the subject alone."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, text=""))


class ChangesTheText(Good):
    """Takes the blanks at the ends of lines off."""

    def deliver(self, message):
        text = "\n".join(line.strip() for line in message.text.split("\n"))
        super().deliver(attrs.evolve(message, text=text))


class LosesLetters(Good):
    """Writes what ASCII has no letter for as a question mark."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, text=message.text.encode("ascii", "replace").decode()))


class CutsLongTexts(Good):
    """Has room for 4,096 characters."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, text=message.text[:4_096]))


class QuotesTheAnswer(Good):
    """Says in an error what the far end has answered."""

    def send(self, message):
        try:
            self.deliver(message)
        except OSError as error:
            problem = NotifierError(f"the far end said: {error}")
        else:
            return
        raise problem


class HangsTheAnswerOn(Good):
    """Has all that the far end has answered hang on its error, without the people in it."""

    def send(self, message):
        try:
            self.deliver(message)
        except OSError as error:
            raise NotifierError("the far end failed") from OSError("x" * len(str(error)))


class CutsTheSubject(Good):
    """Has room for 78 characters."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, subject=message.subject[:78]))


class NewKeyAtEachTry(Good):
    """Makes a key of its own each time."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, key=f"{message.key}-{next(_numbers)}"))


class KeyOfTheText(Good):
    """Takes messages with the same words for one."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, key=message.subject))


class SendsTwice(Good):
    """Sends a second time, to be sure."""

    def deliver(self, message):
        super().deliver(message)
        super().deliver(message)


class BlocksForEver(Good):
    """Waits for an answer without an end."""

    def deliver(self, message):
        try:
            super().deliver(message)
        except TimeoutError:
            time.sleep(3 * PATIENCE)


class RaisesUntyped(Good):
    """Lets the errors of its driver out."""

    def send(self, message):
        if any("\ud800" in text for text in (message.to, message.subject, message.key)):
            raise NotifierError("it cannot be written", retryable=False)
        self.deliver(message)


class ChokesOnSurrogates(Good):
    """Lets the error of an encoding out."""

    def send(self, message):
        for text in (message.to, message.subject, message.text, message.key):
            text.encode()
        super().send(message)


class TriesForEver(Good):
    """Calls every failure one that may be tried again."""

    def send(self, message):
        problem = self.tried(message)
        if problem is not None:
            raise NotifierError(str(problem))


class GivesUpAtOnce(Good):
    """Calls every failure final."""

    def send(self, message):
        problem = self.tried(message)
        if problem is not None:
            raise NotifierError(str(problem), retryable=False)


class SendsBeforeItAsks(Good):
    """Has delivered when it finds out that it should not."""

    def deliver(self, message):
        self.end.kept.append(Arrived(message.to, message.subject, message.text, message.key))
        try:
            super().deliver(message)
        finally:
            if not self.end.kept[-1:] or len(self.end.kept) > 1:
                self.end.kept.pop()


class StaysBroken(Good):
    """After one failure it never sends again."""

    broken = False

    def tried(self, message):
        if self.broken:
            return NotifierError("broken")
        problem = super().tried(message)
        self.broken = problem is not None and problem.retryable
        return problem


class BreaksOnARefusal(StaysBroken):
    """After one message that cannot be written it never sends again."""

    def tried(self, message):
        if self.broken:
            return NotifierError("broken")
        problem = Good.tried(self, message)
        self.broken = problem is not None and not problem.retryable
        return problem


class WearsOut(Good):
    """Sends nothing after a few failures."""

    failures = 0

    def tried(self, message):
        if self.failures > 5:
            return NotifierError("worn out")
        problem = super().tried(message)
        self.failures += problem is not None
        return problem


class MixesThreads(Good):
    """Keeps the message that it sends in itself."""

    def deliver(self, message):
        self.message = message
        time.sleep(0.002)
        super().deliver(self.message)


class TrustsHeaders(Good):
    """Puts the message together by hand, and the far end reads it apart again."""

    def tried(self, message):
        raw = f"To: {message.to}\nSubject: {message.subject}\nKey: {message.key}\n\n{message.text}"
        head, _, text = raw.replace("\r\n", "\n").partition("\n\n")
        fields = dict(line.partition(": ")[::2] for line in head.split("\n"))
        try:
            for to in [fields["To"], *filter(None, [fields.get("Bcc")])]:
                self.end.take(to, fields.get("Subject", ""), text, fields.get("Key", ""))
        except Refusal:
            return NotifierError("it was refused", retryable=False)
        except (OSError, Lost):
            return NotifierError("the far end does not answer")
        return None


class ReachesEverybody(Good):
    """Takes a list of addresses for what it is."""

    def tried(self, message):
        if "," not in message.to:
            return super().tried(message)
        for to in message.to.split(","):
            self.end.take(to.strip(), message.subject, message.text, message.key)
        return None


class ChokesOnInvitations(Good):
    """Knows the fields of last year."""

    def deliver(self, message):
        if message.invitation is not None:
            raise TypeError("unexpected field")
        super().deliver(message)


class SendsHtmlAlone(Good):
    """Sends the HTML in the place of the text."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, text=message.html or message.text))


class EscapesTheHtml(Good):
    """Sends the HTML as if it were a text."""

    def deliver(self, message):
        super().deliver(attrs.evolve(message, html=message.html.replace("<", "&lt;")))


class PrintsItsSecret(Good):
    """Shows its URL."""

    def __repr__(self):
        return f"Notifier(url='x://me:{SECRET}@example.org')"


class TellsItsSecret(Good):
    """Says in an error with what it logged in."""

    def send(self, message):
        problem = self.tried(message)
        if problem is not None:
            raise NotifierError(f"{problem} (token {SECRET})", retryable=problem.retryable)


class LogsItsSecret(Good):
    """Writes what it sends to a log, in base64 with the login."""

    def deliver(self, message):
        import base64

        login = base64.b64encode(f"\0me\0{SECRET}".encode()).decode()
        logging.getLogger("driver").debug("AUTH PLAIN %s", login)
        super().deliver(message)


class ChainsItsSecret(Good):
    """Has the driver's error hang on its own, with all that it says."""

    def send(self, message):
        try:
            problem = self.tried(message)
            if problem is not None:
                raise ValueError(f"Authorization: Bearer {SECRET}")
        except ValueError as error:
            raise NotifierError("failed", retryable=problem.retryable) from error


class TellsTheAddress(Good):
    """Says in an error whom it could not reach."""

    def send(self, message):
        problem = self.tried(message)
        if problem is not None:
            raise NotifierError(f"<{message.to}>: {problem}", retryable=problem.retryable)


class LogsTheSubject(Good):
    """Writes the subject to a log."""

    def deliver(self, message):
        logging.getLogger("driver").info("sending %s", message.subject)
        super().deliver(message)


class HasNoMethod:
    """Is no notifier."""

    def __init__(self, end: FarEnd) -> None:
        self.notify = Good(end).send


class IsAsync(Good):
    """Is a coroutine, which nobody awaits."""

    async def later(self, message):
        super().send(message)

    def send(self, message):
        coroutine = self.later(message)
        coroutine.close()
        return coroutine


class IsAsyncByName(Good):
    """Is declared ``async``."""

    async def send(self, message):
        raise AssertionError("nobody awaits it")


CAUGHT: dict[type, tuple[str, ...]] = {
    SwallowsAnOutage: ("an_outage_may_be_tried_again", "a_lost_answer_may_be_tried_again", "a_hang_ends"),
    ReturnsAnAnswer: ("send_gives_nothing", "a_refusal_is_final"),
    DropsTheText: ("a_text_arrives_whole", "an_invitation_stops_nothing"),
    ChangesTheText: ("a_text_arrives_whole",),
    LosesLetters: ("a_text_arrives_whole",),
    CutsLongTexts: ("a_long_text_arrives_whole",),
    QuotesTheAnswer: ("what_the_far_end_says_is_bounded", "secrets_show_nowhere", "people_show_nowhere"),
    HangsTheAnswerOn: ("what_the_far_end_says_is_bounded",),
    CutsTheSubject: ("a_subject_arrives_whole",),
    NewKeyAtEachTry: ("a_repeat_is_the_same_message", "a_second_try_is_the_same_message"),
    KeyOfTheText: ("two_messages_are_two",),
    SendsTwice: ("a_message_arrives", "each_message_arrives_once"),
    BlocksForEver: ("a_hang_ends",),
    RaisesUntyped: ("an_outage_may_be_tried_again", "a_refusal_is_final", "a_lost_answer_may_be_tried_again"),
    ChokesOnSurrogates: ("what_cannot_be_written_is_refused",),
    TriesForEver: ("a_refusal_is_final", "what_cannot_be_written_is_refused"),
    GivesUpAtOnce: ("an_outage_may_be_tried_again", "a_hang_ends"),
    SendsBeforeItAsks: ("what_was_refused_did_not_arrive",),
    StaysBroken: ("it_works_again_after_a_fault", "many_faults_in_a_row"),
    BreaksOnARefusal: ("a_refusal_leaves_no_mark",),
    WearsOut: ("many_faults_in_a_row",),
    MixesThreads: ("messages_of_several_threads",),
    TrustsHeaders: ("nothing_is_smuggled_in",),
    ReachesEverybody: ("nothing_is_smuggled_in",),
    ChokesOnInvitations: ("an_invitation_stops_nothing",),
    SendsHtmlAlone: ("html_stops_nothing",),
    EscapesTheHtml: ("html_stops_nothing",),
    PrintsItsSecret: ("secrets_show_nowhere",),
    TellsItsSecret: ("secrets_show_nowhere",),
    LogsItsSecret: ("secrets_show_nowhere",),
    ChainsItsSecret: ("secrets_show_nowhere",),
    TellsTheAddress: ("people_show_nowhere",),
    LogsTheSubject: ("people_show_nowhere",),
    HasNoMethod: ("it_is_a_notifier",),
    IsAsync: ("send_gives_nothing", "a_message_arrives"),
    IsAsyncByName: ("it_is_a_notifier",),
}
"""Each planted fault, and the promises that have to catch it."""


class Stage(NotifierStage):
    """A notifier of this module with its far end."""

    faults = ("outage", "refused", "lost", "hang", "babble")
    secrets = (SECRET,)
    patience = PATIENCE

    def __init__(self, kind: type) -> None:
        self.end = FarEnd()
        self.notifier = kind(self.end)

    def play(self, fault):
        self.end.script.append(fault)

    def arrived(self) -> Sequence[Arrived]:
        return tuple(self.end.kept)
