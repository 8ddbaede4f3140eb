"""How pluggy calls the hooks that are called while a house runs: order, wrappers, vetoes, and what a broken one does."""

from __future__ import annotations

import inspect
import logging
from datetime import UTC, datetime

import pytest

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit.common.evolve import evolve
from cantinekit.errors import InputError, PluginError, RefusedError, RequestMismatchError
from cantinekit.plugins.hookspecs import hookimpl
from cantinekit.plugins.ports import JournalEntry, Key
from cantinekit.plugins.registry import LoadedHook, Registry
from cantinekit.records import Booking
from cantinekit.runtime import engine
from support.houses.small_house import open_house, period, snapshot

ADD = c.AddEntity(name="Club", id="club")
LOG = "cantinekit.plugins.registry"
ENTRY = JournalEntry("visit.began", datetime(2026, 11, 24, tzinfo=UTC), "test", (Key("visit", "v"),), "{}", 1)


def load(*plugins):
    return Registry.load(plugins=plugins, entry_points=False)


def plugin(function, hook="cantinekit_before_command", **marks):
    """A plug-in with one hook, carried out by a function with the arguments that it names."""

    class Plugin:
        pass

    one = Plugin()
    one.implementation = hookimpl(function, specname=hook, **marks)
    return one


def observer(function, **marks):
    return plugin(function, "cantinekit_events_recorded", **marks)


def house_with(*plugins):
    """A furnished house with these plug-ins, and its store."""
    house = open_house()
    return reopened(house, *plugins), house.storage


def reopened(house, *plugins):
    """The house, opened once more with these plug-ins."""
    return Cantine.open(
        house.storage, payments=dict(house.cantine._gateways), clock=house.clock, registry=load(*plugins)
    )


def refuses(text):
    """A veto that refuses every command with this text."""
    return plugin(lambda: RefusedError(text))


# --- the order of pluggy ---


def test_the_order_of_vetoes():
    """The plug-in that was loaded last is asked first, but for ``tryfirst`` and ``trylast``."""
    asked = []

    def ask(name, **marks):
        return plugin(lambda: asked.append(name), **marks)

    registry = load(ask("last", trylast=True), ask("one"), ask("first", tryfirst=True), ask("two"))
    assert registry.before_command(ADD, "ana") is None
    assert asked == ["first", "two", "one", "last"]


def test_the_first_refusal_wins():
    """The first refusal is the answer, and nobody is asked after it."""
    asked = []
    registry = load(
        plugin(lambda: asked.append("never")), refuses("the second"), plugin(lambda: asked.append("passes"))
    )
    assert str(registry.before_command(ADD, "ana")) == "the second"
    assert asked == ["passes"]


def test_the_order_of_observers():
    """Observers are told in the order of pluggy too, and the registry lists the hooks in that order."""
    told = []
    registry = load(observer(lambda: told.append("one")), observer(lambda: told.append("two")))
    registry.recorded([ENTRY])
    assert told == ["two", "one"]
    registry = load(refuses("no"), observer(lambda: None, trylast=True), plugin(lambda: None, tryfirst=True))
    assert [one.hook.removeprefix("cantinekit_") for one in registry.hooks] == [
        "before_command",
        "before_command",
        "events_recorded",
    ]
    assert registry.hooks[0] == LoadedHook("cantinekit_before_command", "Plugin (passed in)", "")


def test_fewer_arguments():
    """A veto takes the arguments that it names, in any order."""
    seen = []
    plugins = [
        plugin(lambda: seen.append(())),
        plugin(lambda actor: seen.append((actor,))),
        plugin(lambda actor, command: seen.append((actor, command))),
    ]
    load(*plugins).before_command(ADD, "ana")
    assert seen == [("ana", ADD), ("ana",), ()]


def test_a_plugin_is_registered_under_its_name():
    """All plug-ins are in one manager, each under the name of its distribution; a second one of a name has a number."""
    registry = load(refuses("a"), refuses("b"))
    names = [name for name, _ in registry._manager.list_name_plugin()]
    assert names == ["cantinekit", "Plugin (passed in)", "Plugin (passed in) #2"]


def test_one_plugin_twice_is_refused():
    """One and the same object that is passed in twice is refused: pluggy would register it once."""
    one = refuses("no")
    with pytest.raises(PluginError, match=r"Plugin \(passed in\): it is loaded already, as Plugin \(passed in\)"):
        load(one, one)


# --- wrappers ---


def test_a_wrapper_of_a_veto():
    """A wrapper sees the answer of the others and may replace it, a refusal by nothing too."""
    seen = []

    def lenient(actor):
        refusal = yield
        seen.append(str(refusal))
        return None if actor == "boss" else refusal

    registry = load(plugin(lenient, wrapper=True), refuses("no"))
    assert registry.before_command(ADD, "boss") is None
    assert str(registry.before_command(ADD, "ana")) == "no"
    assert seen == ["no", "no"]
    assert [one.wrapper for one in registry.hooks] == [True, False]


def test_a_wrapper_of_an_observer():
    """A wrapper of observers runs before and after them."""
    told = []

    def around(events):
        told.append("before")
        yield
        told.append("after")

    load(observer(lambda: told.append("observer")), observer(around, wrapper=True)).recorded([ENTRY])
    assert told == ["before", "observer", "after"]


def breaks_before():
    raise ValueError("before")
    yield


def breaks_after():
    yield
    raise ValueError("after")


def yields_twice():
    yield
    yield


def does_not_yield():
    if False:
        yield


BROKEN = [breaks_before, breaks_after, yields_twice, does_not_yield]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_wrapper_of_observers_is_isolated(broken, caplog):
    """A wrapper that fails before or after the others is logged by name, and all the others hear, wrappers too."""
    told = []

    def around():
        told.append("before")
        yield
        told.append("after")

    plugins = [observer(around, wrapper=True), observer(broken, wrapper=True), observer(lambda: told.append("heard"))]
    for loaded in (plugins, plugins[::-1]):
        told.clear()
        caplog.clear()
        with caplog.at_level(logging.ERROR, LOG):
            load(*loaded).recorded([ENTRY])
        assert told == ["before", "heard", "after"]
        assert "cantinekit_events_recorded of Plugin (passed in) failed" in caplog.text


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_wrapper_of_vetoes_fails_closed(broken):
    """A wrapper of vetoes that fails is a plug-in error, whatever the others say."""
    for other in (refuses("no"), plugin(lambda: None)):
        with pytest.raises(PluginError, match=r"cantinekit_before_command of Plugin \(passed in\) raised"):
            load(plugin(broken, wrapper=True), other).before_command(ADD, "ana")


def test_an_error_keeps_the_name_of_its_plugin():
    """The error of one plug-in passes through the wrapper of another, and still names the first."""

    class Faulty:
        @hookimpl
        def cantinekit_before_command(self):
            raise ValueError

    def around():
        return (yield)

    with pytest.raises(PluginError, match=r"of Faulty \(passed in\) raised ValueError"):
        load(plugin(around, wrapper=True), Faulty()).before_command(ADD, "ana")


def test_an_answer_of_a_wrapper_is_checked():
    """A wrapper that answers something else than a refusal or nothing is a plug-in error."""

    def odd():
        yield
        return "no"

    with pytest.raises(PluginError, match="returned a str"):
        load(plugin(odd, wrapper=True)).before_command(ADD, "ana")


@pytest.mark.parametrize("wrapper", [breaks_after, yields_twice, lambda: (yield)])
def test_an_interrupt_passes_through_wrappers(wrapper):
    """Ctrl-C in an observer reaches the program, whatever a wrapper around it does."""

    def interrupted():
        raise KeyboardInterrupt

    def around():
        return (yield from wrapper())

    with pytest.raises(KeyboardInterrupt):
        load(observer(interrupted), observer(around, wrapper=True)).recorded([ENTRY])


def test_a_wrapper_of_the_old_style_is_refused():
    """``hookwrapper=True`` is refused with what to write in its place."""
    with pytest.raises(PluginError, match="wrappers are marked with wrapper=True"):
        load(plugin(lambda: (yield), hookwrapper=True))


def test_async_vetoes_are_refused():
    """A veto that is a coroutine function, or a generator without being a wrapper, is refused when it is loaded."""

    async def later(command):
        return None

    def generator(command):
        yield

    for function, words in [(later, "is async"), (generator, "is a generator")]:
        with pytest.raises(PluginError, match=words):
            load(plugin(function))


# --- a veto in a house ---

GIVE = ["execute", "preview", "quote"]
BOOK = c.Book(space_id="b", product_id="room", period=period(10, 11), person_id="zoe", account="desk")


@pytest.mark.parametrize("give", GIVE)
def test_a_vetoed_command_stores_nothing(give):
    """The refusal reaches the caller as it was returned, and rows and journal are as before; nothing was even read."""
    refusal = RefusedError("not on Sundays")
    cantine, storage = house_with(plugin(lambda command, actor: refusal))
    before = snapshot(storage)
    storage.load = storage.find = storage.apply = None  # nothing may be read
    with pytest.raises(RefusedError) as caught:
        getattr(cantine, give)(BOOK, actor="web")
    assert caught.value is refusal
    del storage.load, storage.find, storage.apply
    assert snapshot(storage) == before


@pytest.mark.parametrize("give", GIVE)
def test_control_without_a_veto(give):
    """Control: the same command passes a veto that says nothing, and passes where the refusal is ignored."""
    seen = []
    cantine, _ = house_with(plugin(lambda command, actor: seen.append((command, actor))))
    assert getattr(cantine, give)(BOOK, actor="web")
    assert seen == [(BOOK, "web")]


def test_control_a_veto_that_is_ignored(monkeypatch):
    """Control: a house that drops the refusals stores the booking, and the test above would see it."""
    cantine, storage = house_with(refuses("no"))
    before = snapshot(storage)
    monkeypatch.setattr(cantine, "_before", lambda command, actor: None)
    cantine.execute(BOOK, actor="web")
    assert snapshot(storage) != before


class Oddity:
    """Something that is neither a refusal nor nothing."""


@pytest.mark.parametrize("answer", [False, True, "no", Oddity(), RefusedError, InputError("no"), [RefusedError("no")]])
def test_an_odd_answer_fails_closed(answer):
    """Anything but a refusal or nothing is an error that names the plug-in, and the command is not carried out."""
    cantine, storage = house_with(plugin(lambda: answer))
    before = snapshot(storage)
    with pytest.raises(PluginError, match=r"cantinekit_before_command of Plugin \(passed in\) returned") as caught:
        cantine.execute(BOOK, actor="web")
    assert "not a RefusedError or None, so nothing was done" in str(caught.value)
    assert snapshot(storage) == before


def test_an_awaitable_fails_closed():
    """A coroutine behind a plain function is an odd answer too, and none is left to warn later."""

    async def later():
        return None

    with pytest.raises(PluginError, match="returned a coroutine"):
        load(plugin(lambda: later())).before_command(ADD, "ana")


@pytest.mark.parametrize(
    "error", [ValueError("of zoe@example.org"), SystemExit(3), RecursionError(), RefusedError("no")]
)
def test_a_failing_veto_fails_closed(error):
    """A veto that raises is a plug-in error with its name and the type of the error, and nothing is carried out."""

    def fails():
        raise error

    cantine, storage = house_with(plugin(fails))
    before = snapshot(storage)
    with pytest.raises(PluginError, match=rf"of Plugin \(passed in\) raised {type(error).__name__}") as caught:
        cantine.execute(BOOK, actor="web")
    assert caught.value.__cause__ is error
    assert "zoe@" not in str(caught.value)
    assert ("returned, not raised" in str(caught.value)) is isinstance(error, RefusedError)
    assert snapshot(storage) == before


def test_an_interrupt_in_a_veto():
    """Ctrl-C in a veto reaches the program."""

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(plugin(interrupted)).before_command(ADD, "ana")


def test_one_refusal_may_be_returned_each_time():
    """A plug-in may keep one refusal: what is raised with it does not grow from command to command."""
    refusal = RefusedError("no")
    cantine, _ = house_with(plugin(lambda: refusal))
    lengths = set()
    for _ in range(3):
        with pytest.raises(RefusedError):
            cantine.execute(BOOK, actor="web")
        lengths.add(len(inspect.getinnerframes(refusal.__traceback__)))
    assert len(lengths) == 1


def test_a_command_that_makes_no_sense_is_not_asked_about():
    """What is no command of a person, or has no actor, is an input error before any plug-in is asked."""
    cantine, _ = house_with(refuses("no"))
    for command, actor in [("book", "web"), (BOOK, " ")]:
        with pytest.raises(InputError):
            cantine.execute(command, actor=actor)


# --- idempotency keys ---


class Switch:
    """A veto that is switched on and off."""

    on = False

    @hookimpl
    def cantinekit_before_command(self):
        return RefusedError("off for the night") if self.on else None


def test_a_repeat_is_answered_all_the_same():
    """A request that was answered before is answered again although it is vetoed now; a new one is refused."""
    switch = Switch()
    cantine, storage = house_with(switch)
    first = cantine.execute(BOOK, actor="web", idempotency_key="k-1")
    switch.on = True
    before = snapshot(storage)
    again = cantine.execute(BOOK, actor="web", idempotency_key="k-1")
    assert (again.value.id, again.replayed) == (first.value.id, True)
    for key in ("k-2", None):
        with pytest.raises(RefusedError, match="off for the night"):
            cantine.execute(BOOK, actor="web", idempotency_key=key)
    with pytest.raises(RequestMismatchError):
        cantine.execute(
            c.Book(space_id="b", product_id="room", period=period(12, 13)), actor="web", idempotency_key="k-1"
        )
    assert snapshot(storage) == before


def test_a_vetoed_request_is_not_remembered():
    """A vetoed request may be asked again with its key once nothing forbids it."""
    switch = Switch()
    switch.on = True
    cantine, _ = house_with(switch)
    with pytest.raises(RefusedError):
        cantine.execute(BOOK, actor="web", idempotency_key="k-1")
    switch.on = False
    assert not cantine.execute(BOOK, actor="web", idempotency_key="k-1").replayed


# --- what nobody is asked about ---


def test_the_system_is_not_asked():
    """What the library does by itself passes: a hold runs out and a task is carried out though all is vetoed."""
    house = open_house(outcomes=["pending"])
    held = house.do(evolve(BOOK, account="card")).value
    assert held.state == "held"
    house.wait(days=2)
    vetoed = reopened(house, refuses("off for the night"))
    with pytest.raises(RefusedError, match="off for the night"):
        vetoed.execute(ADD, actor="web")
    assert vetoed.run_due().done > 0
    assert vetoed.read.need(Booking, held.id).state == "expired"


def test_without_a_veto_nobody_is_called(monkeypatch):
    """Where no plug-in implements the hook a command calls nothing of it: no cost."""
    cantine, _ = house_with(observer(lambda: None))
    assert cantine._before is None
    assert not load().has("cantinekit_before_command")


def test_an_answer_is_looked_up_only_where_it_was_vetoed(monkeypatch):
    """The look-up of a request by itself is made for vetoed commands only: others read it with their first batch."""
    looked = []
    real = engine.Loader.look_up
    monkeypatch.setattr(
        engine.Loader, "look_up", lambda self, request, seen: looked.append(seen.batches) or real(self, request, seen)
    )
    switch = Switch()
    cantine, _ = house_with(switch)
    cantine.execute(BOOK, actor="web", idempotency_key="k-1")
    assert 0 not in looked
    switch.on = True
    cantine.execute(BOOK, actor="web", idempotency_key="k-1")
    assert looked[-1] == 0
