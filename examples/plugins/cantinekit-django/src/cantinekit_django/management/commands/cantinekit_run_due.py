"""``manage.py cantinekit_run_due``: carry out what is due, for cron or a systemd timer."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from cantinekit import Cantine
from cantinekit.errors import CantineError


class Command(BaseCommand):
    """Charges, refunds and messages that wait or failed, and holds that ran out."""

    help = "Carry out what is due in the house that CANTINEKIT names: charges, messages, holds that ran out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=1000, help="at most so many tasks (default: 1000)")

    def handle(self, *args: Any, limit: int, **options: Any) -> str:
        if limit < 1:
            raise CommandError("--limit must be 1 or more")
        try:
            report = configured_house().run_due(limit=limit)
        except CantineError as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        return f"{report.done} done, {report.retried} to be tried again, {report.dead} given up"


def configured_house() -> Cantine:
    """The house that ``settings.CANTINEKIT`` names: a ``Cantine``, or a function that gives one."""
    path = getattr(settings, "CANTINEKIT", None)
    if not isinstance(path, str):
        raise CommandError('the setting CANTINEKIT must name the house, as in CANTINEKIT = "mysite.house.cantine"')
    try:
        found = import_string(path)
    except ImportError as error:
        raise CommandError(f"CANTINEKIT names {path!r}, which cannot be imported: {error}") from error
    house = found() if callable(found) else found
    if not isinstance(house, Cantine):
        raise CommandError(f"CANTINEKIT names {path!r}, which is no Cantine and gives none")
    return house
