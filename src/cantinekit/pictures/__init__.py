"""Pictures of a place: the agenda of a week or a month, and a heat map of its occupancy, as SVG and as HTML.

``week_agenda``, ``month_agenda`` and ``heat_map`` are pure: they make a ``Picture`` out of values. ``week_of``,
``month_of`` and ``occupancy_of`` gather the values of a place from a reader, that of ``cantine.read``. ``occupancy``
gives the figures of a heat map alone. ``funder_picture`` draws a report of ``cantine.read.funder_report``,
``takings_picture`` what ``cantine.read.takings_of`` says of some places.
"""

from cantinekit.pictures._funders import funder_picture
from cantinekit.pictures._gather import Label, month_of, occupancy_of, week_of
from cantinekit.pictures._heat import heat_map
from cantinekit.pictures._month import month_agenda
from cantinekit.pictures._occupancy import Occupancy, Share, SpaceUse, occupancy
from cantinekit.pictures._picture import Picture, Table
from cantinekit.pictures._takings import takings_picture
from cantinekit.pictures._values import Block, Shut, SpaceRow
from cantinekit.pictures._week import week_agenda

__all__ = [
    "Block",
    "Label",
    "Occupancy",
    "Picture",
    "Share",
    "Shut",
    "SpaceRow",
    "SpaceUse",
    "Table",
    "funder_picture",
    "heat_map",
    "month_agenda",
    "month_of",
    "occupancy",
    "occupancy_of",
    "takings_picture",
    "week_agenda",
    "week_of",
]
