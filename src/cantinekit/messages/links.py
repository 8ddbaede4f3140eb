"""Links to the pages of the host: where somebody who gets a message can see what it is about."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from cantinekit.common.telemetry import tell
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown
from cantinekit.messages.context import SUBJECTS
from cantinekit.messages.lookup import Lookup
from cantinekit.records import Attempt, Charge, JointAttempt, Refund, Subject

Links = Mapping[str, str] | Callable[[Subject], str | None]
"""Where a record is seen: URLs by the kind of record, each with ``{id}`` where its id stands, or a function."""
MAX_LINK = 2_000
"""The longest link, in characters."""
_PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]+")
"""What a URL is written with (RFC 3986, appendix A); no blank, quote, ``<`` or ``>``."""
log = logging.getLogger("cantinekit.notifiers")


def is_link(text: object) -> bool:
    """Whether a text is an absolute URL of the web.

    Args:
        text: the text.
    """
    if not isinstance(text, str) or len(text) > MAX_LINK or not _PLAIN.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def check_links(links: Links | None) -> Links | None:
    """Refuse links that could lead nowhere.

    Args:
        links: what a host gave.

    Raises:
        InputError: neither a mapping nor a function, a kind of record that no message is about, or a URL that is no
            absolute one of the web, or has another hole than ``{id}``; all of them are listed.
    """
    if links is None or callable(links):
        return links
    if not isinstance(links, Mapping):
        raise InputError("links are URLs by the kind of record, or a function of a Subject")
    problems = []
    for kind, url in links.items():
        if kind not in SUBJECTS:
            problems.append(f"no message is about {shown(kind)}; there are {', '.join(sorted(SUBJECTS))}")
        elif not isinstance(url, str) or not is_link(url.replace("{id}", "1")):
            problems.append(f"{kind}: an absolute http(s) URL is needed, with {{id}} for the id, not {shown(url)}")
    if problems:
        raise InputError("links: " + "; ".join(problems))
    return dict(links)


def link_to(lookup: Lookup, subject: Subject, links: Links | None) -> str:
    """The link to the record of a message, or to what it is for; empty where the host has none.

    What is no link never keeps a message back: it goes without, and the log says so.

    Args:
        lookup: reads the records.
        subject: the record that the message is about.
        links: what the host gave.
    """
    if links is None:
        return ""
    for about in _abouts(lookup, subject):
        found = _one(about, links)
        if found:
            return found
    return ""


def _one(about: Subject, links: Links) -> str:
    if not callable(links):
        return links.get(about.kind, "").replace("{id}", quote(about.id, safe=""))
    try:
        found = links(about)
    except Exception as error:  # the host's: whatever goes wrong in it, the person is told all the same
        named, name = "%s %s goes without a link: %s", type(error).__name__
        tell(log, logging.WARNING, "link.left_out", named, about.kind, about.id, name, kind=about.kind, error=name)
        return ""
    if not found:
        return ""
    if not is_link(found):
        named = "%s %s goes without a link: it is no absolute http(s) URL"
        tell(log, logging.WARNING, "link.left_out", named, about.kind, about.id, kind=about.kind)
        return ""
    return found


def _abouts(lookup: Lookup, subject: Subject) -> Iterator[Subject]:
    """A record; of a payment also the charge, and what that is for."""
    yield subject
    charge_id = _charge_of(lookup, subject)
    if charge_id is not None:
        if subject.kind != Charge.kind:
            yield Subject(Charge.kind, charge_id)
        yield lookup.get(Charge, charge_id).subject


def _charge_of(lookup: Lookup, subject: Subject) -> str | None:
    found: str | None = None
    if subject.kind == Charge.kind:
        found = subject.id
    elif subject.kind in (Attempt.kind, Refund.kind):
        found = lookup.get(Attempt if subject.kind == Attempt.kind else Refund, subject.id).charge_id
    elif subject.kind == JointAttempt.kind:
        found = lookup.get(JointAttempt, subject.id).parts[0].charge_id
    return found


__all__ = ["MAX_LINK", "Links", "check_links", "is_link", "link_to"]
