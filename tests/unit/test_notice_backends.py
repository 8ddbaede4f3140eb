"""The notifiers that come with the library: what they show, and how they fail."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cantinekit.backends.notices import ConsoleNotifier, RecordingNotifier, open_console
from cantinekit.errors import NotifierError, UrlError
from cantinekit.plugins.ports import Message, Notifier
from cantinekit.urls import BackendUrl


def message(key: str = "m1", **parts: str) -> Message:
    values = {"to": "ana@example.org", "subject": "Atelier demain", "text": "À 18 h.\nÀ demain !"}
    return Message(key=key, **{**values, **parts})


def printed(sent: Message) -> str:
    stream = io.StringIO()
    ConsoleNotifier(stream).send(sent)
    return stream.getvalue()


# --- the console ---


def test_console():
    """A message is printed with whom it is to, its subject, and its text, indented."""
    notifier = ConsoleNotifier(io.StringIO())
    assert isinstance(notifier, Notifier)
    assert printed(message()) == "To: ana@example.org\nSubject: Atelier demain\n\n  À 18 h.\n  À demain !\n\n"


def test_console_streams(capsys):
    """Messages go to the output, or to the error stream where the URL says so."""
    open_console(BackendUrl.parse("console://")).send(message(subject="one"))
    open_console(BackendUrl.parse("console://?stream=stderr")).send(message(subject="two"))
    out, err = capsys.readouterr()
    assert ("one" in out, "two" in out, "one" in err, "two" in err) == (True, False, False, True)


def test_console_follows_redirection(monkeypatch):
    """What ``sys.stdout`` is when a message is sent counts, not what it was when the notifier was opened."""
    notifier = open_console(BackendUrl.parse("console://"))
    later = io.StringIO()
    monkeypatch.setattr(sys, "stdout", later)
    notifier.send(message())
    assert "Atelier demain" in later.getvalue()


@pytest.mark.parametrize("field", ["to", "subject", "text"])
@pytest.mark.parametrize("evil", ["\x1b[2J", "\x07", "\r", "\u202e", "\x9b31m", "\u2028"])
def test_console_shows_controls(field, evil):
    """Control characters are shown and not obeyed, in every part of a message."""
    shown = printed(message(**{field: f"before{evil}after"}))
    assert evil not in shown
    assert "before" in shown
    assert "after" in shown


def test_console_headers_cannot_be_faked():
    """A line end in the subject or the address begins no new header; a text is told from headers by its indent."""
    shown = printed(message(to="ana\nSubject: free", subject="x\nTo: all", text="To: all\nSubject: y"))
    assert [line.partition(":")[0] for line in shown.splitlines() if line and not line.startswith(" ")] == [
        "To",
        "Subject",
    ]


def test_console_in_a_poor_encoding():
    """A terminal that cannot show a character gets an escape, and the message is delivered."""
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    ConsoleNotifier(terminal).send(message(text="À 18 h"))
    assert b"\\xc0 18 h" in raw.getvalue()


def test_console_lone_surrogate():
    """A text that no encoding holds is shown as an escape."""
    assert "\\ud800" in printed(message(subject="\ud800"))


def test_console_closed():
    """A terminal that is gone is an error that may be tried again."""
    stream = io.StringIO()
    stream.close()
    with pytest.raises(NotifierError) as caught:
        ConsoleNotifier(stream).send(message())
    assert caught.value.retryable


def test_console_broken():
    """The same for a pipe that nobody reads."""

    class Broken(io.StringIO):
        def flush(self):
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(NotifierError, match="Broken pipe"):
        ConsoleNotifier(Broken()).send(message())


def test_console_whole():
    """Messages of several threads are printed one after the other, never into each other."""
    stream = io.StringIO()
    notifier = ConsoleNotifier(stream)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: notifier.send(message(subject=f"s{n}", text=f"t{n}")), range(100)))
    blocks = stream.getvalue().split("\n\nTo: ")
    assert len(blocks) == 100
    for block in blocks:
        number = block.partition("Subject: s")[2].partition("\n")[0]
        assert block.endswith((f"  t{number}", f"  t{number}\n\n"))


@pytest.mark.parametrize("text", ["console://?quiet=1", "console://?stream=paper", "console://x", "console:///x"])
def test_console_urls(text):
    """An option, a stream or a place that is not known is refused."""
    with pytest.raises(UrlError):
        open_console(BackendUrl.parse(text))


# --- the recorder ---


def test_recorder():
    """Everything that was sent is there, in order, and each message once for its key."""
    notifier = RecordingNotifier()
    assert isinstance(notifier, Notifier)
    for key in ("m1", "m2", "m1"):
        notifier.send(message(key))
    assert [sent.key for sent in notifier.received] == ["m1", "m2", "m1"]
    assert [sent.key for sent in notifier.messages] == ["m1", "m2"]
    assert notifier.calls == 3


def test_recorder_keeps_the_first():
    """Of two messages with one key a person has seen the first."""
    notifier = RecordingNotifier()
    notifier.send(message("m1", subject="first"))
    notifier.send(message("m1", subject="second"))
    assert [sent.subject for sent in notifier.messages] == ["first"]


@pytest.mark.parametrize(("step", "retryable", "kept"), [("outage", True, 0), ("lost", True, 1), ("refused", False, 0)])
def test_recorder_fails(step, retryable, kept):
    """Each kind of failure raises as a real notifier would, and only a lost answer leaves the message delivered."""
    notifier = RecordingNotifier([step])
    with pytest.raises(NotifierError) as caught:
        notifier.send(message())
    assert caught.value.retryable is retryable
    assert len(notifier.received) == kept
    notifier.send(message())
    assert len(notifier.messages) == 1
    assert notifier.calls == 2


def test_recorder_threads():
    """Calls from several threads are all counted."""
    notifier = RecordingNotifier()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: notifier.send(message(f"m{n}")), range(200)))
    assert notifier.calls == len(notifier.messages) == 200
