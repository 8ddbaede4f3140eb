"""Write the parts of the reference that follow from the code: ``make pages``.

The pages on commands, events, records and views have a part between two markers that this script writes anew, grouped
by noun, from the declarations and their docstrings. What stands outside the markers is written by hand and stays. It
also writes a module: the calls of ``cantinekit.aio``, a line for each method of the classes that they stand before.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import attrs

from cantinekit import commands, events, records
from cantinekit.cantine import Cantine
from cantinekit.domain import dispatch as dispatch  # declares the life cycles of all nouns
from cantinekit.domain.base import Record, SystemCommand
from cantinekit.domain.life_cycles.table import LIFE_CYCLES, LifeCycle
from cantinekit.domain.sales.selling import SellingCommand
from cantinekit.reads import Reader
from cantinekit.reads.views import view_of

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
BEGIN = "<!-- `make pages` writes what follows from the code: change the docstrings -->\n"
END = "<!-- end of what `make pages` writes -->\n"
AWAITS_NOTHING = LifeCycle._field_defaults["awaits"]
SECTIONS = ("Args", "Attributes", "Index", "Raises")


class Said(NamedTuple):
    """A docstring, taken apart.

    Attributes:
        text: what comes before its sections.
        meanings: what each field or parameter means, by its name.
        errors: when an error is raised, by its class or by several with commas between them.
    """

    text: str
    meanings: dict[str, str]
    errors: dict[str, str]


def sections(one: object) -> tuple[str, dict[str, dict[str, str]]]:
    """What a docstring begins with, and its sections. A meaning in one sentence has no full stop in a table."""
    marked = (inspect.getdoc(one) or "").replace("``", "`")
    text, *parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", linked(marked), flags=re.MULTILINE)
    found: dict[str, dict[str, str]] = {name: {} for name in SECTIONS}
    for name, lines in zip(parts[::2], parts[1::2], strict=True):
        for entry in re.split(r"^ {4}(?=\S)", lines, flags=re.MULTILINE)[1:]:
            what, _, meaning = " ".join(entry.split()).partition(": ")
            found[name][what] = meaning if ". " in meaning else meaning.removesuffix(".")
    return text.strip(), found


def said(one: object) -> Said:
    """The docstring of a class or function: its text, what each field or parameter means, when an error is raised."""
    text, found = sections(one)
    return Said(text, found["Args"] | found["Attributes"], found["Raises"])


def index_of(cls: type) -> dict[str, str]:
    """What the values of each index field of a record are made of, by the name of the field."""
    return sections(cls)[1]["Index"]


def linked(text: str) -> str:
    """The text with each path of a page, as docstrings name it, as a link with the title of the page."""

    def link(path: re.Match[str]) -> str:
        title = (DOCS / path[1]).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        return f"[{title}](../{path[1]})"

    return re.sub(r"\bdocs/([\w/-]+\.md)\b", link, text)


# --- what of a class its section says --------------------------------------------------------------------------------


def table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def default_of(field: attrs.Attribute[Any]) -> str:
    """The default of a field as code; nothing for a field that has to be given."""
    if field.default is attrs.NOTHING:
        return ""
    factory = getattr(field.default, "factory", None)
    known = factory() if factory else field.default
    return f"`{known!r}`"


def own_fields(cls: type) -> list[attrs.Attribute[Any]]:
    """The fields of a class without those that every selling command takes, which a section of their own tells."""
    shared = attrs.fields_dict(SellingCommand) if cls is not SellingCommand and issubclass(cls, SellingCommand) else {}
    return [field for field in attrs.fields(cls) if field.name not in shared]


def fields(cls: type, *, defaults: bool = False) -> str:
    """The table of the own fields of a class; nothing for a class without any."""
    meanings = said(cls).meanings
    rows = [
        [f"`{field.name}`", f"`{field.type}`", *([default_of(field)] if defaults else []), meanings.get(field.name, "")]
        for field in own_fields(cls)
    ]
    head = ("field", "type", "default", "meaning") if defaults else ("field", "type", "meaning")
    return table(head, rows) if rows else ""


def given(cls: type) -> list[str]:
    """The classes of ``Outcome.value`` after a command: what it declares, or each kind that has such a life cycle."""
    (result,) = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]
    if result is Record:
        every = cls.__module__.startswith(LifeCycle.__module__.rpartition(".")[0])
        kinds = [kind for kind, life in LIFE_CYCLES.items() if every or life.awaits is not AWAITS_NOTHING]
        return sorted(records.KINDS[kind].cls.__name__ for kind in kinds)
    return [one.__name__ for one in (get_args(result) if isinstance(result, UnionType) else (result,))]


def raised(cls: type) -> list[str]:
    """The names of the errors that the docstring of a command lists, in its order."""
    return [name for names in said(cls).errors for name in names.split(", ")]


def errors_of(cls: type) -> str:
    """The list of the errors that the docstring of a command has, and when each is raised."""
    when = [f"- {', '.join(f'`{name}`' for name in key.split(', '))}: {why}" for key, why in said(cls).errors.items()]
    return "May raise:\n\n" + "\n".join(when)


SHARED = "What every selling command takes"
"""The title of the section on what the commands that sell have in common."""
SHARED_LINK = f"[what every selling command takes](#{SHARED.lower().replace(' ', '-')})"


def of_command(cls: type) -> list[str]:
    """The section of a command: text, own fields, what it gives, and what it may raise when."""
    gives = " or ".join(f"[`{name}`](records.md#{name.lower()})" for name in given(cls))
    sells = issubclass(cls, SellingCommand)
    names = ", ".join(f"`{field.name}`" for field in attrs.fields(SellingCommand))
    return [
        said(cls).text,
        "The library gives it to itself; `Cantine.execute` refuses it." if issubclass(cls, SystemCommand) else "",
        fields(cls, defaults=True),
        f"And {SHARED_LINK}: {names}." if sells else "",
        f"Gives: {gives}",
        errors_of(cls) + (f"\n\nAnd {SHARED_LINK.replace('takes]', 'may raise]')}." if sells else ""),
    ]


def of_selling() -> str:
    """The section on what the commands that sell have in common: who they are, fields, and what they may raise when."""
    sells = [cls.__name__ for cls in commands.COMMANDS if issubclass(cls, SellingCommand)]
    those = ", ".join(f"[`{name}`](#{name.lower()})" for name in sorted(sells))
    intro = f"These commands sell something: {those}. Each takes these fields beside its own."
    return "\n\n".join([f"## {SHARED}", intro, fields(SellingCommand, defaults=True), errors_of(SellingCommand)])


def of_event(cls: type) -> list[str]:
    """The section of an event: text and fields."""
    return [said(cls).text, fields(cls)]


def of_record(cls: type) -> list[str]:
    """The section of a record, or of a value in records, which is of no kind."""
    kind = next((one for one in records.KINDS.values() if one.cls is cls), None)
    if kind is None:
        return [said(cls).text, "- a value in records", fields(cls)]
    points = [f"- kind: `{cls.kind}`, {kind.kind_class}" + (", written once" if kind.immutable else "")]  # type: ignore[attr-defined]
    if states := get_args(get_type_hints(cls).get("state")):
        points.append("- states: " + ", ".join(f"`{state}`" for state in states))
    if kind.fields:
        points.append("- index: " + ", ".join(f"`{name}` ({index_of(cls)[name]})" for name in kind.fields))
    return [said(cls).text, "\n".join(points), fields(cls)]


def of_view(cls: type) -> list[str]:
    """The section of the view of a kind: its record, and its columns with their types."""
    kind = records.KINDS[cls.kind]  # type: ignore[attr-defined]
    columns = ", ".join(f"`{column.name}` {column.type}" for column in view_of(kind).columns) + "."
    private = " Only with `private=True`." if kind.kind_class == "private" else ""
    return [f"Of [`{cls.__name__}`](records.md#{cls.__name__.lower()}).{private}", columns]


# --- pages -----------------------------------------------------------------------------------------------------------


def noun_of(cls: type) -> tuple[str, str]:
    """The title and the introduction of the noun whose folder has a class, from the docstring of the folder."""
    package = ".".join(cls.__module__.split(".")[:3])
    title, found, intro = " ".join((inspect.getdoc(import_module(package)) or "").split()).partition(": ")
    if not found:
        raise ValueError(f'the docstring of {package} is no "Title: what it is."')
    return title, intro[0].upper() + intro[1:]


def grouped(
    classes: Iterable[type], body: Callable[[type], list[str]], name: Callable[[type], str] = lambda cls: cls.__name__
) -> str:
    """The sections of classes below the headings of their nouns; of a noun in the order of declaration."""
    nouns: dict[tuple[str, str], list[type]] = {}
    for cls in classes:
        nouns.setdefault(noun_of(cls), []).append(cls)
    blocks: list[str] = []
    for (title, intro), members in sorted(nouns.items()):
        blocks += [f"## {title}", intro]
        for cls in members:
            blocks += [f"### {name(cls)}", *body(cls)]
    return "\n\n".join(block for block in blocks if block) + "\n"


KIND_CLASSES = [kind.cls for kind in records.KINDS.values()]
VALUES = [one for one in vars(records).values() if isinstance(one, type) and attrs.has(one) and one not in KIND_CLASSES]
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": lambda: of_selling() + "\n\n" + grouped([*commands.COMMANDS, *commands.SYSTEM_COMMANDS], of_command),
    "events.md": lambda: grouped(events.EVENTS.values(), of_event),
    "records.md": lambda: grouped([*KIND_CLASSES, *VALUES], of_record),
    "views.md": lambda: grouped(KIND_CLASSES, of_view, lambda cls: view_of(records.KINDS[cls.kind]).name),  # type: ignore[attr-defined]
}


def written(name: str) -> str:
    """The text of a page with its generated part as it follows from the code.

    Raises:
        ValueError: the page lacks a marker, or has one twice.
    """
    text = (REFERENCE / name).read_text(encoding="utf-8")
    if (text.count(BEGIN), text.count(END)) != (1, 1):
        raise ValueError(f"{name} has not each of the markers once")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{PAGES[name]()}\n{END}{rest.partition(END)[2]}"


# --- the calls of cantinekit.aio -----------------------------------------------------------------------------------

CALLS = DOCS.parent / "src" / "cantinekit" / "aio" / "calls.py"
AS_THEY_ARE = ("close", "known", "now", "once", "open", "within")
"""The methods of a house that do not become awaited ones: these ask nobody, and ``within`` is for one thread."""
CALLS_BEGIN = """\
\"\"\"The calls of a house, awaited: a line for each method, with its parameters, types and documentation.

`make pages` writes this module from ``cantinekit.Cantine`` and ``cantinekit.reads.Reader``: a new read is in it then.
\"\"\"

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cantinekit import cantine, reads
from cantinekit.aio.facade import Facade, awaited, iterated
from cantinekit.plugins.ports import Key


class Reader(Facade):
    \"\"\"The reads of a house; see ``cantinekit.reads.Reader``. Those that iterate are read with ``async for``.\"\"\"

    def now(self) -> datetime:
        \"\"\"The present instant, by the clock of the house.\"\"\"
        instant: datetime = self._behind.now()
        return instant

    def once(self) -> Reader:
        \"\"\"A reader for one page; see ``cantinekit.reads.Reader.once``. Await one call of it after the other.\"\"\"
        return Reader(self._behind.once(), self._threads)

    def known(self) -> Mapping[Key, str | None]:
        \"\"\"The bodies that a reader for one page has read so far.\"\"\"
        bodies: Mapping[Key, str | None] = self._behind.known()
        return bodies

"""


def awaited_calls(cls: type, name: str) -> str:
    """The lines of a facade: what becomes of each public method of the class that it stands before."""
    lines: list[str] = []
    for method, function in inspect.getmembers(cls, callable):
        if not method.startswith("_") and method not in AS_THEY_ARE:
            how = "iterated" if get_origin(get_type_hints(function)["return"]) is Iterator else "awaited"
            lines.append(f"    {method} = {how}({name}.{method})\n")
    return "".join(lines)


def calls_module() -> str:
    """The text of the module ``cantinekit.aio.calls``, as it follows from the code."""
    front = '\n\nclass Calls(Facade):\n    """What is asked of a house; see ``cantinekit.Cantine``."""\n\n'
    return CALLS_BEGIN + awaited_calls(Reader, "reads.Reader") + front + awaited_calls(Cantine, "cantine.Cantine")


if __name__ == "__main__":
    for page in PAGES:
        (REFERENCE / page).write_text(written(page), encoding="utf-8")
    CALLS.write_text(calls_module(), encoding="utf-8")
