"""Calendars in and out: iCalendar (RFC 5545), busy time, invitations, feeds, JSON-LD, CSV. Pure: nothing is sent."""

from cantinekit.scheduling.calendars._busy import Busy, read_busy
from cantinekit.scheduling.calendars._event import FIELDS, CalendarEvent, Participant
from cantinekit.scheduling.calendars._feed import (
    MEDIA_TYPE,
    Feed,
    WrittenComponents,
    etag,
    events_of,
    matches,
    veiled,
    write_feed,
    write_resource,
)
from cantinekit.scheduling.calendars._freebusy import BusyPeriod, merged, write_availability, write_free_busy
from cantinekit.scheduling.calendars._itip import (
    CalendarMessage,
    answered,
    cancel,
    newer,
    one_date,
    read_messages,
    reply,
    request,
)
from cantinekit.scheduling.calendars._problems import CODES, CalendarLimits, CalendarProblem
from cantinekit.scheduling.calendars._programme import Events, Head, Programme, read_programme
from cantinekit.scheduling.calendars._tokens import (
    FeedToken,
    feed_token_id,
    feed_token_opens,
    new_feed_token,
    revoked,
)
from cantinekit.scheduling.calendars._write import write_event
from cantinekit.scheduling.calendars.web import json_ld, json_ld_script, write_csv

__all__ = [
    "CODES",
    "FIELDS",
    "MEDIA_TYPE",
    "Busy",
    "BusyPeriod",
    "CalendarEvent",
    "CalendarLimits",
    "CalendarMessage",
    "CalendarProblem",
    "Events",
    "Feed",
    "FeedToken",
    "Head",
    "Participant",
    "Programme",
    "WrittenComponents",
    "answered",
    "cancel",
    "etag",
    "events_of",
    "feed_token_id",
    "feed_token_opens",
    "json_ld",
    "json_ld_script",
    "matches",
    "merged",
    "new_feed_token",
    "newer",
    "one_date",
    "read_busy",
    "read_messages",
    "read_programme",
    "reply",
    "request",
    "revoked",
    "veiled",
    "write_availability",
    "write_csv",
    "write_event",
    "write_feed",
    "write_free_busy",
    "write_resource",
]
