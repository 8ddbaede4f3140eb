"""Availability: what is taken of many spaces, which are free, when they are next free, and why not. Pure."""

from cantinekit.domain.spaces.slots import FixedSlot
from cantinekit.domain.spaces.terms import Terms
from cantinekit.scheduling.availability._answer import Bookables
from cantinekit.scheduling.availability._index import BusyIndex
from cantinekit.scheduling.availability.question import (
    Availability,
    Bookable,
    Filter,
    InBuffer,
    IsClosed,
    IsFull,
    LacksFeature,
    Miss,
    NeedsApproval,
    NotTrained,
    NotYours,
    OffGrid,
    OneUnit,
    OutsideSlots,
    Question,
    Reason,
    Slot,
    TooFar,
    TooLongInARow,
    TooManyAhead,
    TooSmall,
    TooSoon,
    WrongLength,
)
from cantinekit.scheduling.availability.rules import broken_terms
from cantinekit.scheduling.availability.slots import fixed_slots

__all__ = [
    "Availability",
    "Bookable",
    "Bookables",
    "BusyIndex",
    "Filter",
    "FixedSlot",
    "InBuffer",
    "IsClosed",
    "IsFull",
    "LacksFeature",
    "Miss",
    "NeedsApproval",
    "NotTrained",
    "NotYours",
    "OffGrid",
    "OneUnit",
    "OutsideSlots",
    "Question",
    "Reason",
    "Slot",
    "Terms",
    "TooFar",
    "TooLongInARow",
    "TooManyAhead",
    "TooSmall",
    "TooSoon",
    "WrongLength",
    "broken_terms",
    "fixed_slots",
]
