"""The pages on pictures: the reference has all that is public, and the files are what the code draws now."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from pathlib import Path

import attrs
import pytest

from cantinekit import errors, pictures
from support.pages.reference import page, said, section, titles

PAGE = page("pictures.md")
DOCS = Path(__file__).parents[2] / "docs"
APPLICATION, REPORT = "application", "replay.png"
"""What the code does not draw: the pages of the example application, whose test in a browser makes them."""
PUBLIC = {name: getattr(pictures, name) for name in pictures.__all__}
FUNCTIONS = {name: one for name, one in PUBLIC.items() if inspect.isfunction(one)}
CLASSES = {name: one for name, one in PUBLIC.items() if inspect.isclass(one)}


def default_of(field: attrs.Attribute) -> str:
    return "" if field.default is attrs.NOTHING else f"`{field.default!r}`"


def table_of_fields(text: str) -> list[str]:
    """The rows of the table of a value's fields."""
    return re.findall(r"^\| `\w+` \|.*\|$", text.partition("| call |")[0], re.MULTILINE)


def test_all_of_it_is_there():
    """Each public function and class has a section, in order; what is neither is named."""
    assert titles(PAGE) == [*FUNCTIONS, *CLASSES]
    assert all(f"`{name}`" in PAGE for name in PUBLIC.keys() - FUNCTIONS.keys() - CLASSES.keys())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name):
    """The signature, the text, the parameters and the errors on the page are those of the code."""
    text = section(PAGE, name)
    block = re.search(r"```text\n(.*?)\n```", text, re.DOTALL)[1]
    written = ast.parse(block.replace(name, "def f", 1) + ": ...").body[0]
    node = ast.parse(textwrap.dedent(inspect.getsource(FUNCTIONS[name]))).body[0]
    assert ast.unparse(written.args) == ast.unparse(node.args)
    assert ast.unparse(written.returns) == ast.unparse(node.returns)
    words, meanings, raised = said(FUNCTIONS[name])
    assert words in text
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)
    assert dict(rows) == meanings | raised
    assert list(meanings) == [one.arg for one in [*node.args.args, *node.args.kwonlyargs]]
    assert all(hasattr(errors, error) for error in raised)


@pytest.mark.parametrize("name", CLASSES)
def test_value(name):
    """A value has its text, its fields with types, defaults and meanings, and its calls."""
    cls, text = CLASSES[name], section(PAGE, name)
    words, meanings, _ = said(cls)
    assert words in text
    found = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table_of_fields(text)]
    fields = [field for field in attrs.fields(cls) if not field.name.startswith("_")]
    assert [[cell.replace(r"\|", "|") for cell in row] for row in found] == [
        [f"`{field.name}`", f"`{field.type}`", default_of(field), meanings[field.name]] for field in fields
    ]
    calls = [
        n
        for n, member in vars(cls).items()
        if not n.startswith("_") and (callable(member) or isinstance(member, property))
    ]
    listed = text.partition("| call |")[2]
    assert re.findall(r"^\| `(\w+)", listed, re.MULTILINE) == calls


def test_the_pictures_are_drawn_by_the_code():
    """Each picture of the documentation is what the code draws now, byte for byte; ``draw.py`` writes them anew."""
    import draw

    found = {path.stem: path.read_text(encoding="utf-8") for path in (DOCS / "pictures").glob("*.svg")}
    assert found.keys() == draw.PICTURES.keys()
    for name, make in draw.PICTURES.items():
        assert found[name] == make().svg(), (
            f"docs/pictures/{name}.svg is stale: run docs/examples/draw.py docs/pictures"
        )


def test_the_pictures_are_shown():
    """The explanation shows each of them with words for those who do not see it, and the first version beside them."""
    text = (DOCS / "explanation" / "pictures.md").read_text(encoding="utf-8")
    shown = re.findall(r"^!\[(.{20,})\]\(\.\./pictures/(.+)\)$", text, re.MULTILINE)
    assert sorted(name for _, name in shown) == sorted(
        path.name for path in (DOCS / "pictures").iterdir() if path.name not in (APPLICATION, REPORT)
    )
