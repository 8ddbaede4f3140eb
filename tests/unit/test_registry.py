"""The registry: what it loads, what it opens and whom it tells."""

from __future__ import annotations

import logging
import pickle
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from cantinekit import records as m
from cantinekit.backends.notices import ConsoleNotifier, RecordingNotifier
from cantinekit.backends.payments import FakeGateway, ManualGateway
from cantinekit.errors import InputError, PluginError, RefusedError, UnknownDatesError, UrlError
from cantinekit.plugins import hookspecs
from cantinekit.plugins.hookspecs import NotificationBackend, PaymentBackend, StorageBackend, hookimpl
from cantinekit.plugins.ports import API, JournalEntry, Key
from cantinekit.plugins.registry import Backend, Registry
from cantinekit.pricing import PricingRule, Tariff, plugged, registered_rules
from cantinekit.scheduling.opening import ClosureCalendar

BUILT_IN = {
    ("storage", "memory"),
    ("storage", "sqlite"),
    ("storage", "postgresql"),
    ("payment", "manual"),
    ("payment", "fake"),
    ("payment", "stripe"),
    ("payment", "helloasso"),
    ("notification", "console"),
    ("notification", "smtp"),
    ("notification", "smtps"),
    ("notification", "webhook+https"),
    ("notification", "webhook+http"),
    ("notification", "apprise"),
}


def load(*plugins):
    return Registry.load(plugins=plugins, entry_points=False)


def notices(*items):
    """A plug-in that registers these notification backends."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            return list(items)

    return Plugin()


def opens(what):
    """An ``open`` that returns this, whatever the URL."""

    def open_it(url):
        return what

    return open_it


def rule(name="half off", version=1, apply=None):
    """A pricing rule; its functions are made anew with each call."""
    return PricingRule(
        name, version, "adjust", lambda params, complain: True, apply or (lambda settings, amount, about: amount // 2)
    )


def prices(*items):
    """A plug-in that registers these pricing rules."""

    class Prices:
        @hookimpl
        def cantinekit_pricing_rules(self):
            return list(items)

    return Prices()


@pytest.fixture
def no_rules(monkeypatch):
    """A process in which no pricing rule is registered."""
    monkeypatch.setattr(plugged, "_known", {})


def entry(number: int) -> JournalEntry:
    return JournalEntry("visit.began", datetime(2026, 11, 24, tzinfo=UTC), "test", (Key("visit", "v"),), "{}", number)


# --- what is there ---


def test_built_in_backends():
    """The backends of the library are there without any plug-in, under its own name and version."""
    registry = load()
    assert {(row.kind, row.scheme) for row in registry.backends} >= BUILT_IN
    assert {row.distribution for row in registry.backends} == {"cantinekit"}
    assert all(row.version and row.summary and row.api == API for row in registry.backends)
    assert registry.failures == ()


def test_order():
    """Built-in backends come first, then those of passed objects in the order in which they were passed."""
    registry = load(
        notices(NotificationBackend("zulu", open=opens(None))), notices(NotificationBackend("alpha", open=opens(None)))
    )
    schemes = [row.scheme for row in registry.backends]
    assert schemes[-2:] == ["zulu", "alpha"]
    assert set(schemes[:-2]) == {scheme for _, scheme in BUILT_IN}


def test_rows_say_where_from():
    """A backend of a passed object is listed with the object's name, without a version."""
    row = load(notices(NotificationBackend("pigeon", open=opens(None), summary="by air"))).backends[-1]
    assert row == Backend("notification", "pigeon", "by air", "Plugin (passed in)", "", API)


def test_module_as_plugin():
    """A module is a plug-in too, and is named by its name."""
    module = SimpleNamespace(__name__="pigeons")
    module.cantinekit_notification_backends = hookimpl(
        lambda: [NotificationBackend("pigeon", open=opens(None))], specname="cantinekit_notification_backends"
    )
    assert load(module).backends[-1].distribution == "pigeons (passed in)"


def test_immutable():
    """A registry cannot be changed, and two loads share nothing."""
    first, second = load(), load(notices(NotificationBackend("pigeon", open=opens(RecordingNotifier()))))
    with pytest.raises(AttributeError):
        first.backends = ()
    with pytest.raises(TypeError):
        first._open["notification", "pigeon"] = second._open["notification", "pigeon"]
    with pytest.raises(UrlError):
        first.notifier("pigeon://")
    assert second.notifier("pigeon://")


def test_generator_registers():
    """A registration hook may yield its descriptors."""

    class Plugin:
        @hookimpl
        def cantinekit_payment_backends(self):
            yield PaymentBackend("one", open=opens(ManualGateway()))
            yield PaymentBackend("two", open=opens(ManualGateway()))

    assert [row.scheme for row in load(Plugin()).backends][-2:] == ["one", "two"]


def test_called_once():
    """A registration hook is called once, when the registry loads, and never again."""
    calls = []

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            calls.append(1)
            return [NotificationBackend("pigeon", open=opens(RecordingNotifier()))]

    registry = load(Plugin())
    registry.notifier("pigeon://")
    registry.recorded([entry(1)])
    assert calls == [1]


def test_one_scheme_for_two_kinds():
    """One scheme may name a store and a notifier; only within a kind it must be unique."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            return [NotificationBackend("memory", open=opens(RecordingNotifier()))]

    registry = load(Plugin())
    assert isinstance(registry.notifier("memory://"), RecordingNotifier)
    assert not isinstance(registry.storage("memory://"), RecordingNotifier)


def test_future_hook_is_left_alone():
    """A hook of a later version that the plug-in marks as optional is ignored."""

    class Plugin:
        @hookimpl
        def cantinekit_notification_backends(self):
            return [NotificationBackend("pigeon", open=opens(None))]

        @hookimpl(optionalhook=True)
        def cantinekit_teleporters(self):
            return ["beam"]

    assert load(Plugin()).backends[-1].scheme == "pigeon"


# --- clashes ---


def test_scheme_clash_names_both():
    """Two backends of one kind with one scheme are an error that names both plug-ins."""

    class Mine:
        @hookimpl
        def cantinekit_payment_backends(self):
            return [PaymentBackend("fake", open=opens(None))]

    with pytest.raises(PluginError, match=r"two payment backends claim fake://: cantinekit \d\S* and Mine \(passed"):
        load(Mine())


def test_scheme_clash_within_a_plugin():
    """One plug-in cannot register a scheme twice either."""
    twice = NotificationBackend("pigeon", open=opens(None))
    with pytest.raises(PluginError, match="claim pigeon://"):
        load(notices(twice, twice))


# --- opening ---


def test_open_each_kind():
    """A URL opens the backend of its scheme, of the kind that was asked for."""
    registry = load()
    assert isinstance(registry.gateway("manual://"), ManualGateway)
    assert isinstance(registry.gateway("fake://?outcome=declined"), FakeGateway)
    assert isinstance(registry.notifier("console://"), ConsoleNotifier)


def test_open_gets_the_url():
    """``open`` is given the URL, taken apart."""
    seen = []

    def open_it(url):
        seen.append(url)
        return RecordingNotifier()

    load(notices(NotificationBackend("pigeon", open=open_it))).notifier("pigeon://loft:7/left?speed=fast")
    assert [(u.scheme, u.host, u.port, u.path, u.options) for u in seen] == [
        ("pigeon", "loft", 7, "/left", (("speed", "fast"),))
    ]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlit:///x.db", ["no storage backend for sqlit://", "memory://", "postgresql://", "did you mean sqlite://?"]),
        ("postgres://h/db", ["did you mean postgresql://?"]),
        ("manual://", ["manual:// is a payment backend"]),
        ("zzz://", ["known: memory://, postgresql://, sqlite://"]),
    ],
)
def test_unknown_scheme(url, words):
    """An unknown scheme is an error that lists the known ones and says what was probably meant."""
    with pytest.raises(UrlError) as caught:
        load().storage(url)
    for word in words:
        assert word in str(caught.value)


def test_unknown_scheme_keeps_the_secret():
    """The error for an unknown scheme does not show what stands in the rest of the URL."""
    with pytest.raises(UrlError) as caught:
        load().storage("postgrexql://me:hunter2@host/db?key=hunter3")
    assert "hunter" not in str(caught.value)


def test_no_guess_when_nothing_is_near():
    """Nothing is guessed when no known scheme is near."""
    with pytest.raises(UrlError) as caught:
        load().gateway("zzz://")
    assert "did you mean" not in str(caught.value)


def test_missing_driver():
    """A backend whose driver is not installed is an error that names the module and the plug-in."""

    def open_it(url):
        import no_such_driver

        return no_such_driver

    with pytest.raises(PluginError, match=r"pigeon:// \(Plugin \(passed in\)\) needs 'no_such_driver'"):
        load(notices(NotificationBackend("pigeon", open=open_it))).notifier("pigeon://")


@pytest.mark.parametrize("opened", [None, object(), "text", FakeGateway()])
def test_open_returns_something_else(opened):
    """A backend that opens something without the methods of the port is refused by name."""
    with pytest.raises(PluginError, match=r"pigeon:// \(Plugin \(passed in\)\) opened a .* no Notifier"):
        load(notices(NotificationBackend("pigeon", open=opens(opened)))).notifier("pigeon://")


def test_backend_errors_pass():
    """What a backend itself raises while it opens reaches the caller unchanged."""
    with pytest.raises(UrlError, match="known options: label"):
        load().gateway("manual://?lable=Bar")


# --- observers ---


class Heard:
    """An observer that keeps what it was told."""

    def __init__(self):
        self.heard = []

    @hookimpl
    def cantinekit_events_recorded(self, events):
        self.heard.append(events)


class Broken:
    """An observer that raises."""

    def __init__(self, error):
        self.error = error

    @hookimpl
    def cantinekit_events_recorded(self, events):
        raise self.error


def test_observers_are_told():
    """Every observer is given all events of a commit, in order, as one tuple."""
    one, two = Heard(), Heard()
    load(one, two).recorded([entry(1), entry(2)])
    assert one.heard == two.heard == [(entry(1), entry(2))]


def test_nothing_recorded():
    """An empty commit is told to nobody."""
    heard = Heard()
    load(heard).recorded([])
    assert heard.heard == []


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), RecursionError(), MemoryError()])
def test_observer_is_isolated(error, caplog):
    """An observer that raises stops neither the others nor the caller, and is logged by name."""
    before, after = Heard(), Heard()
    with caplog.at_level(logging.ERROR, "cantinekit.plugins.registry"):
        load(before, Broken(error), after).recorded([entry(1)])
    assert len(before.heard) == len(after.heard) == 1
    assert "Broken (passed in)" in caplog.text


def test_interrupt_is_not_swallowed():
    """Ctrl-C in an observer reaches the program."""
    with pytest.raises(KeyboardInterrupt):
        load(Broken(KeyboardInterrupt())).recorded([entry(1)])


def test_observer_that_returns_an_awaitable(caplog):
    """An observer that returns a coroutine is reported; nobody would await it."""

    class Sly:
        @hookimpl
        def cantinekit_events_recorded(self, events):
            async def later():
                """Never awaited."""

            return later()

    load(Sly()).recorded([entry(1)])
    assert "Sly (passed in) returned an awaitable" in caplog.text


def test_observer_without_the_argument():
    """An observer may leave the argument out, as pluggy allows."""

    class Bell:
        rung = 0

        @hookimpl
        def cantinekit_events_recorded(self):
            self.rung += 1

    bell = Bell()
    load(bell).recorded([entry(1)])
    assert bell.rung == 1


def test_two_observers_in_one_plugin():
    """Two observers of one plug-in are each called once, and the first that fails does not silence the second."""
    calls = []

    class Twice:
        @hookimpl
        def cantinekit_events_recorded(self, events):
            calls.append("first")
            raise ValueError

        @hookimpl(specname="cantinekit_events_recorded")
        def also(self, events):
            calls.append("second")

    load(Twice()).recorded([entry(1)])
    assert sorted(calls) == ["first", "second"]


def test_every_hook_is_used(monkeypatch):
    """Each hook that hookspecs.py declares is one that the registry calls."""
    declared = {name for name in vars(hookspecs) if name.startswith("cantinekit_")}
    heard = Heard()

    class All:
        @hookimpl
        def cantinekit_storage_backends(self):
            return [StorageBackend("s", open=opens(None))]

        @hookimpl
        def cantinekit_payment_backends(self):
            return [PaymentBackend("p", open=opens(None))]

        @hookimpl
        def cantinekit_notification_backends(self):
            return [NotificationBackend("n", open=opens(None))]

        @hookimpl
        def cantinekit_pricing_rules(self):
            return [rule()]

        @hookimpl
        def cantinekit_closure_calendars(self):
            return [ClosureCalendar("ours", lambda first, last: [])]

        @hookimpl
        def cantinekit_before_command(self, command, actor):
            return RefusedError(f"not {command} by {actor}")

        cantinekit_events_recorded = heard.cantinekit_events_recorded

    monkeypatch.setattr(plugged, "_known", {})
    registry = load(All())
    registry.recorded([entry(1)])
    assert [row.scheme for row in registry.backends[-3:]] == ["s", "p", "n"]
    assert [row.rule.name for row in registry.rules] == ["half off"]
    assert registry.calendars[-1].calendar.name == "ours"
    assert len(heard.heard) == 1
    assert str(registry.before_command("this", "ana")) == "not this by ana"
    assert declared == {name for name in vars(All) if name.startswith("cantinekit_")}


# --- pricing rules ---

LIST = """
tariff = { id = "x", currency = "EUR", timezone = "Europe/Paris", prices = "incl" }
product.visit = { rate = { price = 5.00 }, adjust = { id = "half", form = "half off", version = 1 } }
"""


@pytest.mark.usefixtures("no_rules")
def test_pricing_rules():
    """Rules are kept with their origin, in order, and price lists that are read from then on can name them."""
    registry = load(prices(rule(), rule(version=2)), prices(rule("other")))
    found = [(row.rule.name, row.rule.version) for row in registry.rules]
    assert found == [("half off", 1), ("half off", 2), ("other", 1)]
    assert {(row.distribution, row.version) for row in registry.rules} == {("Prices (passed in)", "")}
    assert set(registered_rules()) == {("half off", 1), ("half off", 2), ("other", 1)}
    assert Tariff.load(LIST).products["visit"].adjusts[0].kind == "form"


@pytest.mark.usefixtures("no_rules")
def test_pricing_rules_again():
    """A registry that is loaded again with the same plug-ins finds its rules registered, though made anew."""
    load(prices(rule()))
    assert len(load(prices(rule())).rules) == 1
    assert len(registered_rules()) == 1


@pytest.mark.usefixtures("no_rules")
def test_pricing_rules_clash():
    """Two plug-ins with one rule are an error that names both, and neither is registered."""
    with pytest.raises(PluginError) as caught:
        load(prices(rule()), prices(rule()))
    both = "Prices (passed in) and Prices (passed in)"
    assert str(caught.value) == f"two pricing rules are 'half off' (version 1): {both}"
    assert not registered_rules()


@pytest.mark.usefixtures("no_rules")
def test_pricing_rules_clash_in_the_process():
    """A rule that differs from the one that this process has under its name and version is refused."""
    load(prices(rule()))
    with pytest.raises(PluginError, match=r"two different pricing rules 'half off' \(version 1\); one of them was"):
        load(prices(rule(apply=lambda settings, amount, about: 0)))


@pytest.mark.usefixtures("no_rules")
def test_no_pricing_rule_without_a_plug_in():
    """Without plug-ins there are no rules, and nothing is registered."""
    assert load().rules == ()
    assert not registered_rules()


# --- closure calendars ---

BREAK = m.ClosedDays("school holidays", "Toussaint, zone B", date(2026, 10, 17), date(2026, 11, 1))


def holidays(*items):
    """A plug-in that registers these closure calendars."""

    class Holidays:
        @hookimpl
        def cantinekit_closure_calendars(self):
            return list(items)

    return Holidays()


def test_built_in_closure_calendars():
    """The French public holidays are there without any plug-in, by the name of the region."""
    registry = load()
    assert {one.calendar.name for one in registry.calendars} >= {"fr", "fr-alsace-moselle", "fr-reunion"}
    found = registry.closure_calendar("fr").closed(date(2026, 12, 1), date(2027, 1, 31))
    assert [(one.first, one.name) for one in found] == [
        (date(2026, 12, 25), "Noël"),
        (date(2027, 1, 1), "1er janvier"),
    ]


def test_a_closure_calendar_gives_the_days_that_touch():
    """What a calendar resolves to is put in order, each once, and cut to what touches the days that are asked for."""
    later = m.ClosedDays.on("public holiday", "later", date(2026, 12, 25))
    registry = load(holidays(ClosureCalendar("zone-b", lambda first, last: [later, BREAK, BREAK])))
    calendar = registry.closure_calendar("zone-b")
    assert calendar.closed(date(2026, 11, 1), date(2026, 12, 31)) == (BREAK, later)
    assert calendar.closed(date(2026, 11, 1), date(2026, 11, 1)) == (BREAK,)
    assert calendar.closed(date(2026, 11, 2), date(2026, 11, 3)) == ()
    assert registry.calendars[-1].distribution == "Holidays (passed in)"


@pytest.mark.parametrize("answer", [None, [1], ["x"], [(1, 2)], [m.Closure]], ids=repr)
def test_what_a_closure_calendar_gives_is_checked(answer):
    """Anything but closed days, or an exception, is an error that names the calendar."""
    calendar = ClosureCalendar("odd", lambda first, last: answer)
    with pytest.raises(PluginError, match="'odd'"):
        calendar.closed(date(2026, 1, 1), date(2026, 12, 31))

    def fails(first, last):
        raise OSError("no network")

    with pytest.raises(PluginError, match="'odd' failed: OSError: no network"):
        ClosureCalendar("odd", fails).closed(date(2026, 1, 1), date(2026, 12, 31))


def test_closure_calendars_are_asked_for_some_years():
    """Days in the wrong order and more years than anybody plans for are refused before the calendar is asked."""
    calendar = load().closure_calendar("fr")
    with pytest.raises(InputError):
        calendar.closed(date(2026, 2, 1), date(2026, 1, 1))
    with pytest.raises(InputError):
        calendar.closed(date(1980, 1, 1), date(2090, 1, 1))
    with pytest.raises(InputError, match=r"no closure calendar 'nowhere'; known: fr, "):
        load().closure_calendar("nowhere")


def test_a_closure_calendar_that_does_not_know():
    """That a calendar has no data for some of the days keeps its type, what it knows, and its text in a pickle."""
    known = date(2026, 1, 1), date(2026, 12, 31)

    def resolve(first, last):
        raise UnknownDatesError("zone-b", *known)

    calendar = load(holidays(ClosureCalendar("zone-b", resolve))).closure_calendar("zone-b")
    with pytest.raises(
        UnknownDatesError, match=r"'zone-b' knows its days from 2026-01-01 to 2026-12-31 only"
    ) as caught:
        calendar.closed(date(2026, 12, 1), date(2027, 1, 1))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.calendar, again.first, again.last, str(again)) == ("zone-b", *known, str(caught.value))


def test_a_misspelt_closure_calendar():
    """The error for an unknown name lists some of the names, says how many there are, and which is nearest."""
    many = [ClosureCalendar(f"zz-{n:03}", lambda first, last: []) for n in range(300)]
    registry = load(holidays(*many))
    with pytest.raises(InputError) as caught:
        registry.closure_calendar("fr-alsace-mosele")
    text = str(caught.value)
    assert text.endswith(f" and {len(registry.calendars) - 20} more; did you mean fr-alsace-moselle?")
    assert len(text) < 500


def test_closure_calendars_clash():
    """Two calendars of one name are an error that names both."""
    mine = ClosureCalendar("fr", lambda first, last: [])
    with pytest.raises(PluginError, match=r"two closure calendars are called fr: cantinekit .* and Holidays"):
        load(holidays(mine))


@pytest.mark.parametrize(
    "item",
    [
        ClosureCalendar("No Name", lambda first, last: []),
        ClosureCalendar("x", lambda first, last: [], api=2),
        ClosureCalendar("x", None),
        ClosureCalendar("x", lambda first, last: [], summary=7),
        "fr",
    ],
    ids=range(5),
)
def test_closure_calendars_that_cannot_be_asked_are_refused(item):
    """A descriptor with an unusable name, another api, no function or no text is refused, with the plug-in's name."""
    with pytest.raises(PluginError, match="Holidays"):
        load(holidays(item))
