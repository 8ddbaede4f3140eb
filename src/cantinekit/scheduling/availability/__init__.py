"""Availability: what is taken of many spaces, which are free, when first, and why not. Pure."""

from cantinekit.scheduling.availability._answer import Bookables
from cantinekit.scheduling.availability._feed import FED, JournalIndex, StandingEvent, standing_after
from cantinekit.scheduling.availability._index import BusyIndex
from cantinekit.scheduling.availability._question import (
    Availability,
    Bookable,
    Filter,
    InBuffer,
    IsClosed,
    IsFull,
    LacksFeature,
    Miss,
    NotYours,
    OffGrid,
    OneUnit,
    Question,
    Reason,
    Slot,
    Terms,
    TooFar,
    TooSmall,
    TooSoon,
    WrongLength,
)

__all__ = [
    "FED",
    "Availability",
    "Bookable",
    "Bookables",
    "BusyIndex",
    "Filter",
    "InBuffer",
    "IsClosed",
    "IsFull",
    "JournalIndex",
    "LacksFeature",
    "Miss",
    "NotYours",
    "OffGrid",
    "OneUnit",
    "Question",
    "Reason",
    "Slot",
    "StandingEvent",
    "Terms",
    "TooFar",
    "TooSmall",
    "TooSoon",
    "WrongLength",
    "standing_after",
]
