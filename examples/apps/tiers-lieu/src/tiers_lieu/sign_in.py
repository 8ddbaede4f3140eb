"""Signing in by choosing who one is, which is for demonstrations; signing out; the language."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import APIRouter, Response

from cantinekit.records import Person
from tiers_lieu.seed import REGULARS, ROLES, is_seeded
from tiers_lieu.web import Here, NotAllowed, Page, Sent, inside
from tiers_lieu.words import LANGS

router = APIRouter()


@router.get("/sign-in")
def choose(page: Here, back: str = "/me") -> Response:
    """The people of the house; of the invented network those whose pages have most to show."""
    if not page.settings.demo:
        return page.show("problem.html", status=403, text=page.say("no sign in"))
    hidden = REGULARS if is_seeded(page.house) else frozenset()
    people = [one for one in page.read.people(limit=50).items if one.id not in hidden]
    return page.show("sign_in.html", people=people, roles=ROLES, back=inside(back))


@router.post("/sign-in")
def signed_in(page: Here, form: Sent) -> Response:
    """Remember who it is, in a session that begins anew."""
    if not page.settings.demo:
        raise NotAllowed
    sign_in(page, page.read.need(Person, form.text("person")))
    return page.go(inside(form.text("back"), "/me"))


def sign_in(page: Page, person: Person) -> None:
    """Begin a session of somebody, who has proved who they are."""
    _begin_anew(page)
    known = {"person": person.id, "sign_in": page.sign_ins.begin(person.id), "token": secrets.token_urlsafe(24)}
    page.request.session.update(known)


@router.post("/sign-out")
def signed_out(page: Here, form: Sent) -> Response:
    """Forget who it is, here and on each other device, and what was to be said to them on the next page."""
    if page.person is not None:
        page.sign_ins.end(page.person.id)
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
