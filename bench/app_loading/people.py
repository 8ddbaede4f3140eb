"""People at their browsers: they look, register, book, buy, pay or do not, click twice, go back and give things up.

Each has a browser of their own, with cookies and without JavaScript, and reads the pages as they come. All of them want
the same few rooms and seats at the same time, so that most of what they ask for is a race.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import attrs
import httpx

from app_loading.verified import Told

FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
INPUT = re.compile(r"<(input|button)\b([^>]*)>")
OPTION = re.compile(r'<option value="([^"]*)"')
LINK = re.compile(r'href="([^"]+)"')
PROBLEM = re.compile(r'<p class="problem"[^>]*>([^<]*)')
ID = re.compile(r"^(?:\w+_[0-9a-f]{8,}|[\w-]+\.[\w-]+|p\d+|\w+~.*)$")
REFUSED = (409, 422)
ROOMS = ("nantes.ada", "nantes.loire", "nantes.cour", "nantes.rue", "nantes.grande")
TURN = 6.0
"""Seconds for which everybody wants the same room and the same seat."""
LONGEST = 90.0
"""Seconds for which somebody sends a form again while nothing answers."""


class Form(NamedTuple):
    """A form of a page: where it goes, its hidden fields, what else can be chosen in it."""

    action: str
    fields: dict[str, str]
    choices: dict[str, list[str]]


class Shown(NamedTuple):
    """What a browser shows: the status of the page, its address and its text."""

    status: int
    url: str
    text: str

    @property
    def forms(self) -> list[Form]:
        return [_form(unescape(head), body, self.url) for head, body in FORM.findall(self.text)]

    def form(self, beginning: str) -> Form | None:
        """The first form that goes to an address with this beginning and has a key: it does something."""
        return next((one for one in self.forms if one.action.startswith(beginning) and "key" in one.fields), None)

    def links(self, beginning: str) -> list[str]:
        return [found for found in map(unescape, LINK.findall(self.text)) if found.startswith(beginning)]


def _form(head: str, body: str, url: str) -> Form:
    fields: dict[str, str] = {}
    choices: dict[str, list[str]] = defaultdict(list)
    for tag, attributes in INPUT.findall(body):
        given = {name: unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
        if "name" not in given:
            continue
        if given.get("type") == "hidden":
            fields[given["name"]] = given.get("value", "")
        elif tag == "button" or given.get("type") in ("radio", "checkbox"):
            choices[given["name"]].append(given.get("value", ""))
    if found := OPTION.findall(body):
        choices["product"] = found
    return Form(dict(ATTRIBUTE.findall(head)).get("action") or urlsplit(url).path, fields, choices)


@attrs.define
class Tally:
    """What came of the requests of everybody.

    Attributes:
        took: seconds of each answer, by page.
        statuses: how often each status came, by page.
        refusals: what pages said was refused, without names and numbers, and how often.
        errors: what no page may answer, each with its text.
        lost: requests that got no answer, by page and by what was wrong with the connection.
        told: which forms were sent, and what they were answered with.
        done: what people did, and how often.
        sending: how many forms are on their way now.
    """

    took: dict[str, list[float]] = attrs.Factory(lambda: defaultdict(list))
    statuses: dict[str, Counter[int]] = attrs.Factory(lambda: defaultdict(Counter))
    refusals: Counter[str] = attrs.Factory(Counter)
    errors: list[str] = attrs.Factory(list)
    lost: Counter[str] = attrs.Factory(Counter)
    told: list[Told] = attrs.Factory(list)
    done: Counter[str] = attrs.Factory(Counter)
    sending: int = 0


@attrs.define(kw_only=True)
class World:
    """What people know of the place.

    Attributes:
        sites: the addresses of the processes of the application.
        bank: the address of the bank.
        today: the present day at the place.
        sessions: ids of the sessions for which everybody wants to register, the first one first.
        seconds: how long the load lasts.
        pause: how many seconds somebody looks at a page, on average.
        began: when the load began, by the monotonic clock.
        down: how many seconds a process of the application was not there.
        tally: what came of it.
    """

    sites: Sequence[str]
    bank: str
    today: date
    sessions: Sequence[str]
    seconds: float
    pause: float
    began: float = 0.0
    down: float = 0.0
    tally: Tally = attrs.Factory(Tally)

    @property
    def over(self) -> bool:
        return time.monotonic() - self.began > self.seconds + self.down

    @property
    def turn(self) -> int:
        """The number of what everybody wants now."""
        return int((time.monotonic() - self.began) / TURN)


class Browser:
    """A browser: it follows where answers lead, and measures each of them."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.site = world.sites[number % len(world.sites)]
        self.client = httpx.AsyncClient(timeout=60, headers={"Accept-Language": "en"}, follow_redirects=False)

    async def get(self, url: str) -> Shown:
        return await self._follow(await self._ask("GET", url))

    async def send(self, form: Form, who: str, /, **chosen: str) -> Shown:
        """Send a form, again and again while nothing answers, and follow where the answer leads."""
        told, key = self.world.tally.told, form.fields.get("key")
        if key is not None:
            told.append(Told(who, key, form.action))
        answer = await self._ask("POST", form.action, {**form.fields, **chosen})
        if key is not None and answer.status_code == 303:
            told.append(Told(who, key, form.action, answer.headers["location"]))
        return await self._follow(answer)

    async def _follow(self, answer: httpx.Response) -> Shown:
        for _ in range(5):
            if answer.status_code != 303:
                break
            answer = await self._ask("GET", answer.headers["location"])
        return Shown(answer.status_code, str(answer.url), answer.text)

    async def _ask(self, method: str, url: str, data: dict[str, str] | None = None) -> httpx.Response:
        tally = self.world.tally
        whole = url if url.startswith("http") else self.site + url
        page = f"{method} {self._page(whole)}"
        end = time.monotonic() + LONGEST
        while True:
            begun = time.perf_counter()
            tally.sending += method == "POST"
            try:
                answer = await self.client.request(method, whole, data=data)
                break
            except httpx.TransportError as problem:
                tally.lost[f"{page}: {type(problem).__name__} {problem}".strip()] += 1
                if time.monotonic() > end:
                    tally.errors.append(f"{page}: no answer in {LONGEST:.0f} s: {problem!r}")
                    raise
            finally:
                tally.sending -= method == "POST"
            await asyncio.sleep(random.uniform(0.5, 1.5))
        tally.took[page].append(time.perf_counter() - begun)
        tally.statuses[page][answer.status_code] += 1
        self._judge(page, answer)
        return answer

    def _page(self, url: str) -> str:
        parts = urlsplit(url)
        if url.startswith(self.world.bank):
            return "the bank"
        return "/".join("{}" if ID.match(part) else part for part in parts.path.split("/")) or "/"

    def _judge(self, page: str, answer: httpx.Response) -> None:
        """A refusal that a page shows is what the page is for; anything else that is no page is an error."""
        tally = self.world.tally
        said = [re.sub(r"\d[\d:,.]*", "#", text).strip() for text in map(unescape, PROBLEM.findall(answer.text))]
        if answer.status_code in REFUSED and said and answer.request.method == "POST":
            tally.refusals[f"{page}: {said[0]}"] += 1
        elif answer.status_code in REFUSED and said:
            tally.refusals[f"{page} (would be): {said[0]}"] += 1
        elif answer.status_code not in (200, 303):
            tally.errors.append(f"{page}: {answer.status_code} {' '.join(said) or answer.text[:200]}")

    async def pause(self) -> None:
        await asyncio.sleep(random.expovariate(1 / self.world.pause))

    async def close(self) -> None:
        await self.client.aclose()


class Person:
    """Somebody of the network."""

    def __init__(self, world: World, number: int, id: str) -> None:
        self.world, self.id = world, id
        self.dice = random.Random(f"{number} {id}")
        self.browser = Browser(world, number)
        self.left: list[str] = []

    async def live(self) -> None:
        """Sign in, and do one thing after the other until the load is over."""
        try:
            await asyncio.sleep(self.dice.uniform(0, self.world.pause))
            await self._sign_in()
            while not self.world.over:
                what = self.choose()
                self.world.tally.done[what] += 1
                await getattr(self, what)()
                await self.browser.pause()
        except httpx.TransportError:
            return  # it is among the errors
        finally:
            await self.browser.close()

    def choose(self) -> str:
        names = ["look", "book", "register", "buy", "settle_up", "give_up", "pay_late", "sign_in_again"]
        return self.dice.choices(names, [18, 30, 24, 6, 10, 14, 6, 2])[0]

    # --- what people do ---

    async def _sign_in(self) -> None:
        page = await self.browser.get("/sign-in")
        form = next((one for one in page.forms if one.action == "/sign-in"), None)
        if form is not None:
            await self.browser.send(form, self.id, person=self.id)

    async def sign_in_again(self) -> None:
        await self._sign_in()

    async def look(self) -> None:
        """The programme, a session, the grid of a day."""
        week = self.world.today + timedelta(weeks=self.dice.randrange(4))
        page = await self.browser.get(f"/?place={self._place()}&week={week:%G-W%V}")
        if sessions := page.links("/sessions/"):
            await self.browser.pause()
            await self.browser.get(self.dice.choice(sessions))
        await self.browser.pause()
        await self.browser.get(self._rooms())

    def _rooms(self) -> str:
        """The rooms of a day with the prices of an hour."""
        starts = self.dice.randint(9, 18)
        return f"/rooms?place={self._place()}&day={self._day()}&starts={starts:02}:00&ends={starts + 1:02}:00"

    def _place(self) -> str:
        return self.dice.choices(["nantes", "rennes", "saint-denis"], [6, 3, 1])[0]

    def _day(self) -> date:
        return self.world.today + timedelta(days=self.dice.randint(1, 12))

    async def book(self) -> None:
        """Book a room: the one that everybody wants, or one of the grid; click twice, or send the form again later."""
        if self.dice.random() < 0.7:
            turn = self.world.turn
            starts = 9 + turn * 3 % 10
            day = self.world.today + timedelta(days=2 + turn % 40)
            url = f"/rooms/{ROOMS[turn % len(ROOMS)]}?day={day}&starts={starts:02}:00&ends={starts + 1:02}:00"
        else:
            grid = await self.browser.get(self._rooms())
            if not (offers := [link for link in grid.links("/rooms/") if "ends=" in link]):
                return
            url = self.dice.choice(offers)
            await self.browser.pause()
        await self._take(await self.browser.get(url), "/rooms/")

    async def register(self) -> None:
        """Ask for a seat: at the session that everybody wants, or at another one."""
        sessions = self.world.sessions
        id = sessions[self.world.turn % len(sessions)] if self.dice.random() < 0.7 else self.dice.choice(sessions)
        page = await self.browser.get(f"/sessions/{id}")
        form = page.form("/sessions/")
        chosen = {"option": "materials"} if form and "option" in form.choices and self.dice.random() < 0.3 else {}
        await self._take(page, "/sessions/", **chosen)

    async def buy(self) -> None:
        """Buy a carnet."""
        await self._take(await self.browser.get("/me"), "/me/buy", product="carnet")

    async def settle_up(self) -> None:
        """Pay what is owed, from the member's area."""
        page = await self.browser.get("/me")
        if owed := page.links("/pay/"):
            await self.browser.pause()
            await self._pay(await self.browser.get(self.dice.choice(owed)))

    async def give_up(self) -> None:
        """Give up a booking or a seat, with what that costs said before."""
        page = await self.browser.get("/me")
        if mine := page.links("/me/cancel/"):
            await self.browser.pause()
            page = await self.browser.get(self.dice.choice(mine))
            if form := page.form("/me/cancel/"):
                await self.browser.pause()
                await self._click(form)

    async def pay_late(self) -> None:
        """Pay on a page of the bank that was left open, whatever has become of what it is for."""
        if self.left:
            await self._at_bank(await self.browser.get(self.left.pop(0)), ["pay"])

    # --- forms and payments ---

    async def _take(self, page: Shown, beginning: str, /, **chosen: str) -> None:
        if (form := page.form(beginning)) is None:
            return
        await self.browser.pause()
        page = await self._click(form, **chosen)
        await self._pay(page)
        if self.dice.random() < 0.08:  # back, and the same form again
            await self.browser.send(form, self.id, **chosen)

    async def _click(self, form: Form, /, **chosen: str) -> Shown:
        """Click, in one case of seven twice."""
        clicks = 2 if self.dice.random() < 0.15 else 1
        return (await asyncio.gather(*(self.browser.send(form, self.id, **chosen) for _ in range(clicks))))[-1]

    async def _pay(self, page: Shown) -> None:
        """Go on from where a form led: to the bank, or to the page of what is owed, which leads there."""
        for _ in range(3):
            if page.url.startswith(self.world.bank):
                page = await self._at_bank(page, ["pay", "decline", "leave", "late", "back"], [62, 12, 10, 8, 8])
                if page is None:
                    return
            elif "/pay/" in page.url and page.status == 200:
                at_bank = page.links(self.world.bank)
                form = page.form("/pay/")
                if (not at_bank and form is None) or self.dice.random() < 0.4:
                    return
                await self.browser.pause()
                page = await self.browser.get(at_bank[0]) if at_bank else await self._click(form)
            else:
                return

    async def _at_bank(self, page: Shown, choices: list[str], weights: list[int] | None = None) -> Any:
        form = next(iter(page.forms), None)
        what = self.dice.choices(choices, weights)[0]
        if form is None:
            return None  # it was paid or declined already
        self.world.tally.done[f"bank: {what}"] += 1
        if what == "leave":
            self.left.append(page.url)
            return None
        await self.browser.pause()
        to = form._replace(action=self.world.bank + form.action)
        sent = {"do": what, "seconds": str(self.dice.randint(1, 4))}
        clicks = 2 if self.dice.random() < 0.1 else 1
        return (await asyncio.gather(*(self.browser.send(to, self.id, **sent) for _ in range(clicks))))[-1]


class Staff(Person):
    """Somebody at the front desk."""

    def __init__(self, world: World, number: int, id: str, people: Sequence[str]) -> None:
        super().__init__(world, number, id)
        self.people = people

    def choose(self) -> str:
        board = ["figures"] if self.id == "karim" else []
        return self.dice.choice(["come", "come", "come", "go", "go", "at_the_desk", *board])

    async def come(self) -> None:
        """Look for somebody by name, and check them in."""
        page = await self.browser.get(f"/desk?place=nantes&q={self.dice.choice(self.people)}")
        if form := page.form("/desk/check-in"):
            await self.browser.pause()
            found = [one for one in form.choices["person"] if one]
            chosen = {"person": self.dice.choice(found)} if found else {}
            await self._click(form, product=self.dice.choice(form.choices["product"]), **chosen)

    async def go(self) -> None:
        """Check somebody out."""
        await self._one("/desk/check-out/")

    async def at_the_desk(self) -> None:
        """Take money, note who came, undo it, sell a longer stay."""
        kinds = ["/desk/pay/", "/desk/seat/", "/desk/arrived/", "/desk/not-arrived/", "/desk/undo/", "/desk/upgrade/"]
        await self._one(self.dice.choice(kinds))

    async def _one(self, beginning: str) -> None:
        page = await self.browser.get("/desk?place=nantes")
        if forms := [one for one in page.forms if one.action.startswith(beginning)]:
            form = self.dice.choice(forms)
            await self.browser.pause()
            await self._click(form, **{name: values[0] for name, values in form.choices.items() if values})

    async def figures(self) -> None:
        """The figures and the week, of those who administer."""
        await self.browser.get(self.dice.choice(["/admin/figures", "/admin/week", "/admin/bills"]))


async def all_live(world: World, people: Sequence[Person]) -> None:
    """Let everybody do what they do until the load is over."""
    async with asyncio.TaskGroup() as group:
        for one in people:
            group.create_task(one.live())
