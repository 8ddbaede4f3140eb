"""Backend URLs: what is read from them, what is refused, and what is never shown."""

from __future__ import annotations

import string
import traceback
from urllib.parse import quote

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cantinekit.errors import InputError, UrlError
from cantinekit.urls import MASK, BackendUrl, Secret

SECRET = "hunter2-very-secret"
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)


# --- reading ---


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("memory://", {"scheme": "memory"}),
        ("sqlite:///cantine.db", {"scheme": "sqlite", "path": "/cantine.db"}),
        ("sqlite:////srv/cantine.db", {"path": "//srv/cantine.db"}),
        ("sqlite:///caf%C3%A9%20noir.db", {"path": "/café noir.db"}),
        ("sqlite:///café.db", {"path": "/café.db"}),
        ("postgresql://ana@db.example:5433/cantine", {"user": "ana", "host": "db.example", "port": 5433}),
        ("postgresql://ana%40home@db/x", {"user": "ana@home", "host": "db"}),
        ("postgresql://[::1]:5432/x", {"host": "::1", "port": 5432}),
        ("postgresql://db:/x", {"host": "db", "port": None}),
        (
            "postgresql://ana:a,b@Db1:5432,db2,[::1]:77/x?a=b",
            {"host": "db1,db2,::1", "port": None, "hosts": (("db1", 5432), ("db2", None), ("::1", 77)), "path": "/x"},
        ),
        ("postgresql://db:5432/x", {"hosts": (("db", 5432),)}),
        ("webhook+https://example.org/in", {"scheme": "webhook+https", "host": "example.org", "path": "/in"}),
        ("fake://?outcome=declined,settled", {"options": (("outcome", "declined,settled"),)}),
        ("fake://?secret=a&secret=b", {"options": (("secret", "a"), ("secret", "b"))}),
        ("fake://?a=", {"options": (("a", ""),)}),
        ("fake://?a=b=c", {"options": (("a", "b=c"),)}),
        ("fake://?a=x%26y%3D%23", {"options": (("a", "x&y=#"),)}),
        ("fake://?", {"options": ()}),
    ],
)
def test_parts(text, parts):
    """Each part of a URL is read and unquoted; a part that is not there is empty."""
    url = BackendUrl.parse(text)
    for name, value in parts.items():
        assert getattr(url, name) == value
    for name in {"path", "host", "user"} - set(parts):
        if text in ("memory://", "fake://?"):
            assert getattr(url, name) == ""


def test_plus_is_a_plus():
    """A plus sign stays one, in an option as in a path: keys in base64 hold many."""
    url = BackendUrl.parse("fake:///a+b?key=c+d==&other=e%2Bf%20g")
    assert (url.path, url.options) == ("/a+b", (("key", "c+d=="), ("other", "e+f g")))


def test_password():
    """A password is a secret, and a reference in its place is one too."""
    assert BackendUrl.parse("x://u:p%40ss@h").password.reveal() == "p@ss"
    assert BackendUrl.parse("x://u@h").password is None
    assert BackendUrl.parse("x://u:@h").password.reveal() == ""


def test_raw():
    """The whole text is kept, as a secret, for drivers that read URLs themselves."""
    text = "postgresql://u:p%40ss@h/db?sslmode=require"
    assert BackendUrl.parse(text).raw.reveal() == text


def test_frozen():
    """A URL cannot be changed, and equal texts give equal URLs."""
    url = BackendUrl.parse("memory://")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        url.scheme = "sqlite"
    assert url == BackendUrl.parse("memory://")
    assert len({url, BackendUrl.parse("memory://")}) == 1


@given(path=TEXTS, name=TEXTS.filter(bool), value=TEXTS, user=TEXTS, password=TEXTS)
def test_quoted_parts_come_back(path, name, value, user, password):
    """Whatever is percent-encoded into a URL is read back unchanged."""
    path, name, value, user, password = (
        "".join(c for c in t if c.isprintable()) for t in (path, name, value, user, password)
    )
    name = name or "n"
    login = quote(user, safe="") + ":" + quote(password, safe="")
    url = BackendUrl.parse(f"x+y://{login}@host/{quote(path, safe='')}?{quote(name, safe='')}={quote(value, safe='')}")
    assert (url.path, url.user, url.options) == ("/" + path, user, ((name, value),))
    assert attrs.evolve(url) == url
    assert url.password == Secret(password)


# --- refusing ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "memory",
        "memory:",
        "memory:/",
        "://x",
        "Memory://",
        "1x://",
        "mem ory://",
        "mem_ory://",
        " memory://",
        "postgresql://h:port/db",
        "postgresql://h:70000/db",
        "postgresql://h:-1/db",
        "postgresql://h:５432/db",
        "postgresql://[::1/db",
        "fake://?outcome",
        "fake://?=x",
        "fake://?a=1&",
        "fake://?a=1&&b=2",
        "fake://?a=%ff",
        "sqlite:///a%00b.db",
        "sqlite:///a%0Ab.db",
        "sqlite:///a\x00b.db",
        "sqlite:///a\nb.db",
        "sqlite:///a\x7fb.db",
        "sqlite:///a\ud800b.db",
        "sqlite:///%ED%A0%80.db",
        "sqlite:///cantine#1.db",
        "x://u%0d@h",
        "x://u:p%0d@h",
        None,
        b"memory://",
        7,
    ],
)
def test_refused(text):
    """What cannot be read exactly is refused; nothing is guessed, dropped or cut off."""
    with pytest.raises(UrlError):
        BackendUrl.parse(text)


def test_a_number_sign_is_not_dropped():
    """A file name with a number sign is refused instead of being cut at it, and can be written encoded."""
    with pytest.raises(UrlError, match="%23"):
        BackendUrl.parse("sqlite:///cantine#1.db")
    assert BackendUrl.parse("sqlite:///cantine%231.db").path == "/cantine#1.db"


@given(st.text())
@example("a://?%")
@example("a://[")
@example("a://\u2100")
@example("a://b@c@d:1:2")
def test_any_text(text):
    """Any text is read, or refused as malformed; no other error gets out."""
    try:
        url = BackendUrl.parse(text)
    except InputError:
        return
    assert url.raw.reveal() == text


@given(st.text(string.printable, max_size=30))
def test_any_rest(rest):
    """Whatever stands behind a scheme is read, or refused as malformed."""
    try:
        url = BackendUrl.parse("memory://" + rest)
    except UrlError:
        return
    assert url.scheme == "memory"
    assert url.raw.reveal() == "memory://" + rest


def test_no_separator_shows_nothing():
    """A key that was pasted where a URL belongs is not repeated in the error."""
    for text in (SECRET, f"postgresql:/u:{SECRET}@h/db", f"{SECRET} ://x"):
        with pytest.raises(UrlError) as caught:
            BackendUrl.parse(text)
        assert SECRET[:8] not in str(caught.value)


@pytest.mark.parametrize(
    "text", [f"x://u:{SECRET}@h:port", f"x://h?key={SECRET}&broken", f"x://[{SECRET}", f"x://u:{SECRET}@h#x"]
)
def test_errors_keep_secrets(text):
    """An error about a URL does not show its secrets, nor does the error behind it."""
    with pytest.raises(UrlError) as caught:
        BackendUrl.parse(text)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


# --- showing ---


@given(
    password=st.text(string.ascii_letters, min_size=8, max_size=12),
    value=st.text(string.ascii_letters, min_size=8, max_size=12),
)
def test_masked(password, value):
    """No form of a URL or of a secret that a log would hold shows the password or the value of an option."""
    url = BackendUrl.parse(f"x://user:{password}@host:1/path?key={value}")
    shown = [
        str(url),
        repr(url),
        f"{url}",
        f"{url!r:>80}",
        f"{url}, {url!r}",
        repr([url]),
        repr({"u": url}),
        repr(url.password),
    ]
    shown += [str(url.raw), repr(url.raw), str(url.password), repr((url.password, url.raw))]
    for text in shown:
        assert password not in text
        assert value not in text
        assert MASK in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("memory://", "memory://"),
        ("sqlite:///cantine.db", "sqlite:///cantine.db"),
        ("postgresql://u:p@h:5432/db?sslmode=require", "postgresql://u:***@h:5432/db?sslmode=***"),
        ("postgresql://u@[::1]:5432/db", "postgresql://u@[::1]:5432/db"),
        ("x://h:0/", "x://h:0/"),
    ],
)
def test_shown(text, shown):
    """A URL is shown with its file, host and database, so that a reader knows which one is meant."""
    assert str(BackendUrl.parse(text)) == shown


# --- secrets ---


def test_literal():
    """A secret that is no reference is itself."""
    assert Secret(SECRET).reveal() == SECRET
    assert Secret("other:thing").reveal() == "other:thing"


def test_from_the_environment(monkeypatch):
    """``env:NAME`` is read when it is needed, not before, and anew each time."""
    secret = Secret("env:CANTINE_TEST_KEY")
    monkeypatch.delenv("CANTINE_TEST_KEY", raising=False)
    with pytest.raises(UrlError, match="CANTINE_TEST_KEY is not set"):
        secret.reveal()
    monkeypatch.setenv("CANTINE_TEST_KEY", SECRET)
    assert secret.reveal() == SECRET
    monkeypatch.setenv("CANTINE_TEST_KEY", "other")
    assert secret.reveal() == "other"


def test_from_a_file(tmp_path):
    """``file:PATH`` is read without the line end that editors add."""
    path = tmp_path / "key"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    assert Secret(f"file:{path}").reveal() == SECRET


def test_bad_files(tmp_path):
    """A secret file that is missing, a directory or no text is an error that names the path only."""
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe" + SECRET.encode())
    for path in (tmp_path / "none", tmp_path, binary):
        with pytest.raises(UrlError, match="cannot be read") as caught:
            Secret(f"file:{path}").reveal()
        assert SECRET not in str(caught.value)
    with pytest.raises(UrlError):
        Secret("file:a\0b").reveal()


def test_empty_references(monkeypatch, tmp_path):
    """An empty variable or file is an error: an empty signing key would let anybody sign."""
    monkeypatch.setenv("CANTINE_TEST_KEY", "")
    (tmp_path / "key").write_text(" \n", encoding="utf-8")
    for text in ("env:CANTINE_TEST_KEY", f"file:{tmp_path / 'key'}"):
        with pytest.raises(UrlError, match="is empty"):
            Secret(text).reveal()


def test_secrets_compare_by_text():
    """Two secrets are equal when their texts are; comparing does not read the environment."""
    assert Secret("env:NOT_SET_ANYWHERE") == Secret("env:NOT_SET_ANYWHERE")
    assert Secret("a") != Secret("b")


# --- options ---


def test_option():
    """An option is its last value, or the default when it is not there."""
    url = BackendUrl.parse("x://?a=1&b=2&a=3")
    assert (url.option("a"), url.option("b"), url.option("c"), url.option("c", "4")) == ("3", "2", None, "4")


def test_unknown_option():
    """An unknown option is an error that lists the known ones, in order, and does not show its value."""
    url = BackendUrl.parse(f"x://?a=1&kye={SECRET}")
    url.check_options(["a", "kye"])
    with pytest.raises(UrlError, match=r"x:// has no option 'kye'; known options: a, key, zed") as caught:
        url.check_options(["zed", "key", "a"])
    assert SECRET not in str(caught.value)
    with pytest.raises(UrlError, match="known options: none"):
        url.check_options([])
    BackendUrl.parse("x://").check_options([])
