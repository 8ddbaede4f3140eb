"""``cantinekit.aio`` under Starlette: lifespan, double clicks, refusals, and clients that go away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from cantinekit import aio
from cantinekit import commands as c
from cantinekit import records as m
from cantinekit.cantine import random_ids
from cantinekit.errors import BusyError, StorageError
from support.houses import small_house
from support.stores.held_back import PATIENCE, HeldBack


async def check_in(request):
    """A page that checks somebody in, by the key of its form."""
    command = c.CheckIn(place_id="paris", product_id="half-day", person_id=request.query_params["who"], account="desk")
    try:
        done = await request.state.house.execute(command, actor="web", idempotency_key=request.query_params["key"])
    except BusyError:
        return JSONResponse({"error": "busy"}, 503)
    return JSONResponse({"id": done.value.id, "replayed": done.replayed})


async def told_as_it_happens(request):
    """A page that is sent piece by piece, the command in the middle of it."""

    async def pieces():
        yield "one moment\n"
        command = c.CheckIn(place_id="paris", product_id="half-day", person_id="zoe", account="desk")
        done = await request.state.house.execute(command, actor="web", idempotency_key="form-1")
        yield done.value.id

    return StreamingResponse(pieces())


def application(store, **settings):
    """The application, whose house is open as long as it runs."""

    @asynccontextmanager
    async def lifespan(app):
        async with aio.Cantine(app.state.house, **settings) as house:
            yield {"house": house}

    app = Starlette(
        routes=[Route("/in", check_in, methods=["POST"]), Route("/told", told_as_it_happens)], lifespan=lifespan
    )
    store.inner = small_house.open_house().storage
    app.state.house = small_house.open_house(store, furnished=False, ids=random_ids).cantine
    return app


class Server:
    """Sends requests to an application that runs; the state of its lifespan is theirs."""

    def __init__(self, app):
        self.app, self.state = app, {}

    async def __call__(self, scope, receive, send):
        await self.app({**scope, "state": self.state.copy()}, receive, send)

    def client(self):
        return httpx.AsyncClient(transport=httpx.ASGITransport(self), base_url="http://house")


@asynccontextmanager
async def running(store, **settings):
    app = application(store, **settings)
    server = Server(app)
    try:
        async with app.router.lifespan_context(app) as state:
            server.state.update(state)
            async with server.client() as client:
                try:
                    yield server, client
                finally:
                    store.let_go()
    finally:
        store.let_go()


def form(who="zoe", key="form-1"):
    return {"who": who, "key": key}


async def inside(store):
    assert await asyncio.to_thread(store.inside.acquire, timeout=PATIENCE)


async def visits(server):
    return [one async for one in server.state["house"].read.find(m.Visit, "place")]


def test_a_double_click():
    """Both clicks of a double click get the same visit; the house is open as long as the application runs."""
    store = HeldBack(None)

    async def main():
        async with running(store) as (server, client):
            answers = await asyncio.gather(*(client.post("/in", params=form()) for _ in range(2)))
            assert len({answer.json()["id"] for answer in answers}) == 1
            assert sorted(answer.json()["replayed"] for answer in answers) == [False, True]
            assert len(await visits(server)) == 1
            house = server.state["house"]
        with pytest.raises(StorageError, match="closed"):
            await house.read.get(m.Visit, "x")

    asyncio.run(main())


def test_too_many_at_once():
    """With all threads at work and the queue full a page is answered at once, with 503; nothing of it is done."""
    store = HeldBack(None)

    async def main():
        async with running(store, threads=1, waiting=0) as (server, client):
            store.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: client.post("/in", params=form()))
                await inside(store)
                assert (await client.post("/in", params=form("bob", "form-2"))).status_code == 503
                store.let_go()
            assert [one.person_id for one in await visits(server)] == ["zoe"]

    asyncio.run(main())


def test_a_request_that_is_cancelled():
    """A request that anyio cancels while its command runs ends at once; the command is done, and its repeat has it."""
    store = HeldBack(None)

    async def main():
        async with running(store) as (server, client):
            store.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: client.post("/in", params=form()))
                await inside(store)
                group.cancel_scope.cancel()
            assert store.applied == 0
            store.let_go()
            again = (await client.post("/in", params=form())).json()
            assert [one.id for one in await visits(server)] == [again["id"]]

    asyncio.run(main())


def test_a_client_that_goes_away():
    """A client that disconnects while its command runs: the answer ends, the command is done, its repeat has it."""
    store = HeldBack(None)

    async def main():
        async with running(store) as (server, client):
            store.hold()
            gone, sent = asyncio.Event(), []
            scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1"}
            scope |= {"method": "GET", "path": "/told", "query_string": b"", "headers": [], "root_path": ""}

            async def receive():
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message):
                sent.append(message)

            request = asyncio.create_task(server(scope, receive, send))
            await inside(store)
            gone.set()
            await request
            assert [one.get("body") for one in sent] == [None, b"one moment\n"]
            assert store.applied == 0
            store.let_go()
            again = (await client.post("/in", params=form())).json()
            assert [one.id for one in await visits(server)] == [again["id"]]

    asyncio.run(main())


def test_an_application_that_ends():
    """The end of the application waits for a command whose client has gone: it is stored when the house is closed."""
    store, order = HeldBack(None), []

    async def main():
        async with running(store) as (server, client):
            store.hold()
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: client.post("/in", params=form()))
                await inside(store)
                group.cancel_scope.cancel()
            closing = server.state["house"].sync.close
            server.state["house"].sync.close = lambda: (order.append(store.applied), closing())
            assert store.applied == 0

    asyncio.run(main())
    assert order == [store.applied]
    assert store.applied >= 1
