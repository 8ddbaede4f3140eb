"""The example application for tests: its house on a clock that stands, and a browser without a screen or a script."""

from __future__ import annotations

import json
import re
import warnings
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from itsdangerous import TimestampSigner

from cantinekit import Cantine, ManualClock
from cantinekit.backends.memory import MemoryStorage
from tiers_lieu.app import create_app
from tiers_lieu.seed import seed
from tiers_lieu.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it says that it will use another client one day
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from httpx import Response

MORNING = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
"""Half past nine in Nantes, on a Monday."""
ADDRESS = "http://testserver"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
KEY = re.compile(r'name="key" value="([^"]+)"')
PROBLEM = re.compile(r'<p class="problem"[^>]*>([^<]*)')
FLASH = re.compile(r'<p class="flash"[^>]*>([^<]*)')


@lru_cache(maxsize=1)
def seeded(at: datetime) -> MemoryStorage:
    """A store with the invented network as it is at an instant, made once; each test has a copy."""
    storage = MemoryStorage()
    seed(storage, Settings().payments, at)
    return storage


class Visitor:
    """Somebody with a browser, in which there is no JavaScript."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.page: Response | None = None

    def get(self, url: str, status: int = 200) -> str:
        """Open a page, and follow where it leads."""
        self.page = self.client.get(url)
        assert self.page.status_code == status, self.page.text
        return self.page.text

    def send(self, url: str, status: int = 200, **fields: object) -> str:
        """Send a form of the open page: the token and the key are those that stand in it, unless they are given."""
        self.page = self.client.post(url, data={**self.hidden, **fields})
        assert self.page.status_code == status, self.page.text
        return self.page.text

    @property
    def hidden(self) -> dict[str, str]:
        """The token and the first key of the open page."""
        text = self.page.text if self.page else ""
        return {name: found[1] for name, pattern in (("token", TOKEN), ("key", KEY)) if (found := pattern.search(text))}

    def sign_in(self, person: str) -> Visitor:
        """Choose who one is."""
        self.get("/sign-in")
        self.send("/sign-in", person=person)
        return self

    @property
    def url(self) -> str:
        """The path of the page that is open."""
        assert self.page is not None
        return self.page.url.path

    @property
    def problems(self) -> list[str]:
        """What the open page says was refused."""
        assert self.page is not None
        return PROBLEM.findall(self.page.text)

    @property
    def said(self) -> list[str]:
        """What the open page says at its top."""
        assert self.page is not None
        return [text.strip() for text in FLASH.findall(self.page.text)]


class Site:
    """The application with its house and its clock.

    Attributes:
        house: the house.
        clock: its clock.
        settings: how the application runs.
        app: the application.
    """

    def __init__(
        self, card: str = "fake://", at: datetime = MORNING, address: str = ADDRESS, seeded_at: datetime | None = None
    ) -> None:
        self.clock = ManualClock(at)
        self.settings = Settings(store="memory://", card=card, worker=False, address=address)
        self.house = Cantine.open(seeded(seeded_at or at).copy(), payments=self.settings.payments, clock=self.clock)
        self.app = create_app(self.house, self.settings)

    @classmethod
    def of(cls, house: Cantine, settings: Settings) -> Site:
        """The application on a house that is there."""
        site = cls.__new__(cls)
        site.house, site.settings, site.app = house, settings, create_app(house, settings)
        return site

    def session_of(self, person: str) -> str:
        """The cookie of somebody who signed in."""
        known = {"sign_in": self.app.state.sign_ins.begin(person), "token": "the token of this session"}
        data = b64encode(json.dumps({"person": person, **known}).encode())
        return TimestampSigner(self.settings.secret).sign(data).decode()

    @contextmanager
    def visitor(self, person: str | None = None, lang: str = "en") -> Iterator[Visitor]:
        """A browser of its own, signed in where a person is named."""
        with TestClient(self.app, headers={"Accept-Language": lang}) as client:
            visitor = Visitor(client)
            yield visitor.sign_in(person) if person else visitor
