"""What every store checks before it touches anything."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cantinekit.errors import InputError, NaiveDatetimeError, TextError
from cantinekit.plugins.ports import MAX_KEYS, Change, Guard, JournalEntry, Key, Row
from cantinekit.plugins.store_checks import (
    MAX_EVENTS,
    MAX_ID_BYTES,
    MAX_NAME_BYTES,
    MAX_VALUE_BYTES,
    WrittenBody,
    check_body,
    check_change,
    check_find,
    check_journal,
    check_keys,
    check_text,
    decode_cursor,
    encode_cursor,
    expected_versions,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CANARY = "zoe@example.org"
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def entry(**other):
    return JournalEntry(**{"type": "t", "at": NOW, "actor": "a", "subjects": (), "body": "{}", **other})


@pytest.mark.parametrize("text", ["", "x" * 10, "é" * 5, "\U0001f600\U0001f600", "\x01\x7f\ufffe"])
def test_a_text_that_fits_is_taken(text):
    """Any text without NUL and surrogates is taken up to its length in bytes."""
    check_text(text, "a text", 10)


@pytest.mark.parametrize("text", ["\0", f"{CANARY}\0", "\ud800", f"{CANARY}\udfff", "x" * 11, "é" * 6, CANARY])
def test_a_text_that_does_not_fit_is_refused_without_being_shown(text):
    """A NUL, a surrogate and an overlong text are a TextError whose message and chain do not hold the text."""
    with pytest.raises(TextError) as refusal:
        check_text(text, "a text", 10)
    assert "zoe" not in str(refusal.value)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize("value", [None, 1, b"x", ["x"]])
def test_what_is_no_text_is_refused(value):
    """A value that is no text is an InputError that names its type."""
    with pytest.raises(InputError, match=f"must be a text, not {type(value).__name__}"):
        check_text(value, "an id")


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        ' {"a": [1, 2.5, "x", null, true, {"b": {}}]} ',
        '{"n": 123456789012345678901234567890, "m": -0.0, "e": 1e-7, "f": 9007199254740991.0}',
        '{"x": "\\u00e9\\ud83d\\ude00\\\\u0000"}',
        '{"a": 1, "a": 2}',
    ],
)
def test_a_json_object_is_taken(body):
    """The text of a JSON object is taken, with integers of any size and escapes of real characters."""
    check_body(body)


@pytest.mark.parametrize("body", ['{"a":NaN}', "[]", "{", '{"n":9007199254740992.0}'])
def test_only_the_codec_is_taken_at_its_word(body):
    """What is not parsed is the body that the codec has written; the same text of anybody else is refused."""
    check_body(WrittenBody(body))
    for other in (body, str(WrittenBody(body)), WrittenBody(body) + ""):
        with pytest.raises(InputError):
            check_body(other)


@pytest.mark.parametrize("body", ['{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":"\0"}', '{"a":"\ud800"}'])
def test_a_written_body_holds_no_text_that_a_store_could_not_keep(body):
    """A NUL or a lone surrogate in a text is refused in a body of the codec too: texts come from people."""
    with pytest.raises(TextError):
        check_body(WrittenBody(body))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"{}"',
        "{",
        "{}x",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": [Infinity]}',
        '{"a": 1e400}',
        '{"a": 9007199254740992.0}',
        '{"a": -1.5e300}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "line\nbreak"}',
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_json_object_is_refused(body):
    """Anything else is an InputError: also NaN, floats that JSONB would change, and what is nested without end."""
    with pytest.raises(InputError):
        check_body(body)


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udc00", "\\ude00\\ud83d"])
def test_escapes_of_what_cannot_be_kept_are_refused(escape):
    """A NUL or a lone surrogate that is written as an escape is a TextError, as a value, a name or deep inside."""
    for body in (f'{{"a": "{escape}"}}', f'{{"{escape}": 1}}', f'{{"a": [{{"b": ["x{escape}y"]}}]}}'):
        with pytest.raises(TextError):
            check_body(body)


@given(st.dictionaries(STORABLE, st.none() | st.booleans() | st.integers() | STORABLE | st.lists(STORABLE)))
def test_any_object_of_storable_texts_is_taken(value):
    """Whatever json.dumps makes of storable texts and integers is taken, escaped or not."""
    check_body(json.dumps(value))
    check_body(json.dumps(value, ensure_ascii=False))


@given(STORABLE, STORABLE)
def test_a_cursor_comes_back(value, id):
    """A cursor gives back the value and id that it was made from, and is plain ASCII."""
    cursor = encode_cursor(value, id)
    assert cursor.isascii()
    assert decode_cursor(cursor) == (value, id)


@given(st.text())
def test_any_other_text_is_no_cursor(text):
    """A text is either read as a cursor or refused with InputError, never with another error."""
    try:
        value, id = decode_cursor(text)
    except InputError:
        return
    assert isinstance(value, str)
    assert isinstance(id, str)


@pytest.mark.parametrize("value", [["a"], ["a", "b", "c"], ["a", 1], {"a": "b", "c": "d"}, "ab", 12, ["a", "b\0"]])
def test_a_cursor_of_something_else_is_refused(value):
    """A cursor that was made by hand, of anything but two texts, is refused."""
    import base64

    with pytest.raises(InputError):
        decode_cursor(base64.urlsafe_b64encode(json.dumps(value).encode()).decode())


def test_expected_versions():
    """Rows expect the version before their own, guards and removes their own."""
    change = Change(
        rows=(Row("k", "new", 1, "{}"), Row("k", "old", 5, "{}")),
        guards=(Guard(Key("k", "g"), 3),),
        removes=(Guard(Key("k", "r"), 2),),
    )
    assert expected_versions(change) == {Key("k", "new"): 0, Key("k", "old"): 4, Key("k", "g"): 3, Key("k", "r"): 2}


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "1", None, 2**63])
def test_a_version_is_an_integer_from_one(version):
    """A version that is no integer from 1 to 2**63 - 1 is refused, in a row, a guard and a remove."""
    key = Key("k", "a")
    for change in (
        Change(rows=(Row("k", "a", version, "{}"),)),
        Change(guards=(Guard(key, version),)),
        Change(removes=(Guard(key, version),)),
    ):
        with pytest.raises(InputError, match="version"):
            check_change(change)


def test_the_longest_names_fit_and_longer_ones_do_not():
    """Kinds, fields, ids and values are measured in bytes against the limits that all stores share."""
    fits = Row(
        "k" * MAX_NAME_BYTES, "é" * (MAX_ID_BYTES // 2), 1, "{}", (("f" * MAX_NAME_BYTES, "v" * MAX_VALUE_BYTES),)
    )
    check_change(Change(rows=(fits,)))
    for row in (
        Row(fits.kind + "k", "a", 1, "{}"),
        Row("k", fits.id + "a", 1, "{}"),
        Row("k", "a", 1, "{}", (("f" * (MAX_NAME_BYTES + 1), "v"),)),
        Row("k", "a", 1, "{}", (("f", "v" * (MAX_VALUE_BYTES + 1)),)),
    ):
        with pytest.raises(TextError, match="longer than"):
            check_change(Change(rows=(row,)))


def test_entries_are_checked():
    """A journal entry with a naive time, a bad subject, or one too many of them is refused."""
    check_change(Change(events=(entry(),) * MAX_EVENTS))
    with pytest.raises(InputError, match="10000"):
        check_change(Change(events=(entry(),) * (MAX_EVENTS + 1)))
    with pytest.raises(NaiveDatetimeError):
        check_change(Change(events=(entry(at=NOW.replace(tzinfo=None)),)))
    with pytest.raises(TextError):
        check_change(Change(events=(entry(subjects=(Key("k", "\0"),)),)))
    with pytest.raises(InputError):
        check_change(Change(events=(entry(body="[]"),)))


def test_a_key_occurs_once():
    """A key among two of rows, guards and removes is refused, also where it is a plain tuple."""
    row, guard = Row("k", "a", 2, "{}"), Guard(("k", "a"), 1)
    for change in (Change(rows=(row,), guards=(guard,)), Change(guards=(guard,), removes=(guard,)), Change((row, row))):
        with pytest.raises(InputError, match="twice"):
            check_change(change)


def test_too_many_keys():
    """Thirty thousand keys are taken, one more is refused."""
    check_keys([Key("k", "a")] * MAX_KEYS)
    with pytest.raises(InputError, match="30000"):
        check_keys([Key("k", "a")] * (MAX_KEYS + 1))


NOTHING = {"eq": None, "ge": None, "lt": None, "after": None, "limit": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": MAX_KEYS + 1},
        {"limit": True},
        {"limit": 1.5},
        {"limit": None},
        {"after": "x"},
        {"after": 7},
        {"eq": "a", "ge": "a"},
        {"eq": "a", "lt": "a"},
        {"eq": 1},
        {"ge": "\0"},
        {"lt": "\ud800"},
    ],
)
def test_find_is_checked(wrong):
    """What makes no sense in find is an InputError."""
    assert check_find("k", "f", **NOTHING) is None
    assert check_find("k", "f", **{**NOTHING, "after": encode_cursor("v", "i")}) == ("v", "i")
    with pytest.raises(InputError):
        check_find("k", "f", **{**NOTHING, **wrong})


@pytest.mark.parametrize("wrong", [{"after": -1}, {"after": 2**63}, {"after": True}, {"after": "1"}, {"limit": 0}])
def test_journal_is_checked(wrong):
    """What makes no sense in journal is an InputError."""
    check_journal(None, **{"after": 2**63 - 1, "limit": MAX_KEYS})
    check_journal(Key("k", "a"), **{"after": 0, "limit": 1})
    with pytest.raises(InputError):
        check_journal(None, **{"after": 0, "limit": 1, **wrong})
    with pytest.raises(TextError):
        check_journal(Key("k", "\0"), after=0, limit=1)


def test_the_checks_import_no_driver():
    """The checks can be used by an outside store without any driver."""
    module = sys.modules[check_text.__module__]
    assert not {"sqlite3", "psycopg"} & set(vars(module))
