"""Signing in by choosing who one is, which is for demonstrations; signing out; the language."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Response

from cantinekit.records import Person
from tiers_lieu.seed import ROLES
from tiers_lieu.web import Here, NotAllowed, Page, Sent, inside
from tiers_lieu.words import LANGS

router = APIRouter()


@router.get("/sign-in")
def choose(page: Here, back: str = "/me") -> Response:
    """The people of the invented network."""
    if not page.settings.demo:
        return page.show("problem.html", status=403, text=page.say("no sign in"))
    return page.show("sign_in.html", people=page.read.people(limit=50).items, roles=ROLES, back=inside(back))


@router.post("/sign-in")
def signed_in(page: Here, form: Sent) -> Response:
    """Remember who it is, in a session that begins anew."""
    if not page.settings.demo:
        raise NotAllowed
    person = page.read.need(Person, form.text("person"))
    _begin_anew(page)
    page.request.session.update({"person": person.id, "token": secrets.token_urlsafe(24)})
    return page.go(inside(form.text("back"), "/me"))


@router.post("/sign-out")
def signed_out(page: Here, form: Sent) -> Response:
    """Forget who it is, and what was to be said to them on the next page."""
    _begin_anew(page)
    return page.go("/")


def _begin_anew(page: Page) -> None:
    """Keep nothing of the session but how somebody reads the pages."""
    session = page.request.session
    kept: dict[str, Any] = {name: session[name] for name in ("lang", "place") if name in session}
    session.clear()
    session.update(kept)


@router.get("/lang/{lang}")
def language(page: Here, lang: str, back: str = "/") -> Response:
    """Read on in another language."""
    if lang in LANGS:
        page.request.session["lang"] = lang
    return page.go(inside(back))
