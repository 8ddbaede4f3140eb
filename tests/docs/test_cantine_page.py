"""The reference of ``Cantine``, its reader and its answers has every public method, with its exact signature."""

from __future__ import annotations

import ast
import copy
import inspect
import re
import textwrap

import attrs
import pytest

from cantinekit import Outcome, errors, reads
from cantinekit.cantine import Cantine, SharedFeed, fold
from cantinekit.commands import PricePromise
from cantinekit.domain.catalogue.publication import CheckedTariff, ProductChange, Publication
from cantinekit.domain.decision import PriceQuote, SponsoredPart
from cantinekit.domain.sales.comes_to import Afterwards
from cantinekit.reads.records import RecordReads
from cantinekit.runtime import outbox as _tasks
from cantinekit.runtime.outcome import Pays
from support.pages.reference import field_rows, page, rows, section, titles

PAGE = page("cantine.md")
VALUES = [
    Outcome,
    Pays,
    Afterwards,
    Publication,
    ProductChange,
    CheckedTariff,
    PriceQuote,
    SponsoredPart,
    PricePromise,
    _tasks.DueReport,
    reads.AgendaItem,
    reads.Grid,
    reads.GridRow,
    reads.GridCell,
    reads.GridBar,
    reads.ProgrammeItem,
    reads.SessionPage,
    reads.Desk,
    reads.DeskItem,
    reads.DeskSeat,
    reads.Coming,
    reads.Here,
    reads.Balance,
    reads.Holdings,
    reads.HeldPass,
    reads.UnitsLeft,
    reads.HeldBooking,
    reads.HeldSeats,
    reads.Allowance,
    reads.Offer,
    reads.StayOffer,
    reads.Days,
    reads.ClosedSpace,
    reads.Timeline,
    reads.HeldPeriod,
    reads.HeldChange,
    reads.HeldUnits,
    reads.PaymentPage,
    reads.Takings,
    reads.PeriodTakings,
    reads.AccountingEntry,
    reads.AccountingLine,
    reads.BillPreview,
    reads.AgedPayer,
    reads.MonthEnd,
    reads.PayerStatement,
    reads.StatementLine,
    reads.OwedPart,
    reads.UnpaidBill,
    reads.RefusedDebit,
    reads.CheckedClosing,
    reads.FecFile,
    reads.Clearing,
    reads.ClearingPosition,
    reads.Presence,
    reads.Attendance,
    reads.PeriodAttendance,
    reads.FunderReport,
    reads.FunderFigures,
    reads.PublicCount,
    reads.Retention,
    reads.MonthOfMembers,
    reads.Cohort,
    reads.RecurringRevenue,
    reads.Regular,
    reads.AnsweredRow,
    reads.DirectoryPage,
    reads.Status,
    reads.TaskCount,
    reads.HouseFeed,
    reads.FeedItem,
    SharedFeed,
    reads.Listing,
    reads.Numbering,
    reads.SheetRow,
    reads.AttendanceSheet,
    reads.NoShow,
    reads.Certificate,
    reads.Facilitation,
    reads.Themed,
    reads.OrganisationAccount,
    reads.OrganisationExport,
    reads.PersonExport,
    reads.Presence,
]


def methods(cls: type, name: str = "") -> dict[str, ast.FunctionDef]:
    """The public methods of a class as they stand in the source; with the name of the class that has them from it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    return {
        f"{name or cls.__name__}.{node.name}": node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


READS = {
    name: node
    for cls in (RecordReads, *reversed(reads.Reader.__mro__))
    if cls.__module__.startswith("cantinekit.reads")
    for name, node in methods(cls, "Reader").items()
}
CALLS = {**methods(Cantine), "fold": ast.parse(inspect.getsource(fold)).body[0], **READS}


def arguments(name: str) -> ast.arguments:
    """What a caller gives: the parameters without the first one of a method."""
    taken = copy.deepcopy(CALLS[name].args)
    taken.args = taken.args if name == "fold" else taken.args[1:]
    return taken


def test_every_method_is_there():
    """Each public method has a section, in the order of the code, and so has each value that is given back."""
    assert titles(PAGE) == [*CALLS, *(cls.__name__ for cls in VALUES)]


@pytest.mark.parametrize("name", CALLS)
def test_signature(name):
    """The signature on the page is that of the code: names, kinds, annotations, defaults, and what comes back."""
    block = re.search(r"```text\n(.*?)\n```", section(PAGE, name), re.DOTALL)[1]
    written = ast.parse(block.replace(name, "def f", 1) + ": ...").body[0]
    assert ast.unparse(written.args) == ast.unparse(arguments(name))
    assert ast.unparse(written.returns) == ast.unparse(CALLS[name].returns)


@pytest.mark.parametrize("name", CALLS)
def test_raises(name):
    """The errors on the page are those that the code says the method raises."""
    said = (ast.get_docstring(CALLS[name]) or "").partition("Raises:")[2]
    wanted = re.findall(r"^\s*(\w+Error):", said, re.MULTILINE)
    assert [cells[0] for cells in rows(section(PAGE, name))] == wanted
    assert all(hasattr(errors, error) for error in wanted)


def meanings(text: str) -> dict[str, str]:
    """What the docstring says of each parameter or field, on one line and without a last full stop."""
    listed = re.split(r"^(?:Returns|Raises):$", inspect.cleandoc(text).replace("``", "`"), flags=re.MULTILINE)[0]
    listed = re.split(r"^(?:Args|Attributes):$", listed, flags=re.MULTILINE)[-1]
    entries = (
        " ".join(entry.split()).partition(": ") for entry in re.split(r"^ {4}(?=\S)", listed, flags=re.MULTILINE)[1:]
    )
    return {name: meaning.removesuffix(".") for name, _, meaning in entries}


def listed_parameters(text: str) -> dict[str, str]:
    """The parameters that a section lists, each with its meaning."""
    return {name: meaning.removesuffix(".") for name, meaning in re.findall(r"^- `(\w+)`: (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", CALLS)
def test_parameters(name):
    """A section lists each parameter with the meaning that the docstring gives, in its order."""
    wanted = meanings(ast.get_docstring(CALLS[name]) or "")
    found = listed_parameters(section(PAGE, name))
    assert list(found.items()) == list(wanted.items())
    taken = arguments(name)
    assert set(found) == {argument.arg for argument in (*taken.args, *taken.kwonlyargs)}


def test_a_parameter_with_another_meaning_is_found():
    """Control: a meaning that is not that of the code, and a parameter that is left out, differ from the docstring."""
    text = section(PAGE, "Reader.visits")
    wanted = meanings(ast.get_docstring(CALLS["Reader.visits"]))
    assert listed_parameters(text) == wanted == {"person_id": "the person"}
    assert listed_parameters(text.replace("the person", "the place")) != wanted
    assert listed_parameters(text.replace("- `person_id`", "`person_id`")) != wanted


@pytest.mark.parametrize("cls", VALUES)
def test_value(cls):
    """The table of a value has its fields with their types, defaults and meanings, and its computed properties."""
    table = rows(section(PAGE, cls.__name__))
    computed = [n for n, member in vars(cls).items() if isinstance(member, property)]
    fields = len(attrs.fields(cls))
    assert [cells[:3] for cells in table[:fields]] == field_rows(cls, 3)
    said = {name: what for base in reversed(cls.__mro__) for name, what in meanings(base.__doc__ or "").items()}
    told = {cells[0]: cells[3].replace(r"\|", "|").removesuffix(".") for cells in table[:fields]}
    assert told == {name: meaning.strip("`") for name, meaning in said.items()}
    assert [cells[0] for cells in table[fields:]] == computed
