"""The directory: shown to those to whom it was agreed, found by words, withdrawn, exported and forgotten."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cantinekit import commands as c
from cantinekit import errors as e
from cantinekit import records as m
from cantinekit.domain.directory import records as rows
from cantinekit.domain.directory.words import words_of
from cantinekit.reads import directory
from support.houses.one_list import PERSONS, place
from support.houses.small_house import START, journal
from support.run.soak import scaled

AUDIENCES = ("members", "network", "everybody")
COFFEE = "[product.coffee]\nrate = { price = 1.00 }"


@pytest.fixture
def house():
    """The place of one list, and another place of the same operator."""
    with place(COFFEE) as found:
        found.do(c.AddPlace(name="Brest", entity_id="asso", zone="Europe/Paris", currency="EUR", id="brest"))
        yield found


def shows(house, person: str, audience: str, at: str = "paris", **what: object) -> m.Profile:
    """Somebody shows a profile."""
    profile: m.Profile = house.do(c.PublishProfile(person, place_id=at, audience=audience, **what)).value
    return profile


def ids(house, audience: str, **how: object) -> list[str]:
    """Who is in the directory, all pages of it, in the order of the answer."""
    found: list[str] = []
    after = None
    while True:
        page = house.cantine.read.directory(audience, after=after, **how)
        found += [one.id for one in page.profiles]
        after = page.next
        if after is None:
            return found
        assert page.profiles


def everybody_shows(house) -> None:
    """One for each audience at each of two places, all with one word."""
    for at, persons in (("paris", PERSONS[:3]), ("brest", PERSONS[3:])):
        for person, audience in zip(persons, AUDIENCES, strict=True):
            shows(house, person, audience, at, headline="weaving")


@pytest.mark.parametrize("text", ["", "weav"])
def test_a_profile_is_shown_to_those_to_whom_it_was_agreed(house, text):
    """Members of a place see all of it; others what is for the network or everybody; anybody what is for everybody."""
    everybody_shows(house)
    assert ids(house, "members", place_id="paris", text=text) == sorted(PERSONS[:3])
    assert ids(house, "members", place_id="brest", text=text) == sorted(PERSONS[3:])
    assert ids(house, "network", text=text) == sorted([*PERSONS[1:3], *PERSONS[4:]])
    assert ids(house, "network", place_id="brest", text=text) == sorted(PERSONS[4:])
    assert ids(house, "everybody", text=text) == sorted([PERSONS[2], PERSONS[5]])
    assert ids(house, "everybody", place_id="paris", text=text) == [PERSONS[2]]
    with pytest.raises(e.InputError, match="place"):
        house.cantine.read.directory("members", text=text)


def test_who_publishes_again_between_two_pages_shifts_nobody_else(house):
    """The last one of a page withdraws and publishes under another name: a row that begins anew is not taken for the
    one before it. All others come once, in order; a position that knows that one alone is refused.
    """
    for person in PERSONS:
        shows(house, person, "everybody")
    before = ids(house, "everybody")
    page = house.cantine.read.directory("everybody", limit=3)
    last = page.profiles[-1].id
    house.do(c.WithdrawProfile(last))
    house.wait(minutes=1)
    shows(house, last, "everybody", name="Zz")
    with pytest.raises(e.InputError, match="begin again"):
        house.cantine.read.directory("everybody", after="|".join(("~n", *page.next.split("|")[-2:])))
    rest = house.cantine.read.directory("everybody", after=page.next)
    assert [one.id for one in rest.profiles] == before[3:]


def test_without_the_audience_in_the_index_others_would_see_it(house, monkeypatch):
    """The control: where whoever asks is taken to see every audience, what was shown to members is shown to all."""
    everybody_shows(house)
    monkeypatch.setattr(directory, "SEES", dict.fromkeys(rows.SEES, AUDIENCES))
    assert ids(house, "everybody") == sorted(PERSONS)


def test_a_narrower_audience_takes_it_out_of_the_wider_one(house):
    """What was shown to everybody and is for members now is found by members only."""
    shows(house, "zoe", "everybody", skills=("felt",))
    shows(house, "zoe", "members", skills=("felt",))
    assert (ids(house, "everybody"), ids(house, "network", text="felt")) == ([], [])
    assert ids(house, "members", place_id="paris", text="felt") == ["zoe"]


def test_words_are_found_whatever_their_accents_and_case(house):
    """Each word of the question begins a word of the name, the headline or the skills; old words are gone."""
    shows(house, "zoe", "everybody", name="Zoé K.", headline="Éclairage de scène", skills=("Soudure à l'arc", "QLab"))
    shows(house, "bob", "everybody", headline="éclair au café", skills=("ﬁlm", "STRASSE"))
    for text, found in (
        ("eclair", ["bob", "zoe"]),
        ("ÉCLAIRAGE", ["zoe"]),
        ("scene arc", ["zoe"]),
        ("scene cafe", []),
        ("film", ["bob"]),
        ("straße", ["bob"]),
        ("zoe k", ["zoe"]),
        ("lair", []),
        ("?!", []),
        ("  ", ["bob", "zoe"]),
    ):
        assert sorted(ids(house, "everybody", text=text)) == found, text
    shows(house, "zoe", "everybody", headline="tuning")
    assert ids(house, "everybody", text="scene") == []
    assert ids(house, "everybody", text="tun") == ["zoe"]


@pytest.mark.parametrize("text", ["", "w", "wo"])
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_have_each_profile_once(house, text, limit):
    """Profiles with several words that begin alike, of three audiences: every page size gives the same list."""
    everybody_shows(house)
    for number, person in enumerate(PERSONS):
        what = {"skills": [f"wo{number}", f"wa{5 - number}", "wood"], "name": f"W {5 - number}"}
        shows(house, person, AUDIENCES[number % 3], headline="weaving wool", **what)
    found = ids(house, "members", place_id="paris", text=text, limit=limit)
    assert (len(found), sorted(found)) == (6, sorted(PERSONS))
    assert found == ids(house, "members", place_id="paris", text=text)


def test_it_costs_by_what_it_shows(house):
    """Hundreds who show themselves to members cost those nothing who ask as anybody."""
    for number in range(300):
        person = house.do(c.AddPerson(name=f"P {number}", id=f"p{number}")).value.id
        shows(house, person, "members", headline="weaving")
    shows(house, "zoe", "everybody", headline="weaving")
    read, seen = house.cantine.read, []
    inner = read._storage.find

    def find(*args, **how):
        page = inner(*args, **how)
        seen.append(len(page.rows))
        return page

    read._storage.find = find
    assert [one.id for one in read.directory("everybody", text="weaving").profiles] == ["zoe"]
    assert sum(seen) == 1
    seen.clear()
    assert len(read.directory("members", place_id="paris", limit=20).profiles) == 20
    assert sum(seen) <= 2 * 21 + 1


def test_nothing_that_is_said_is_in_the_journal(house):
    """The journal says who showed a profile, when and to whom; not one word of it, also where it was changed."""
    what = {"name": "Canary-name", "headline": "Canary-line", "skills": ("Canary-skill",)}
    shows(house, "zoe", "network", **what, links=("https://example.org/Canary-link",))
    shows(house, "zoe", "network", **{**what, "headline": "Canary-other"})
    house.do(c.WithdrawProfile("zoe"))
    entries = journal(house.storage)
    assert [one.type for one in entries if "Profile" in one.type] == [
        "ProfilePublished", "ProfilePublished", "ProfileWithdrawn",
    ]  # fmt: skip
    assert "canary" not in str(entries).lower()
    assert "canary" not in repr(c.PublishProfile("zoe", place_id="paris", audience="network", **what)).lower()


def test_the_same_again_is_no_second_consent(house):
    """Nothing is stored where it says the same to the same people."""
    first = shows(house, "zoe", "network", headline="weaving")
    house.clock.advance(timedelta(days=1))
    before = len(journal(house.storage))
    assert shows(house, "zoe", "network", headline=" weaving ") == first
    assert len(journal(house.storage)) == before


def test_it_is_withdrawn_at_any_time(house):
    """It is gone from the store; a second time there is nothing to withdraw."""
    shows(house, "zoe", "everybody", headline="weaving")
    house.do(c.WithdrawProfile("zoe"))
    assert (ids(house, "everybody"), house.cantine.read.get(m.Profile, "zoe")) == ([], None)
    with pytest.raises(e.NotFoundError):
        house.do(c.WithdrawProfile("zoe"))


def test_it_is_exported_and_forgotten_with_the_person(house):
    """The export has all of it; whoever is forgotten is in no directory, and cannot show themselves again."""
    shows(house, "zoe", "everybody", headline="weaving", links=("https://example.org/zoe",))
    data = json.loads(house.cantine.export("zoe").to_json())
    (profile,) = data["records"]["profile"]
    assert (profile["headline"], profile["links"]) == ("weaving", ["https://example.org/zoe"])
    erasure = house.cantine.forget("zoe", actor="ana").value
    assert "profile" not in [one.kind for one in erasure.kept]
    assert (ids(house, "everybody"), ids(house, "everybody", text="weav")) == ([], [])
    assert house.cantine.read.get(m.Profile, "zoe") is None
    with pytest.raises(e.WrongStateError):
        shows(house, "zoe", "everybody")


GOOD = ("https://example.org", "https://example.org/zoe?a=1#b", "https://zoé.example/é", "https://example.org:443/")
BAD = (
    "http://example.org", "javascript:alert(1)", "https://", "https://localhost", "https://127.0.0.1/", "example.org",
    "https://a@example.org", "https://example.org:8443", 'https://example.org/"onload=', "https://example.org/<b>",
    "https://example.org/a b", "https://[::1]/", "https://example.org:x/", "https://.org", "HTTPS:example.org",
    "https://example.org\\@evil.example", "https://example.org/\x7f", "", 7, None,
    "https://example.org/" + "a" * 500, "https://[/",
)  # fmt: skip


@pytest.mark.parametrize("link", GOOD)
def test_links_are_by_https(link):
    """Addresses of the web, with a path and letters of other alphabets."""
    assert rows.to_links([link]) == (link,)


@pytest.mark.parametrize("link", BAD, ids=repr)
def test_other_links_are_refused(link):
    """Other schemes, hosts without a name, somebody's login, other ports, and what could leave an attribute of HTML."""
    with pytest.raises(e.InputError):
        rows.to_links([link])


@pytest.mark.parametrize(
    "what",
    [
        {"skills": ["a", ""]},
        {"skills": [f"s{number}" for number in range(21)]},
        {"skills": ["a" * 61]},
        {"skills": "felt"},
        {"links": [f"https://example.org/{number}" for number in range(11)]},
        {"headline": "a" * 201},
        {"name": "  "},
        {"audience": "friends"},
    ],
    ids=str,
)
def test_what_is_too_much_is_refused(what):
    """Bounds of what a profile has, and audiences that there are not."""
    with pytest.raises(e.InputError):
        c.PublishProfile("zoe", **{"place_id": "paris", "audience": "members", **what})


@pytest.mark.parametrize("how", [{"limit": 0}, {"limit": 201}, {"text": "a" * 201}, {"audience": "friends"}], ids=str)
def test_bad_questions_are_refused(house, how):
    """Bounds of a page, and audiences that there are not; a place that is not there is not found."""
    with pytest.raises(e.InputError):
        house.cantine.read.directory(**{"audience": "everybody", **how})
    with pytest.raises(e.NotFoundError):
        house.cantine.read.directory("everybody", place_id="nowhere")
    with pytest.raises(e.InputError, match="after"):
        house.cantine.read.directory("everybody", after="}")


@settings(max_examples=scaled(60), deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_found_by_its_own_words(headline, other):
    """Whatever somebody writes: a question with the words of it, in capitals or not, finds it, and none else."""
    try:
        profile = m.Profile("z", "paris", "everybody", "n", headline, published_at=START)
    except e.InputError:
        return
    for _, value in profile.index():
        assert "\n" not in value
    words = words_of(headline)
    assert set(words) <= set(profile.words)
    assert all(words_of(word) == (word,) for word in words)
    assert words_of(headline.upper().lower()) == words or not headline.isascii()
    assert words_of(other) == tuple(word for word in words_of(other) if word)
