"""``cantinekit.aio``: the calls of a house awaited, a bounded pool of threads, cancellation, closing."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial

import pytest

from cantinekit import aio, cantine, reads
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.aio.threads import AT_ONCE, Threads
from cantinekit.cantine import random_ids
from cantinekit.errors import BusyError, InputError, NotFoundError, StorageError, UrlError
from cantinekit.plugins.ports import Key
from support.houses import small_house
from support.pages.reference import CALLS, calls_module
from support.stores.held_back import PATIENCE, HeldBack

LONG, SHORT = timedelta(seconds=PATIENCE), timedelta(milliseconds=20)
NOT_AWAITED = {"close", "now", "open", "imports", "within"}
OF_ITS_OWN = {"aclose", "call", "now", "open", "sync", "read"}
VISIT = c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")


def public(cls):
    return {name for name in dir(cls) if not name.startswith("_")}


def in_front(store, **settings):
    """A facade before a furnished house in this store."""
    store.inner = small_house.open_house().storage
    house = small_house.open_house(store, furnished=False, ids=random_ids).cantine
    return aio.Cantine(house, **{"threads": 2, "waiting": 1, "longest_wait": LONG, **settings})


@asynccontextmanager
async def standing(**settings):
    """A house whose store holds every change back, and the store."""
    store = HeldBack(None)
    house = in_front(store, **settings)
    store.hold()
    try:
        yield house, store
    finally:
        store.let_go()
        await house.aclose()


async def inside(store):
    """Wait, without a thread of the house, until a change stands in the store."""
    assert await asyncio.to_thread(store.inside.acquire, timeout=PATIENCE)


def visit(house, key=None, person="zoe"):
    command = c.CheckIn(place_id="paris", product_id="half-day", person_id=person, account="desk")
    return house.execute(command, actor="web", idempotency_key=key)


def person(house, key):
    return house.execute(c.AddPerson(name=key, lang="en"), actor="web", idempotency_key=key)


async def added(house):
    return [entry.subjects[0].id async for entry in house.read.journal() if entry.actor == "web"]


async def visits(house):
    return [one async for one in house.read.find(m.Visit, "place")]


async def soon(work):
    """A task that has come as far as it gets without a thread."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    return task


# --- the same calls --------------------------------------------------------------------------------------------------


def test_the_module_follows_from_the_code():
    """Each method of the house and of its reader has a line in ``aio.calls``; ``make pages`` writes them."""
    assert CALLS.read_text(encoding="utf-8") == calls_module()


@pytest.mark.parametrize(
    ("before", "behind", "own"),
    [(aio.Cantine, cantine.Cantine, OF_ITS_OWN), (aio.Reader, reads.Reader, {"known", "now", "once"})],
)
def test_every_call_is_there(before, behind, own):
    """The facade has each public method of what it stands before, with its signature and text, to be awaited."""
    wanted = public(behind) - NOT_AWAITED
    assert public(before) - own == wanted - own
    for name in wanted - own:
        mine, theirs = getattr(before, name), getattr(behind, name)
        assert inspect.signature(mine) == inspect.signature(theirs)
        assert inspect.getdoc(mine) == inspect.getdoc(theirs)


def test_open_takes_what_the_house_takes():
    """``aio.Cantine.open`` takes what ``Cantine.open`` takes; the sizes are given to what it gives."""
    assert inspect.signature(aio.Cantine.open) == inspect.signature(cantine.Cantine.open)
    sizes = inspect.signature(aio.Opening.sized).parameters
    assert {name: sizes[name] for name in sizes if name != "self"} == {
        name: one for name, one in inspect.signature(aio.Cantine).parameters.items() if name != "house"
    }


def test_a_house_from_end_to_end():
    """Opened by its URL, set up, read, quoted, previewed and worked off: the answers are those of the house."""

    async def main():
        async with aio.Cantine.open("memory://", payments={"desk": "manual://", "card": "fake://"}) as house:
            for command in small_house.set_up(house.now().date()):
                await house.execute(command, actor="setup")
            buy = c.SellPass(product_id="carnet", place_id="paris", holder_id="zoe", account="card")
            quote = await house.quote(buy)
            dry = await house.preview(buy, actor="web")
            assert dry.value is not None
            assert [one async for one in house.read.find(m.Pass, "holder", eq="zoe")] == []
            sold = await house.sell_pass("carnet", "paris", actor="web", holder_id="zoe", account="card")
            assert sold.quote.total == quote.total == house.sync.quote(buy).total
            assert await house.read.need(m.Pass, sold.value.id) == sold.value
            assert (await house.run_due()).dead == 0
            with pytest.raises(NotFoundError):
                await house.read.need(m.Pass, "nothing")
            assert house.read.now() <= house.now()
            page = house.read.once()
            assert await page.need(m.Pass, sold.value.id) == sold.value
            assert list(page.known()) == [Key("pass", sold.value.id)]
            assert not house.read.known()
            told = await house.preview_timeline(buy, known=page.known())
            assert told.periods == (await house.preview_timeline(buy)).periods

    asyncio.run(main())


def test_reads_that_iterate():
    """What a read iterates over comes whole and in order, some at a time; who stops early leaves nothing running."""
    house = small_house.open_house()
    names = [f"person-{number:03}" for number in range(2 * AT_ONCE + 1)]
    for name in names:
        house.do(c.AddPerson(name=name, email=f"{name}@example.org", lang="en", id=name))

    async def main():
        async with aio.Cantine(house.cantine) as facade:
            entries = [entry async for entry in facade.read.journal()]
            assert entries == list(house.cantine.read.journal())
            async for entry in facade.read.journal(after=entries[0].number):
                assert entry == entries[1]
                break
            with pytest.raises(InputError, match="after"):
                _ = [entry async for entry in facade.read.journal(after="x")]

    asyncio.run(main())


def test_context_variables_are_carried_over():
    """A call sees the context variables of the task that asks for it; what it sets stays in it."""
    who: ContextVar[str] = ContextVar("who")

    def look():
        found = who.get()
        who.set("somebody in the thread")
        return found, threading.current_thread()

    async def main():
        async with aio.Cantine.open("memory://").sized(threads=1) as house:
            for name in ("ana", "bob"):
                who.set(name)
                found, thread = await house.call(look)
                assert found == who.get() == name
                assert thread is not threading.current_thread()

    asyncio.run(main())


# --- the loop goes on ------------------------------------------------------------------------------------------------


def test_the_loop_goes_on():
    """While a store stands still the loop goes on: it is the loop that lets the store go on."""

    async def main():
        async with standing() as (house, store):
            task = await soon(visit(house))
            await inside(store)
            store.hold(reads=True)
            read = await soon(house.read.need(m.Person, "zoe"))
            await inside(store)
            assert not task.done()
            assert not read.done()
            store.let_go()
            assert (await task).value.person_id == (await read).id == "zoe"

    asyncio.run(main())


def test_a_call_without_the_facade_stops_the_loop():
    """Control: a house that is called in the loop itself stops it; nothing else of the loop comes to its turn."""

    class Waiting(HeldBack):
        waited = None

        def _stand(self):
            if not self._open.is_set():
                self.waited = self._open.wait(0.05)

    async def main():
        store = Waiting(None)
        house = in_front(store)
        store.hold()
        asyncio.get_running_loop().call_soon(store.let_go)
        house.sync.execute(VISIT, actor="web")
        assert store.waited is False
        await asyncio.sleep(0)
        assert store._open.is_set()
        await house.aclose()

    asyncio.run(main())


# --- back-pressure ---------------------------------------------------------------------------------------------------


def test_a_full_queue_refuses_at_once():
    """With all threads at work and the queue full a call is refused at once, and nothing of it is done."""

    async def main():
        async with standing(threads=1, waiting=1) as (house, store):
            first = await soon(visit(house))
            await inside(store)
            second = await soon(visit(house, person="bob"))
            with pytest.raises(BusyError, match="1 calls wait; nothing was done") as refused:
                await visit(house, person="eve")
            assert refused.value.retryable
            store.let_go()
            await asyncio.gather(first, second)
            assert {one.person_id for one in await visits(house)} == {"zoe", "bob"}

    asyncio.run(main())


def test_who_has_an_answer_finds_the_thread_free():
    """Calls one after the other never find the thread of the one before at work, also where nothing may wait."""

    async def main():
        async with aio.Cantine.open("memory://").sized(threads=1, waiting=0) as house:
            for _ in range(200):
                await house.call(int)

    asyncio.run(main())


def test_who_waits_too_long_is_refused():
    """A call that no thread takes within its patience is refused, and is not done later either."""

    async def main():
        async with standing(threads=1, longest_wait=SHORT) as (house, store):
            first = await soon(visit(house))
            await inside(store)
            with pytest.raises(BusyError, match=r"within 0\.02 s; nothing was done"):
                await visit(house, person="bob")
            store.let_go()
            await first
            assert [one.person_id for one in await visits(house)] == ["zoe"]

    asyncio.run(main())


def test_patience_ends_where_work_begins():
    """A call that runs is not refused, however long it takes."""

    async def main():
        async with standing(threads=1, longest_wait=SHORT) as (house, store):
            task = await soon(visit(house))
            await inside(store)
            lost = asyncio.Event()
            asyncio.get_running_loop().call_later(2 * SHORT.total_seconds(), lost.set)
            await lost.wait()
            assert not task.done()
            store.let_go()
            assert (await task).value.person_id == "zoe"

    asyncio.run(main())


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"waiting": -1}, {"longest_wait": timedelta(0)}])
def test_a_pool_of_nothing(wrong):
    """A pool without threads, a queue of less than nothing and no patience at all are refused."""
    with pytest.raises(InputError, match="threads must be at least 1"):
        aio.Cantine.open("memory://").sized(**wrong)


def test_a_system_without_threads(monkeypatch):
    """Where the system gives no thread the call is refused as busy, and the next one is made."""

    async def main():
        async with aio.Cantine.open("memory://") as house:
            (crew,) = house._threads._crews.values()

            def submit(*args):
                raise RuntimeError("can't start new thread")

            with monkeypatch.context() as patched:
                patched.setattr(crew._executor, "submit", submit)
                with pytest.raises(BusyError, match="gives no thread"):
                    await house.call(int)
            assert await house.call(int) == 0

    asyncio.run(main())


# --- cancellation ----------------------------------------------------------------------------------------------------


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_cancelled_while_it_runs():
    """A command that is cancelled while it runs is carried to its end; its repeat by the key has the same answer."""

    async def main():
        async with standing() as (house, store):
            task = await soon(visit(house, "form-1"))
            await inside(store)
            await cancelled(task)
            assert store.applied == 0
            store.let_go()
            again = await visit(house, "form-1")
            assert [one.id for one in await visits(house)] == [again.value.id]
            assert (await visit(house, "form-1")).replayed

    asyncio.run(main())


def test_cancelled_while_it_runs_without_a_key():
    """Control: the command was really begun: with another key its repeat is a second visit."""

    async def main():
        async with standing() as (house, store):
            task = await soon(visit(house, "form-1", person=None))
            await inside(store)
            await cancelled(task)
            store.let_go()
            await visit(house, "form-2", person=None)
            while store.applied < 2:
                await house.call(int)
            assert len(await visits(house)) == 2

    asyncio.run(main())


def test_cancelled_while_it_waits():
    """A command that is cancelled before a thread has it is never begun, and its place in the queue is free."""

    async def main():
        async with standing(threads=1, waiting=1) as (house, store):
            first = await soon(visit(house))
            await inside(store)
            for _ in range(3):
                await cancelled(await soon(visit(house, person="bob")))
            last = await soon(visit(house, person="eve"))
            store.let_go()
            await asyncio.gather(first, last)
            assert {one.person_id for one in await visits(house)} == {"zoe", "eve"}

    asyncio.run(main())


def test_cancelled_at_any_moment():
    """Wherever a request is cancelled it is finished or not begun: with its repeat there is one person for each."""

    async def main():
        house = in_front(HeldBack(None), threads=2, waiting=50)
        tasks = [await soon(person(house, f"form-{turns}")) for turns in range(20)]
        for turns, task in enumerate(tasks):
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        answers = [await person(house, f"form-{turns}") for turns in range(20)]
        assert sorted(await added(house)) == sorted(answer.value.id for answer in answers)
        await house.aclose()

    asyncio.run(main())


def test_a_timeout_ends_the_waiting_only():
    """``asyncio.timeout`` ends the waiting, not the command."""

    async def main():
        async with standing() as (house, store):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await visit(house, "form-1")
            store.let_go()
            assert (await visit(house, "form-1")).value.person_id == "zoe"
            assert len(await visits(house)) == 1

    asyncio.run(main())


def test_an_error_that_nobody_hears():
    """A refusal whose task was cancelled is dropped without a word; the loop complains of nothing."""

    async def main():
        said = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: said.append(context))
        async with standing() as (house, store):
            store.hold(reads=True)
            task = await soon(house.read.need(m.Person, "nobody"))
            await inside(store)
            await cancelled(task)
            store.let_go()
        assert said == []

    asyncio.run(main())


def test_a_loop_that_is_closed():
    """A command whose loop has ended meanwhile is carried to its end, and the house goes on in another loop."""
    store = HeldBack(None)
    house = in_front(store)
    store.hold()

    async def begin():
        await soon(visit(house, "form-1"))
        await inside(store)

    async def go_on():
        assert (await visit(house, "form-1")).value.person_id == "zoe"
        assert len(await visits(house)) == 1
        await house.aclose()

    asyncio.run(begin())
    store.let_go()
    asyncio.run(go_on())


def test_several_loops():
    """Two loops in two threads use one house, and a full queue of the one is emptied for the other."""
    store = HeldBack(None)
    house = in_front(store, threads=1, waiting=50)

    async def some(prefix):
        await asyncio.gather(*(person(house, f"{prefix}-{number}") for number in range(10)))

    loops = [threading.Thread(target=lambda name=name: asyncio.run(some(name))) for name in "ab"]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(PATIENCE)
    assert len(asyncio.run(added(house))) == 20
    asyncio.run(house.aclose())


def test_a_call_that_ends_an_iteration():
    """A StopIteration, which no future takes, comes as a RuntimeError in place of an answer that never comes."""

    async def main():
        async with aio.Cantine.open("memory://") as house:
            with pytest.raises(RuntimeError, match="StopIteration"):
                await house.call(next, iter(()))

    asyncio.run(main())


# --- closing ---------------------------------------------------------------------------------------------------------


def test_closing_waits_for_what_runs():
    """Closing refuses what waits and what comes, lets what runs end, and only then closes the store."""
    order = []

    class Store(HeldBack):
        def apply(self, change):
            super().apply(change)
            order.append("stored")

        def close(self):
            order.append("closed")
            super().close()

    async def main():
        store = Store(None)
        house = in_front(store, threads=1)
        order.clear()
        store.hold()
        running = await soon(visit(house))
        await inside(store)
        waiting = await soon(visit(house, person="bob"))
        closing = await soon(house.aclose())
        with pytest.raises(StorageError, match="closed; nothing was done"):
            await waiting
        with pytest.raises(StorageError, match="the house is closed"):
            await visit(house)
        await cancelled(closing)
        again = await soon(house.aclose())
        assert not again.done()
        assert order == []
        store.let_go()
        await again
        assert (await running).value.person_id == "zoe"
        assert order[-1] == "closed"
        assert order.count("closed") == 1
        await house.aclose()

    asyncio.run(main())


def test_a_house_that_does_not_open():
    """What ``open`` raises comes when it is awaited; it leaves no thread behind."""

    async def main():
        with pytest.raises(UrlError):
            await aio.Cantine.open("nothing://")
        with pytest.raises(UrlError):
            async with aio.Cantine.open("nothing://"):
                pass

    before = set(threading.enumerate())
    asyncio.run(main())
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_an_opening_opens_one_house():
    """What has opened a house opens no other one, which nobody would close: it is refused, and the first goes on."""

    async def main():
        opening = aio.Cantine.open("memory://")
        async with opening as house:
            with pytest.raises(InputError, match="opened a house already"):
                await opening
            with pytest.raises(InputError, match="opened a house already"):
                async with opening:
                    pass
            assert (await house.read.places()) == ()

    asyncio.run(main())


def test_an_opening_that_is_cancelled():
    """A house that is opened after its opening was cancelled is closed again."""
    closed, opening, go_on = threading.Event(), threading.Event(), threading.Event()

    class Store(HeldBack):
        def close(self):
            closed.set()

        @property
        def capabilities(self):
            opening.set()
            assert go_on.wait(PATIENCE)
            return super().capabilities

    async def main():
        task = await soon(aio.Cantine.open(Store(small_house.open_house().storage))._open())
        assert await asyncio.to_thread(opening.wait, PATIENCE)
        await cancelled(task)
        assert not closed.is_set()
        go_on.set()
        assert await asyncio.to_thread(closed.wait, PATIENCE)

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_has_threads_of_its_own(tmp_path):
    """After a fork the child uses the house with threads of its own, also where all of the parent's were at work."""

    async def in_the_child(house):
        async with house:
            return (await house.read.need(m.Person, "zoe")).id

    async def main():
        url = f"sqlite:///{tmp_path / 'house.db'}"
        house = aio.Cantine(small_house.open_house(url).cantine, threads=1, waiting=0)
        standing, go_on = threading.Event(), threading.Event()

        def stand():
            standing.set()
            go_on.wait(PATIENCE)

        task = await soon(house.call(stand))
        await asyncio.to_thread(standing.wait, PATIENCE)
        return house, task, go_on

    loop = asyncio.new_event_loop()
    house, task, go_on = loop.run_until_complete(main())
    child = os.fork()
    if child == 0:
        found = []
        thread = threading.Thread(target=lambda: found.append(asyncio.run(in_the_child(house))), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        os._exit(0 if found == ["zoe"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    go_on.set()
    loop.run_until_complete(task)
    loop.run_until_complete(house.aclose())
    loop.close()


def test_threads_are_not_more_than_asked_for():
    """So many calls run at once as there are threads, and not one more."""
    most, now, lock = [0], [0], threading.Lock()
    together = threading.Barrier(3)

    def work():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(PATIENCE)
        with lock:
            now[0] -= 1

    async def main():
        threads = Threads(3, 100, LONG)
        await asyncio.gather(*(threads.run(partial(work)) for _ in range(12)))
        await threads.close(lambda: None)

    asyncio.run(main())
    assert most == [3]
