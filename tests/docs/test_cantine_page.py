"""The reference of ``Cantine``, its reader and its answers has every public method, with its exact signature."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

import attrs
import pytest

from cantinekit import Outcome, errors
from cantinekit.cantine import Cantine, fold
from cantinekit.commands import PricePromise
from cantinekit.domain.decision import PriceQuote
from cantinekit.reads import attendance, documents
from cantinekit.reads import facilitators as facilitations
from cantinekit.reads import reader as reports
from cantinekit.reads import registrations as admissions
from cantinekit.reads import session_series as themes
from cantinekit.reads.people import PersonExport
from cantinekit.reads.records import RecordReads
from cantinekit.runtime import outbox as _tasks
from support.pages.reference import field_rows, page, rows, section, titles

PAGE = page("cantine.md")
VALUES = [
    Outcome,
    PriceQuote,
    PricePromise,
    _tasks.DueReport,
    reports.AgendaItem,
    reports.Balance,
    reports.Takings,
    reports.Attendance,
    admissions.AnsweredRow,
    documents.Numbering,
    attendance.SheetRow,
    attendance.AttendanceSheet,
    attendance.NoShow,
    attendance.Certificate,
    facilitations.Facilitation,
    themes.Themed,
    PersonExport,
]


def methods(cls: type, name: str = "") -> dict[str, ast.FunctionDef]:
    """The public methods of a class as they stand in the source; with the name of the class that has them from it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    return {
        f"{name or cls.__name__}.{node.name}": node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


CALLS = {
    **methods(Cantine),
    "fold": ast.parse(inspect.getsource(fold)).body[0],
    **methods(RecordReads, "Reader"),
    **methods(reports.Reader),
    **methods(admissions.AdmissionReads, "Reader"),
    **methods(documents.DocumentReads, "Reader"),
    **methods(attendance.AttendanceReads, "Reader"),
    **methods(facilitations.FacilitatorReads, "Reader"),
    **methods(themes.ThemeReads, "Reader"),
}


def test_every_method_is_there():
    """Each public method has a section, in the order of the code, and so has each value that is given back."""
    assert titles(PAGE) == [*CALLS, *(cls.__name__ for cls in VALUES)]


@pytest.mark.parametrize("name", CALLS)
def test_signature(name):
    """The signature on the page is that of the code: names, kinds, annotations, defaults, and what comes back."""
    block = re.search(r"```text\n(.*?)\n```", section(PAGE, name), re.DOTALL)[1]
    written = ast.parse(block.replace(name, "def f", 1) + ": ...").body[0]
    node = CALLS[name]
    node.args.args = [argument for argument in node.args.args if argument.arg not in ("self",)]
    if any(isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list):
        node.args.args = node.args.args[1:]
    assert ast.unparse(written.args) == ast.unparse(node.args)
    assert ast.unparse(written.returns) == ast.unparse(node.returns)


@pytest.mark.parametrize("name", CALLS)
def test_raises(name):
    """The errors on the page are those that the code says the method raises."""
    said = (ast.get_docstring(CALLS[name]) or "").partition("Raises:")[2]
    wanted = re.findall(r"^\s*(\w+Error):", said, re.MULTILINE)
    assert [cells[0] for cells in rows(section(PAGE, name))] == wanted
    assert all(hasattr(errors, error) for error in wanted)


@pytest.mark.parametrize("cls", VALUES)
def test_value(cls):
    """The table of a value has its fields with their types and defaults, and its computed properties."""
    table = rows(section(PAGE, cls.__name__))
    computed = [n for n, member in vars(cls).items() if isinstance(member, property)]
    fields = len(attrs.fields(cls))
    assert table[:fields] == field_rows(cls, 3)
    assert [cells[0] for cells in table[fields:]] == computed
