"""Links, ids and HTML of messages: where a host shows what a message is about, and the page that goes with a text."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit import Cantine
from cantinekit import commands as c
from cantinekit.backends.notices import RecordingNotifier, Sender, SmtpNotifier, open_smtp
from cantinekit.errors import InputError, NotifierError
from cantinekit.messages import EVERY, LANGUAGES, TEXTS, render, render_html, words_of
from cantinekit.messages.links import MAX_LINK, Links, check_links, is_link, link_to
from cantinekit.plugins.ports import Message
from cantinekit.records import Subject
from cantinekit.urls import BackendUrl
from support.houses.small_house import open_house, period
from support.run.soak import examples
from support.servers.mail_server import MailServer

PAGES = {"booking": "https://cantine.example/bookings/{id}?lang=fr&x=1"}
HTML = "<!DOCTYPE html>\n<html><body><p>Bonjour &lt;Zoé&gt;, à demain.</p></body></html>\n"


class Seen(HTMLParser):
    """The marks of a page, where its links go, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def booked(links: Links | None = None, **more: Any) -> Message:
    """The message on a booking, of a house with these links."""
    mail = RecordingNotifier()
    house = open_house()
    cantine = Cantine.open(
        house.storage,
        payments={"desk": "manual://"},
        notify=[mail],
        clock=house.clock,
        links=links,
        effects="all",
        **more,
    )
    book = c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk")
    booking = cantine.execute(book, actor="desk:ana").value
    cantine.close()
    (message,) = mail.messages
    assert booking.id.startswith("bkg_")
    return message


def test_a_message_has_the_link_that_the_host_gives() -> None:
    """The URL of the kind of the record stands below the text with the id in it, and can be followed in the HTML."""
    message = booked(PAGES)
    link = re.search(r"https://\S+", message.text)
    assert link is not None
    assert re.fullmatch(r"https://cantine\.example/bookings/bkg_\w+\?lang=fr&x=1", link[0])
    assert message.text.endswith(f"See it online: {link[0]}\n")
    assert Seen(message.html).links == [link[0]]
    assert f'href="{link[0].replace("&", "&amp;")}"' in message.html


def test_no_link_is_invented() -> None:
    """Without links, with those of another kind, and where a function gives none, no text and no page has one."""
    for links in (None, {}, {"pass": "https://cantine.example/{id}"}, lambda about: None, lambda about: ""):
        message = booked(links)
        assert "http" not in message.text
        assert Seen(message.html).links == []


def test_a_function_is_asked_for_the_subject() -> None:
    """A host's function hears of the kind and the id of the record, and gives the whole link."""
    asked: list[Subject] = []

    def found(about: Subject) -> str:
        asked.append(about)
        return f"https://cantine.example/{about.kind}"

    assert booked(found).text.endswith("See it online: https://cantine.example/booking\n")
    assert [about.kind for about in asked] == ["booking"]


def test_an_id_cannot_lead_elsewhere() -> None:
    """Whatever an id has in it is escaped in the URL, so that it stays within its part of the path."""
    house = open_house()
    mail = RecordingNotifier()
    cantine = Cantine.open(
        house.storage,
        payments={"desk": "manual://"},
        notify=[mail],
        clock=house.clock,
        links={"booking": "https://cantine.example/b/{id}"},
        effects="all",
        ids=lambda prefix: f"{prefix}/../?x=<y>&é#{len(mail.messages)}{next(counting)}",
    )
    counting = iter(range(100))
    book = c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk")
    cantine.execute(book, actor="desk:ana")
    (link,) = Seen(mail.messages[0].html).links
    assert link is not None
    assert is_link(link)
    assert re.fullmatch(r"https://cantine\.example/b/bkg%2F\.\.%2F%3Fx%3D%3Cy%3E%26%C3%A9%23\d+", link)
    assert link in mail.messages[0].text


@pytest.mark.parametrize(
    "given",
    [
        "javascript:alert(1)",
        "/bookings/1",
        "https://",
        "https://a b.example",
        'https://x.example/"onclick="',
        "https://x.example/\r\nBcc: eve@example.org",
        "https://x.example/é",
        "https://[x.example/",
        "https://x.example/" + "x" * MAX_LINK,
        b"https://x.example/",
    ],
)
def test_what_is_no_link_keeps_no_message_back(given: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A function that gives something else than a URL of the web: the message goes without, and the log says so."""
    with caplog.at_level(logging.WARNING, "cantinekit"):
        message = booked(lambda about: given)
    assert Seen(message.html).links == []
    assert "See it online" not in message.text
    assert "goes without a link: it is no absolute http(s) URL" in caplog.text
    assert str(given) not in caplog.text


def test_a_function_that_fails_keeps_no_message_back(caplog: pytest.LogCaptureFixture) -> None:
    """A function that raises: the message goes without a link, and the log has the class of the error alone."""

    def fails(about: Subject) -> str:
        raise RuntimeError("secret of the host")

    with caplog.at_level(logging.WARNING, "cantinekit"):
        assert "See it online" not in booked(fails).text
    assert "goes without a link: RuntimeError" in caplog.text
    assert "secret of the host" not in caplog.text


def test_links_that_lead_nowhere_are_refused_when_the_house_opens() -> None:
    """All mistakes are told at once: a kind that no message is about, a URL that is none, another hole."""
    wrong: Any = {"bookng": "https://x.example/{id}", "pass": "/{id}", "order": "https://x.example/{order}", "gift": 7}
    with pytest.raises(InputError) as caught:
        Cantine.open("memory://", links=wrong)
    text = str(caught.value)
    assert "no message is about 'bookng'; there are attempt, booking, booking_series, charge" in text
    for kind in ("pass", "order", "gift"):
        assert f"{kind}: an absolute http(s) URL is needed, with {{id}} for the id" in text
    bad: Any = ["https://x.example"]
    with pytest.raises(InputError, match="by the kind of record, or a function"):
        check_links(bad)


def test_a_payment_leads_to_what_is_paid() -> None:
    """A message on money leads to the page of the payment, else of the charge, else of what it is for."""
    house = open_house()
    booking = house.do(
        c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk")
    ).value
    refund = house.do(c.CancelBooking(booking.id)).refunds[0]
    site = "https://x.example"
    for subject in (Subject("refund", refund.id), Subject("attempt", refund.attempt_id)):
        pages = {"booking": f"{site}/b/{{id}}"}
        assert link_to(house.cantine._engine, subject, pages) == f"{site}/b/{booking.id}"
        pages |= {"charge": f"{site}/c/{{id}}"}
        assert link_to(house.cantine._engine, subject, pages) == f"{site}/c/{refund.charge_id}"
        pages |= {subject.kind: f"{site}/own/{{id}}"}
        assert link_to(house.cantine._engine, subject, pages) == f"{site}/own/{subject.id}"
    assert link_to(house.cantine._engine, Subject("charge", refund.charge_id), {"booking": f"{site}/{{id}}"})


def test_a_text_says_itself_where_the_link_stands() -> None:
    """A text of the host that has $link has it there, and not below; ids may be used in every text."""
    own = {"booking confirmed": {"en": ("$what ($kind $id)", "See $link for $what.\n")}}
    message = booked(PAGES, messages=own)
    assert re.fullmatch(r"Salle B \(booking bkg_\w+\)", message.subject)
    assert re.fullmatch(r"See https://\S+ for Salle B\.\n", message.text)
    assert "See  for Salle B." in booked(None, messages=own).text


# --- HTML ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", TEXTS)
def test_the_page_says_what_the_text_says(template: str) -> None:
    """In each language the HTML of a message has the words of its text, in paragraphs, and its language."""
    for lang in LANGUAGES:
        words = {word: f"{word} <b>&\n2" for word in (*words_of(template), "id", "kind")}
        words["link"] = "https://x.example/?a=1&b=2"
        subject, text = render(template, lang, words)
        page = render_html(template, lang, words)
        assert page.startswith(f'<!DOCTYPE html>\n<html lang="{lang}">')
        assert "<b>" not in page
        seen = Seen(page)
        assert seen.text.split() == [*subject.split(), *text.split()]
        assert seen.links == ["https://x.example/?a=1&b=2"]
        assert set(seen.tags) == {"html", "head", "meta", "title", "body", "p", "br", "a"}


@given(st.dictionaries(st.sampled_from(["name", "what", "when", "place"]), st.text(max_size=20)))
@examples(60)
def test_nothing_in_a_fact_becomes_html(words: dict[str, str]) -> None:
    """Whatever a name or a title has in it is shown, and opens no mark."""
    hostile = {name: f"{value}<script>alert(1)</script>\"'&amp;$what" for name, value in words.items()}
    page = render_html("booking confirmed", "fr", hostile)
    assert "script" not in Seen(page).tags
    assert page.count("<p>") == page.count("</p>")


def test_a_text_of_the_host_is_no_html() -> None:
    """Marks in the text of a host are shown in the page that is made of it, and open nothing."""
    own = {"booking confirmed": {"en": ("R&D <$what>", "5 < 6 & <b>$name</b> &amp;\n")}}
    page = booked(None, messages=own).html
    assert "b" not in Seen(page).tags
    assert Seen(page).text.split() == ["R&D", "<Salle", "B>", "5", "<", "6", "&", "<b>Canary-Zoe</b>", "&amp;"]


def test_a_host_gives_html_of_its_own() -> None:
    """The third part of a text is its HTML: words in it are escaped, $subject and $lang are there, links lead on."""
    html = '<html lang="$lang"><h1>$subject</h1><a href="$link">$what</a> costs $$5, $name</html>'
    own = {"booking confirmed": {"en": ("$what is yours", "See you in $place.\n", html)}}
    message = booked(lambda about: "https://x.example/?a=1&b=2", messages=own)
    assert message.text == "See you in Paris.\n\nSee it online: https://x.example/?a=1&b=2\n"
    assert message.html == (
        '<html lang="en"><h1>Salle B is yours</h1><a href="https://x.example/?a=1&amp;b=2">Salle B</a> costs $5, '
        "Canary-Zoe</html>"
    )


def test_mistakes_in_the_html_of_a_host_are_told() -> None:
    """HTML that is empty, has a word that there is not or a lone $ is refused when the house opens."""
    for html, said in ((" ", "the HTML is empty"), ("$nme", "there is no word \\$nme"), ("5 $ a", "begins no word")):
        with pytest.raises(InputError, match=said):
            Cantine.open("memory://", messages={"pass sold": {"en": ("x", "y", html)}})
    with pytest.raises(InputError, match="there is no word \\$subject"):
        Cantine.open("memory://", messages={"pass sold": {"en": ("x", "$subject")}})
    assert set(EVERY) == {"id", "kind", "link"}


# --- by mail ---------------------------------------------------------------------------------------------------------


def opened(server: MailServer, **options: str) -> SmtpNotifier:
    return open_smtp(BackendUrl.parse(server.url(**options)))


def test_a_mail_has_the_text_and_the_html_as_alternatives() -> None:
    """The mail is multipart/alternative, the text first (RFC 2046, section 5.1.4), and both arrive as they were."""
    message = Message("tsk_1", "zoe@example.org", "Réservation", "Bonjour Zoé,\n\nà demain.\n", "fr", "x", html=HTML)
    with MailServer() as server:
        opened(server).send(message)
        (taken,) = server.taken
    assert taken.mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in taken.mail.iter_parts()] == ["text/plain", "text/html"]
    assert taken.text == message.text
    page = taken.mail.get_body(("html",))
    assert page is not None
    assert str(page.get_content()).replace("\r\n", "\n") == HTML
    assert taken.content.isascii()
    assert max(map(len, taken.content.splitlines())) < 100


def test_a_mail_without_html_is_plain() -> None:
    """With html=no in the URL, and for a message that has no HTML, the mail is the text alone."""
    message = Message("tsk_1", "zoe@example.org", "s", "Bonjour\n", html=HTML)
    with MailServer() as server:
        opened(server, html="no").send(message)
        opened(server).send(Message("tsk_2", "zoe@example.org", "s", "Bonjour\n"))
        assert [taken.mail.get_content_type() for taken in server.taken] == ["text/plain", "text/plain"]


def test_an_invitation_stands_beside_the_html() -> None:
    """Text, HTML and the calendar are alternatives, and the calendar is a file too."""
    server = MailServer()
    with server:
        notifier = SmtpNotifier("localhost", Sender("a@example.org"), port=server.port, tls="none", organizer="a@b.org")
        house = open_house(notify=[notifier])
        house.do(c.Book(space_id="b", product_id="room", period=period(12, 13), person_id="zoe", account="desk"))
        mail = server.taken[0].mail
    types = [part.get_content_type() for part in mail.walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]


@pytest.mark.parametrize("html", ["\ud800", "\0", "é" * 500_001])
def test_html_that_cannot_be_written_is_refused(html: str) -> None:
    """A lone surrogate, a NUL and endless HTML are refused for good, before a connection."""
    with MailServer() as server:
        with pytest.raises(NotifierError) as caught:
            opened(server).send(Message("tsk_1", "zoe@example.org", "s", "t", html=html))
        assert server.begun == 0
    assert not caught.value.retryable
