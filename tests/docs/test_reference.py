"""The reference pages have everything that is in the code, with its exact signature."""

from __future__ import annotations

import inspect
import re
import textwrap
import tomllib
from pathlib import Path

import attrs
import pytest

from cantinekit import errors
from cantinekit.errors import UrlError
from cantinekit.plugins import hookspecs, ports
from cantinekit.plugins.registry import Registry
from cantinekit.pricing import About, PricingRule
from cantinekit.scheduling.opening import ClosureCalendar
from support.pages import reference

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def headings(text: str, level: int) -> list[str]:
    return re.findall(rf"^{'#' * level} (.*)$", text, re.MULTILINE)


def section(text: str, heading: str) -> str:
    """What stands between a heading and the next of any level."""
    _, _, rest = text.partition(f"# {heading}\n")
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def signature(function) -> str:
    """The signature as it is written in the code, without ``self``."""
    full = inspect.signature(function)
    parameters = [p for name, p in full.parameters.items() if name != "self"]
    return str(full.replace(parameters=parameters)).replace("'", "")


PROTOCOLS = [
    ports.Storage,
    ports.JoiningStorage,
    ports.LendingStorage,
    ports.LocksRows,
    ports.RowLock,
    ports.PaymentGateway,
    ports.FindsByReference,
    ports.Notifier,
    ports.Invites,
]
VALUES = [
    value
    for _, value in inspect.getmembers(ports, inspect.isclass)
    if value.__module__ == ports.__name__ and value not in PROTOCOLS
]
DESCRIPTORS = [
    hookspecs.StorageBackend,
    hookspecs.PaymentBackend,
    hookspecs.NotificationBackend,
    PricingRule,
    ClosureCalendar,
    About,
]


def names_of(value) -> list[str]:
    return [field.name for field in attrs.fields(value)] if attrs.has(value) else list(value._fields)


# --- what the script writes ---


@pytest.mark.parametrize("name", reference.PAGES)
def test_generated(name):
    """The generated part of a page is what follows from the code."""
    assert reference.written(name) == page(name), f"{name} is not as the code is: run make pages"


def test_generated_anew(tmp_path, monkeypatch):
    """The control: an edit between the markers is undone, an edit outside of them stays."""
    edited = page("views.md").replace("report_person", "report_people") + "By hand.\n"
    (tmp_path / "views.md").write_text(edited, encoding="utf-8")
    monkeypatch.setitem(reference.written.__globals__, "REFERENCE", tmp_path)
    assert reference.written("views.md") == page("views.md") + "By hand.\n" != edited


def test_a_page_without_markers(tmp_path, monkeypatch):
    """A page whose marker is lost is refused, and nothing of it is overwritten."""
    (tmp_path / "views.md").write_text("# SQL views\n", encoding="utf-8")
    monkeypatch.setitem(reference.written.__globals__, "REFERENCE", tmp_path)
    with pytest.raises(ValueError, match="markers"):
        reference.written("views.md")


# --- errors ---


def test_error_tree():
    """The page on errors prints the tree of the code, line by line."""
    tree = textwrap.dedent(errors.__doc__.partition("::\n")[2]).strip("\n")
    assert f"```text\n{tree}\n```" in page("errors.md")


@pytest.mark.parametrize(
    "cls", [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.CantineError)]
)
def test_every_error(cls):
    """Each class of the errors is on the page."""
    assert re.search(rf"\b{cls.__name__}\b", page("errors.md"))


# --- hooks ---


def test_hooks():
    """Each hook has a heading with its exact signature, and there is no heading of a hook that does not exist."""
    declared = [f"{n}{signature(f)}" for n, f in vars(hookspecs).items() if n.startswith("cantinekit_")]
    documented = [heading for heading in headings(page("hooks.md"), 2) if heading != "Descriptors"]
    assert documented == declared


def test_hooks_have_examples():
    """Each hook has an example that implements it."""
    for heading in headings(page("hooks.md"), 2):
        name = heading.partition("(")[0]
        if name.startswith("cantinekit_"):
            assert f"@hookimpl\ndef {name}(" in section(page("hooks.md"), heading)


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_descriptors(descriptor):
    """Each descriptor's table has its fields, in their order."""
    rows = re.findall(r"^\| `(\w+)`", section(page("hooks.md"), descriptor.__name__), re.MULTILINE)
    assert rows == names_of(descriptor)


# --- ports ---


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_ports(protocol):
    """Each method of a port has a heading with its exact signature, in the order of the code."""
    expected = []
    for name, member in vars(protocol).items():
        if isinstance(member, property):
            expected.append(f"{protocol.__name__}.{name}: {member.fget.__annotations__['return']}")
        elif inspect.isfunction(member) and not name.startswith("_"):
            expected.append(f"{protocol.__name__}.{name}{signature(member)}")
    documented = [h for h in headings(page("ports.md"), 3) if h.startswith(f"{protocol.__name__}.")]
    assert documented == expected
    assert len(expected) >= 1


def test_no_port_is_forgotten():
    """Every protocol of the ports is looked at above, and every method of the page is one of theirs."""
    protocols = [
        value
        for value in vars(ports).values()
        if inspect.isclass(value) and value.__module__ == ports.__name__ and getattr(value, "_is_protocol", False)
    ]
    assert set(protocols) == set(PROTOCOLS)
    owners = {heading.partition(".")[0] for heading in headings(page("ports.md"), 3) if "." in heading}
    assert owners == {protocol.__name__ for protocol in PROTOCOLS}


@pytest.mark.parametrize(
    "changed",
    [
        lambda self, keys: None,
        lambda self, keys, more=None: None,
        lambda self, *, keys: None,
    ],
)
def test_a_signature_that_differs_is_seen(changed, monkeypatch):
    """The control: a port or a hook with another signature than that of the page is found by the tests above."""
    monkeypatch.setattr(ports.Storage, "load", changed)
    with pytest.raises(AssertionError):
        test_ports(ports.Storage)
    monkeypatch.setattr(hookspecs, "cantinekit_pricing_rules", changed)
    with pytest.raises(AssertionError):
        test_hooks()


@pytest.mark.parametrize("value", VALUES)
def test_values(value):
    """Each value that crosses a port has a table with its fields, in their order."""
    rows = re.findall(r"^\| `(\w+)`", section(page("ports.md"), value.__name__), re.MULTILINE)
    assert rows == names_of(value)


# --- URLs ---


@pytest.mark.parametrize("row", Registry.load(entry_points=False).backends, ids=lambda row: row.scheme)
def test_urls(row):
    """Each backend of the library has a section with exactly the options that it accepts."""
    registry = Registry.load(entry_points=False)
    opener = {"storage": registry.storage, "payment": registry.gateway, "notification": registry.notifier}[row.kind]
    with pytest.raises(UrlError) as caught:
        opener(f"{row.scheme}://?no_such_option=1")
    listed = str(caught.value).partition("known options: ")[2]
    accepted = [] if listed == "none" else listed.split(", ")
    assert f"### {row.scheme}://" in page("urls.md")
    rows = re.findall(r"^\| (`[^|]*) \|", section(page("urls.md"), f"{row.scheme}://"), re.MULTILINE)
    documented = re.findall(r"`(\w+)`", " ".join(rows))
    assert sorted(documented) == sorted(accepted)


# --- layers ---


def test_layers():
    """The page on layers names every room of the import contract, and no other."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ][0]
    declared = set(re.findall(r"\w+", " ".join(contract["layers"])))
    text = (ROOT / "docs" / "explanation" / "layers.md").read_text(encoding="utf-8")
    rooms = " ".join(line.split("|")[2] for line in text.splitlines() if re.match(r"\| \d", line))
    assert set(re.findall(r"`(\w+)`", rooms)) == declared


# --- the whole ---


def test_decisions():
    """Each decision has a number of its own, in its name and in its title, without gaps."""
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [path.name.partition("-")[0] for path in pages]
    assert numbers == [f"{n:04}" for n in range(1, len(pages) + 1)]
    for path, number in zip(pages, numbers, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}: ")
