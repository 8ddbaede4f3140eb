"""What the registry refuses in a plug-in, always with the plug-in's name."""

from __future__ import annotations

import functools

import pytest

from cantinekit.errors import PluginError
from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, hookimpl
from cantinekit.plugins.ports import API
from cantinekit.plugins.registry import Registry


def refused(plugin) -> str:
    """The message with which the plug-in is refused."""
    with pytest.raises(PluginError) as caught:
        Registry.load(plugins=[plugin], entry_points=False)
    return str(caught.value)


def open_it(url):
    """An ``open`` that is never reached."""


async def open_later(url):
    """An ``open`` that nobody would await."""


def returning(answer):
    """A plug-in whose hook returns this."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            return answer

    return Plugin()


def raising(error):
    """A plug-in whose hook raises this."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            raise error

    return Plugin()


# --- the functions ---


class Async:
    @hookimpl
    async def cantinekit_notification_backends(self):
        return []


class AsyncGenerator:
    @hookimpl
    async def cantinekit_notification_backends(self):
        yield NotificationBackend("x", open=open_it)


class Wrapper:
    @hookimpl(wrapper=True)
    def cantinekit_notification_backends(self):
        return (yield)


class OldWrapper:
    @hookimpl(hookwrapper=True)
    def cantinekit_notification_backends(self):
        yield


class Defaulted:
    @hookimpl
    def cantinekit_events_recorded(self, events=()):
        """Would be called without its argument by pluggy 1.6 and with it by 1.7."""


class KeywordOnly:
    @hookimpl
    def cantinekit_events_recorded(self, *, events):
        """Would be called without its argument."""


class GeneratorObserver:
    @hookimpl
    def cantinekit_events_recorded(self, events):
        yield events


class Misspelt:
    @hookimpl
    def cantinekit_notification_backend(self):
        return [NotificationBackend("x", open=open_it)]


class ExtraArgument:
    @hookimpl
    def cantinekit_notification_backends(self, config):
        return []


class Unmarked:
    def cantinekit_notification_backends(self):
        return [NotificationBackend("x", open=open_it)]


class Explosive:
    def __dir__(self):
        raise RuntimeError("do not look")


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (Async(), "Async (passed in): cantinekit_notification_backends is async"),
        (AsyncGenerator(), "cantinekit_notification_backends is async"),
        (Wrapper(), "is a wrapper"),
        (OldWrapper(), "is a wrapper"),
        (Defaulted(), "Defaulted (passed in): cantinekit_events_recorded has arguments with defaults (events)"),
        (KeywordOnly(), "has keyword-only arguments"),
        (GeneratorObserver(), "is a generator"),
        (Misspelt(), "cantinekit_notification_backend"),
        (ExtraArgument(), "config"),
        (Unmarked(), "Unmarked (passed in): it implements no hook"),
        (Explosive(), "Explosive (passed in): it cannot be inspected: RuntimeError: do not look"),
        (Async, "Async is a class; a plug-in is a module or an instance"),
        (object(), "object (passed in): it implements no hook"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_functions(plugin, words):
    """A hook implementation that pluggy would call wrongly, or never, is refused."""
    message = refused(plugin)
    assert words in message
    assert "\n" not in message


def test_control():
    """The same shapes, done right, load."""

    class Right:
        @hookimpl
        def cantinekit_notification_backends(self):
            return [NotificationBackend("x", open=open_it)]

        @hookimpl
        def cantinekit_events_recorded(self, events):
            """Hears."""

    assert Registry.load(plugins=[Right()], entry_points=False).backends[-1].scheme == "x"


def test_coroutine_behind_a_plain_function():
    """A plain function that returns a coroutine is refused, and no coroutine is left to warn later."""

    async def later():
        return []

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            return later()

    assert "returned an awaitable" in refused(Plugin())


# --- what they return ---


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "returned NoneType, not a list of NotificationBackend"),
        (NotificationBackend("x", open=open_it), "returned NotificationBackend, not a list"),
        ("pigeon", "returned a str where a NotificationBackend is needed"),
        ({"x": open_it}, "returned a str where"),
        ([NotificationBackend("x", open=open_it), None], "returned a NoneType where"),
        ([PaymentBackend("x", open=open_it)], "returned a PaymentBackend where a NotificationBackend is needed"),
        ([NotificationBackend], "returned a type where"),
    ],
)
def test_answers(answer, words):
    """A registration hook that returns anything but descriptors of its kind is refused."""
    assert words in refused(returning(answer))


@pytest.mark.parametrize("scheme", ["", "Pigeon", "pig eon", "pigeon://", "1x", None, b"x", "é"])
def test_schemes(scheme):
    """A scheme that no URL could have is refused."""
    assert "is no URL scheme" in refused(returning([NotificationBackend(scheme, open=open_it)]))


@pytest.mark.parametrize("api", [0, API + 1, "1", None, True, 1.0])
def test_api(api):
    """A descriptor that was written for another set of ports is refused, with both numbers."""
    message = refused(returning([NotificationBackend("x", open=open_it, api=api)]))
    assert f"is for api {api!r}" in message
    assert f"has {API}" in message


@pytest.mark.parametrize("opener", [None, "module:function", open_later])
def test_open(opener):
    """An ``open`` that is no plain function is refused when the plug-in loads, not when it is used."""
    assert "open of x:// is not a plain function" in refused(returning([NotificationBackend("x", open=opener)]))


def test_open_may_be_any_callable():
    """A class, a partial or a lambda is as good as a function."""
    items = [
        NotificationBackend("a", open=functools.partial(open_it)),
        NotificationBackend("b", open=lambda url: None),
        NotificationBackend("c", open=Misspelt),
    ]
    assert [row.scheme for row in Registry.load(plugins=[returning(items)], entry_points=False).backends[-3:]] == [
        "a",
        "b",
        "c",
    ]


def test_summary():
    """A summary that is no text is refused, since it would be printed."""
    assert "summary of x:// is not a text" in refused(returning([NotificationBackend("x", open=open_it, summary=None)]))


@pytest.mark.parametrize("error", [ValueError("bad luck"), SystemExit("bad luck"), KeyError("bad luck")])
def test_raising(error):
    """A registration hook that raises is refused with what it raised."""
    message = refused(raising(error))
    assert type(error).__name__ in message
    assert "bad luck" in message


def test_raising_half_way():
    """A generator that raises after its first descriptor registers nothing."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            yield NotificationBackend("x", open=open_it)
            raise ValueError("half way")

    assert "half way" in refused(Plugin())


def test_interrupt_while_loading():
    """Ctrl-C in a registration hook reaches the program."""
    with pytest.raises(KeyboardInterrupt):
        Registry.load(plugins=[raising(KeyboardInterrupt())], entry_points=False)
