"""The page on feeds over HTTP has the function, its values and the forms; the how-to works in three frameworks."""

from __future__ import annotations

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import attrs
import httpx

from cantinekit import feeds
from support.pages.reference import meaning_rows, page, rows, section

PAGE = page("feeds.md")
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "serve-feeds.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)


def test_the_function():
    """The signature, the paths and the media types are those of the code."""
    block = re.search(r"```text\n(.*?)\n```", section(PAGE, "answer_feed"), re.DOTALL)[1]
    written = re.sub(r"\(\s+|,\s+\)|\s+", lambda one: one[0].strip().replace(",", "") or " ", block)
    code = f"answer_feed{inspect.signature(feeds.answer_feed)}".replace("'", '"')
    assert re.sub(r"[\s\"]", "", written) == re.sub(r"[\s\"]", "", code)
    told = section(PAGE, "answer_feed")
    assert [cells for cells in rows(told) if cells[0].startswith(".")] == [
        [".ics`, or none of these", feeds.FORMATS[".ics"]],
        [".jsonld", feeds.FORMATS[".jsonld"]],
        [".json", feeds.FORMATS[".json"]],
    ]
    assert re.findall(r"`(\w+)/<id>`", told) == list(feeds.PUBLIC_KINDS)


def test_the_answer():
    """Each field of the answer is there, with its type and meaning."""
    assert rows(section(PAGE, "FeedResponse")) == meaning_rows(feeds.FeedResponse)
    assert len(attrs.fields(feeds.FeedResponse)) == 3


def test_two_frameworks_serve_what_the_page_shows():
    """FastAPI and WSGI: 200 with the bytes, 304 for the ETag, 404 for what is not there."""
    names: dict = {}
    for block in blocks():
        if "HttpResponse" not in block:
            exec(block, names)

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(names["app"]), base_url="http://x") as client:
            first = await client.get("/feeds/place/paris.ics")
            again = await client.get("/feeds/place/paris.ics", headers={"If-None-Match": first.headers["ETag"]})
            return [first, again, await client.get("/feeds/place/none.ics")]

    first, again, none = asyncio.run(ask())
    assert (first.status_code, again.status_code, none.status_code) == (200, 304, 404)
    assert first.headers["Content-Type"] == feeds.MEDIA_TYPE
    assert (b"SUMMARY:Soldering" in first.content, again.content) == (True, b"")
    told = []
    environ = {"PATH_INFO": "/feeds/place/paris.ics", "HTTP_IF_NONE_MATCH": first.headers["ETag"]}
    setup_testing_defaults(environ)
    body = names["feeds_wsgi"](environ, lambda status, headers: told.append((status, dict(headers)["ETag"])))
    assert (told, b"".join(body)) == ([("304 Not Modified", first.headers["ETag"])], b"")


def test_django_serves_what_the_page_shows(tmp_path):
    """Django, in a process of its own: its settings are one for each process."""
    setup = "from django.conf import settings\nsettings.configure(ALLOWED_HOSTS=['testserver'])\n"
    ask = (
        "from django.test import RequestFactory\n"
        "first = feeds_django(RequestFactory().get('/'), 'place/paris.ics')\n"
        "again = feeds_django(RequestFactory().get('/', headers={'If-None-Match': first['ETag']}), 'place/paris.ics')\n"
        "assert (first.status_code, again.status_code, again.content) == (200, 304, b''), first\n"
        "assert b'SUMMARY:Soldering' in first.content\n"
        "print('served')\n"
    )
    script = tmp_path / "serve.py"
    shown = [block for block in blocks() if "fastapi" not in block]
    script.write_text("\n".join([setup, *shown, ask]), encoding="utf-8")
    examples = Path(__file__).parents[2] / "docs" / "examples"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env={"PYTHONPATH": str(examples)})
    assert (done.stdout, done.stderr) == ("served\n", "")
