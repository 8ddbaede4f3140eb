"""The texts that people get."""

from __future__ import annotations

import re
from string import Template

import pytest

from cantinekit.messages import LANGUAGES, TEXTS, render

FACTS = {
    "name": "Zoé",
    "what": "Soudure",
    "when": "24/11/2026 18:00",
    "until": "25/11/2026 09:30",
    "place": "Paris",
    "amount": "8.00 EUR",
    "dates": "24/11/2026 18:00",
    "left_out": "01/12/2026 18:00",
    "reason": "La salle est en travaux.",
    "giver": "Léa",
    "code": "claim_1",
    "message": "Joyeux anniversaire !",
    "room": "Grande salle",
    "taken": "7",
    "seats": "12",
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("template", TEXTS)
def test_every_template_is_there_in_every_language(template, lang):
    """Each message has a subject of one line and a text in French and in English, and no word is left unfilled."""
    subject, text = render(template, lang, FACTS)
    assert subject
    assert "\n" not in subject
    assert FACTS["name"] in text
    assert text.endswith("\n")
    assert "$" not in subject + text


@pytest.mark.parametrize("template", TEXTS)
def test_languages_say_the_same(template):
    """The French and the English text of a message use the same facts."""
    used = [{word for part in TEXTS[template][lang] for word in Template(part).get_identifiers()} for lang in LANGUAGES]
    assert used[0] == used[1]
    assert used[0] <= set(FACTS)


def test_a_missing_fact_does_not_stop_a_message():
    """A fact that is not known shows as its name; the message goes out all the same."""
    subject, text = render("booking confirmed", "en", {"name": "Bob"})
    assert "$what" in subject
    assert "Hello Bob" in text


def test_facts_are_never_templates():
    """A name that looks like a template is shown as it is."""
    _, text = render("seat confirmed", "fr", {**FACTS, "name": "$place ${what}"})
    assert "$place ${what}" in text


def test_a_subject_is_one_line():
    """A title with a line end or a tab in it makes no second line of the subject."""
    subject, _ = render("seat confirmed", "en", {**FACTS, "what": "Soudure\r\nBcc: eve\t!"})
    assert subject == "Seat confirmed: Soudure Bcc: eve !"


def test_unknown_templates_are_an_error():
    """A message that does not exist is an error, not an empty text."""
    with pytest.raises(LookupError):
        render("no such message", "fr", FACTS)
    with pytest.raises(LookupError):
        render("booking confirmed", "de", FACTS)


def test_every_message_that_is_told_exists():
    """Each template that a decision names is there."""
    from pathlib import Path

    import cantinekit.domain as decisions

    told: set[str] = set()
    for path in Path(decisions.__file__).parent.rglob("*.py"):
        told.update(re.findall(r"\.tell\(\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    assert told >= {"booking confirmed", "seat confirmed", "waiting list joined", "pass sold"}
    assert told <= set(TEXTS)
    for kind, endings in (("booking", ("cancelled", "expired")), ("seat", ("cancelled", "expired"))):
        assert {f"{kind} {ending}" for ending in endings} <= set(TEXTS)
    assert {"refund settled", "refund declined", "seat promoted", "seat offered", "paid too late", "paid twice"} <= set(
        TEXTS
    )
