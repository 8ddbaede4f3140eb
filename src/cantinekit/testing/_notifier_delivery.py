"""Promises on what is sent: it arrives, once and whole, and what cannot be sent is refused."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import attrs

from cantinekit.plugins.ports import Invitation, Message, Notifier
from cantinekit.testing._notifier_stage import (
    MESSAGE,
    Arrived,
    NotifierBase,
    NotifierStage,
    lines,
    send,
    trying,
)
from cantinekit.testing._storage_base import check, equal

_TEXT = (
    "Été 2026 « guillemets » : 20 €\n"
    ".\n..\n.point\n\n"
    "From here on\n"
    "日本語 😀 <b>&amp;</b> $what %s {x}\n" + "é" * 400 + "\n" + "x" * 2_000 + "\n"
    "  two blanks in front\n"
    "-- \nLa Cantine\n"
)
_SUBJECTS = ("x", "Réservation confirmée : Atelier « Soudure » 😀 " + "très " * 40 + "longue", "日本語" * 30)
_HOSTILE: tuple[dict[str, Any], ...] = (
    {"subject": "x\r\nBcc: eve@example.org\r\n\r\nanother text"},
    {"subject": "x\n\nanother text"},
    {"to": "canary.zoe@example.org\r\nBcc: eve@example.org\r\n\r\nanother text"},
    {"to": "canary.zoe@example.org, eve@example.org"},
    {"to": "canary.zoe@example.org;eve@example.org"},
    {"key": "k\r\nBcc: eve@example.org\r\n\r\nanother text"},
    {"lang": "fr\r\nBcc: eve@example.org\r\n\r\nanother text"},
)
_UNWRITABLE: tuple[dict[str, Any], ...] = tuple(
    {field: value} for field in ("to", "subject", "text", "key") for value in ("\ud800x", "x\0y", "")
)


class DeliveryPromises(NotifierBase):
    """What is sent arrives, once and whole."""

    def test_it_is_a_notifier(self) -> None:
        """A notifier has the method of the port, and it is a plain function."""
        stage = self.fresh()
        check(isinstance(stage.notifier, Notifier), f"{type(stage.notifier).__name__} has no method send")
        check(not inspect.iscoroutinefunction(stage.notifier.send), "send is async, and nobody awaits it")

    def test_a_message_arrives(self) -> None:
        """A message that was sent without an error is at the far end, with its address and its subject."""
        stage = self.fresh()
        send(stage)
        found = [(one.to, one.subject) for one in stage.arrived()]
        equal(found, [(MESSAGE.to, MESSAGE.subject)], "what arrived")

    def test_send_gives_nothing(self) -> None:
        """Sending gives nothing back when the message is handed over: no code to look at, nothing to await."""
        stage = self.fresh()
        send(stage)

    def test_a_text_arrives_whole(self) -> None:
        """Every line of a text arrives as it was written, whatever its script, its length or its first character."""
        stage = self.fresh()
        send(stage, attrs.evolve(MESSAGE, text=_TEXT))
        (found,) = stage.arrived()
        equal(lines(found.text), lines(_TEXT), "the lines of the text")

    def test_a_long_text_arrives_whole(self) -> None:
        """A text of 10,000 characters arrives whole, to its last character, in one line and in many."""
        for long in ("é" * 9_990 + " the end.\n", "A line of the text, € 20.\n" * 384 + "x" * 6 + " the end.\n"):
            stage = self.fresh()
            equal(len(long), 10_000, "the characters of the text")
            send(stage, attrs.evolve(MESSAGE, text=long))
            equal([lines(one.text) for one in stage.arrived()], [lines(long)], "the lines of a long text")

    def test_a_subject_arrives_whole(self) -> None:
        """A subject of any script arrives as it was written, a long one too."""
        for subject in _SUBJECTS:
            stage = self.fresh()
            send(stage, attrs.evolve(MESSAGE, subject=subject))
            (found,) = stage.arrived()
            equal(found.subject, subject, "the subject")

    def test_each_message_arrives_once(self) -> None:
        """Messages that were sent once each arrive once each, every text with its address."""
        stage = self.fresh()
        wanted = [_numbered(n) for n in range(5)]
        for message in wanted:
            send(stage, message)
        _same(stage, wanted)

    def test_messages_of_several_threads(self) -> None:
        """Messages that several threads send at once arrive once each, none mixed with another."""
        stage = self.fresh()
        wanted = [_numbered(n) for n in range(12)]
        start = threading.Barrier(4)

        def work(part: int) -> None:
            start.wait(stage.patience)
            for message in wanted[part::4]:
                stage.notifier.send(message)

        problems: list[BaseException] = []

        def guarded(part: int) -> None:
            try:
                work(part)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=guarded, args=(part,), daemon=True) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(4 * stage.patience)
        check(not any(thread.is_alive() for thread in threads), "a call did not come back")
        check(not problems, f"sending from several threads raised {[type(one).__name__ for one in problems]}")
        _same(stage, wanted)

    def test_a_repeat_is_the_same_message(self) -> None:
        """A message that is sent a second time came once, or has the same key at the far end as the first."""
        stage = self.fresh()
        send(stage)
        send(stage)
        keys = {one.key for one in stage.arrived()}
        equal(len(keys), 1, "the number of keys that one message has at the far end")

    def test_two_messages_are_two(self) -> None:
        """Two messages with the same words and two keys both arrive, under two keys where the far end has keys."""
        stage = self.fresh()
        send(stage)
        send(stage, attrs.evolve(MESSAGE, key="tsk_another0123456789abc"))
        found = stage.arrived()
        equal(len(found), 2, "the number of messages that arrived")
        check(found[0].key != found[1].key or not found[0].key, "two messages have one key at the far end")

    def test_an_invitation_stops_nothing(self) -> None:
        """A message that carries an invitation arrives with its text, whether the notifier sends invitations or not."""
        stage = self.fresh()
        calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"
        send(stage, attrs.evolve(MESSAGE, invitation=Invitation("CANCEL", calendar)))
        equal([lines(one.text) for one in stage.arrived()], [lines(MESSAGE.text)], "the text that arrived")

    def test_html_stops_nothing(self) -> None:
        """A message that has HTML arrives with its text, and with that HTML where the notifier sends HTML."""
        stage = self.fresh()
        html = "<!DOCTYPE html>\n<html><body>\n<p>Canary &lt;Zoé&gt;, la Salle B est à vous.</p>\n</body></html>\n"
        send(stage, attrs.evolve(MESSAGE, html=html))
        found = stage.arrived()
        equal([lines(one.text) for one in found], [lines(MESSAGE.text)], "the text that arrived")
        check(all(not one.html or lines(one.html) == lines(html) for one in found), "another HTML arrived")


class NotifierRefusalPromises(NotifierBase):
    """What cannot be sent is refused, and never in part."""

    def test_nothing_is_smuggled_in(self) -> None:
        """A line end or a list in an address, a subject, a key or a language reaches nobody else and adds no text."""
        for change in _HOSTILE:
            stage = self.fresh()
            message = attrs.evolve(MESSAGE, **change)
            what = f"a hostile {next(iter(change))}"
            error = trying(stage, message, what=what)
            found = stage.arrived()
            check(len(found) <= 1, f"{what} reached {len(found)} people")
            check(error is None or not found, f"{what} was refused and arrived all the same")
            check(all(lines(one.text) == lines(MESSAGE.text) for one in found), f"{what} changed the text")

    def test_what_cannot_be_written_is_refused(self) -> None:
        """A lone surrogate, a NUL or an empty text in any field is refused for good by a NotifierError, or arrives."""
        stage = self.fresh()
        for change in _UNWRITABLE:
            error = trying(stage, attrs.evolve(MESSAGE, **change), what=f"{next(iter(change.items()))!r}")
            check(error is None or not error.retryable, f"{change!r} was refused and may be tried again, for ever")

    def test_a_refusal_leaves_no_mark(self) -> None:
        """After a message that was refused the next one arrives."""
        stage = self.fresh()
        for change in (*_HOSTILE, *_UNWRITABLE):
            trying(stage, attrs.evolve(MESSAGE, **change), what="a message that may be refused")
        send(stage, attrs.evolve(MESSAGE, key="tsk_after", subject="after"))
        check([one.subject for one in stage.arrived()][-1:] == ["after"], "the message after did not arrive")


def _numbered(number: int) -> Message:
    return attrs.evolve(
        MESSAGE,
        key=f"tsk_number{number}",
        to=f"person{number}@example.org",
        subject=f"subject {number}",
        text=f"text {number}\n",
    )


def _same(stage: NotifierStage, wanted: list[Message]) -> None:
    def parts(one: Arrived | Message) -> tuple[str, str, tuple[str, ...]]:
        return one.to, one.subject, tuple(lines(one.text))

    equal(sorted(map(parts, stage.arrived())), sorted(map(parts, wanted)), "what arrived")
