"""The texts of pictures, in French and in English: no system locale is asked."""

from __future__ import annotations

from datetime import date, datetime

from cantinekit.clock import Period
from cantinekit.common import times
from cantinekit.common.typography import MONTHS, WEEKDAYS, french_words
from cantinekit.common.typography import number as set_number
from cantinekit.errors import InputError
from cantinekit.errors.shown import shown

_FRENCH = french_words(
    {
        "week": "{place} : semaine du {days}",
        "month": "{place} : {month} {year}",
        "occupancy": "{place} : occupation du {days}",
        "occupancy weekday": "{place} : occupation moyenne par jour de semaine, du {days}",
        "about": "{spaces} espaces, {items} réservations et séances. Heure de {zone}.",
        "about occupancy": "{spaces} espaces. Part des unités prises parmi celles qui sont ouvertes, heure par heure. "
        "Heure de {zone}.",
        "total": "Sur l’ensemble : {share} unités-minutes.",
        "see tables": "Les mêmes données sont dans les tableaux qui suivent.",
        "sheet": "{title} ({n}/{of})",
        "items": "Réservations et séances",
        "openings": "Ouvertures et fermetures",
        "items head": "Jour|Début|Fin|Espace|Quoi|Nature|État",
        "openings head": "Jour|Espace|Ouvert|Fermé pour",
        "occupancy caption": "Part prise des unités-minutes ouvertes (prises/ouvertes), + prises hors ouverture",
        "day": "Jour",
        "all": "Total",
        "share": "{percent} ({taken}/{open})",
        "outside": "+{minutes}",
        "closed": "fermé",
        "no hour": "cette heure n’existe pas",
        "booking": "réservation",
        "session": "séance",
        "confirmed": "confirmé",
        "state held booking": "option",
        "state held session": "à confirmer",
        "held booking": "Option",
        "held session": "À confirmer",
        "held label": "{held} : {label}",
        "any booking": "Réservé",
        "any session": "Séance",
        "seats": "{taken}/{seats} places",
        "units": "× {units}",
        "no space": "sans salle",
        "continued": "{name} (suite)",
        "nothing": "rien à montrer",
        "none": "aucune",
        "every space": "tous les espaces",
        "longer": "{hours} : l’horloge recule, une heure vient deux fois",
        "shorter": "{hours} : l’horloge avance, une heure manque",
        "skipped": "ce jour n’existe pas dans ce fuseau",
        "hour again": "{hour} bis",
        "legend booking": "réservation",
        "legend session": "séance",
        "legend held": "pas encore confirmé",
        "legend outside": "hors ouverture",
        "legend shut": "fermé, avec le motif",
        "legend more": "continue avant ou après",
        "legend since": "→ depuis la veille",
        "legend closed": "fermé",
        "legend use": "+ utilisé hors ouverture",
        "legend no hour": "l’heure n’existe pas",
        "closure": "fermeture",
        "public holiday": "jour férié",
        "school holidays": "vacances scolaires",
        "at": "{time}, {day}",
        "funders": "Fréquentation du {days}",
        "about funders": "{places} lieux. Un chiffre qui porte sur moins de cinq personnes n’est pas montré, ni un "
        "autre dont il se déduirait.",
        "all places": "Tous les lieux",
        "not shown": "non montré",
        "month of": "Mois",
        "revenue": "recettes",
        "not known": "non connu",
        "figure people": "personnes",
        "figure new": "nouvelles",
        "figure returning": "revenues",
        "figure walk_ins": "passages anonymes",
        "figure visits": "visites",
        "figure minutes": "heures de présence",
        "figure organisations": "structures",
        "figure sessions": "séances",
        "figure seats": "places",
        "figure present": "présents",
        "figure let_minutes": "heures louées",
        "figure opening_days": "jours d’ouverture",
        "takings": "Recettes du {days}",
        "about takings": "{places} lieux. Ce qui a été encaissé chaque jour, moins ce qui a été rendu.",
        "takings caption": "Recettes par jour",
        "legend taken": "encaissé",
        "legend given back": "rendu, plus qu’encaissé ce jour-là",
        "colon": " : ",
    }
)
_ENGLISH = {
    "week": "{place}: week of {days}",
    "month": "{place}: {month} {year}",
    "occupancy": "{place}: occupancy, {days}",
    "occupancy weekday": "{place}: average occupancy by weekday, {days}",
    "about": "{spaces} spaces, {items} bookings and sessions. Times of {zone}.",
    "about occupancy": "{spaces} spaces. Share of the units taken among those that are open, hour by hour. "
    "Times of {zone}.",
    "total": "Over all: {share} unit-minutes.",
    "see tables": "The tables below have the same facts.",
    "sheet": "{title} ({n}/{of})",
    "items": "Bookings and sessions",
    "openings": "Openings and closures",
    "items head": "Day|Start|End|Space|What|Kind|State",
    "openings head": "Day|Space|Open|Closed for",
    "occupancy caption": "Share of the open unit-minutes that are taken (taken/open), + taken outside the openings",
    "day": "Day",
    "all": "Total",
    "share": "{percent} ({taken}/{open})",
    "outside": "+{minutes}",
    "closed": "closed",
    "no hour": "there is no such hour",
    "booking": "booking",
    "session": "session",
    "confirmed": "confirmed",
    "state held booking": "hold",
    "state held session": "to be confirmed",
    "held booking": "Hold",
    "held session": "To be confirmed",
    "held label": "{held}: {label}",
    "any booking": "Booked",
    "any session": "Session",
    "seats": "{taken}/{seats} seats",
    "units": "× {units}",
    "no space": "no room",
    "continued": "{name} (continued)",
    "nothing": "nothing to show",
    "none": "none",
    "every space": "all spaces",
    "longer": "{hours}: the clock goes back, an hour comes twice",
    "shorter": "{hours}: the clock goes forward, an hour is missing",
    "skipped": "there is no such day in this zone",
    "hour again": "{hour} again",
    "legend booking": "booking",
    "legend session": "session",
    "legend held": "not yet confirmed",
    "legend outside": "outside the openings",
    "legend shut": "closed, with the reason",
    "legend more": "goes on before or after",
    "legend since": "→ since the day before",
    "legend closed": "closed",
    "legend use": "+ used outside the openings",
    "legend no hour": "there is no such hour",
    "closure": "closure",
    "public holiday": "public holiday",
    "school holidays": "school holidays",
    "at": "{time}, {day}",
    "funders": "Attendance, {days}",
    "about funders": "{places} places. A figure about fewer than five people is not shown, nor another that would "
    "tell it.",
    "all places": "All places",
    "not shown": "not shown",
    "month of": "Month",
    "revenue": "revenue",
    "not known": "not known",
    "figure people": "people",
    "figure new": "new",
    "figure returning": "returning",
    "figure walk_ins": "walk-ins",
    "figure visits": "visits",
    "figure minutes": "hours present",
    "figure organisations": "organisations",
    "figure sessions": "sessions",
    "figure seats": "seats",
    "figure present": "present",
    "figure let_minutes": "hours let",
    "figure opening_days": "opening days",
    "takings": "Takings, {days}",
    "about takings": "{places} places. What was taken on each day, less what was given back.",
    "takings caption": "Takings by day",
    "legend taken": "taken",
    "legend given back": "given back, more than was taken that day",
    "colon": ": ",
}
_TEXTS = {"en": _ENGLISH, "fr": _FRENCH}


class PictureWords:
    """The texts in one language. Calling it gives one by its name, filled with values.

    Raises:
        InputError: neither ``"fr"`` nor ``"en"``.
    """

    def __init__(self, lang: str) -> None:
        if not isinstance(lang, str) or lang not in _TEXTS:
            raise InputError(f"a picture speaks {' or '.join(sorted(_TEXTS))}, not {shown(lang)}")
        self.lang = lang

    def __call__(self, name: str, /, **values: object) -> str:
        return _TEXTS[self.lang][name].format(**values)

    # --- days ------------------------------------------------------------------------------------------------------

    def weekday(self, weekday: int) -> str:
        """The name of a weekday; 0 is Monday."""
        return WEEKDAYS[self.lang][weekday]

    def month(self, month: int) -> str:
        """The name of a month, from 1 on."""
        return MONTHS[self.lang][month - 1]

    def dated(self, day: date) -> str:
        """``1 May 2027``, in French ``1er mai 2027``."""
        return times.dated(day, self.lang)

    def day(self, day: date) -> str:
        """A day with its weekday."""
        return times.day(day, self.lang)

    def dates(self, first: date, last: date) -> str:
        """From a day to another, without saying a month or a year twice: ``9 to 15 November 2026``."""
        return times.days(first, last, self.lang)

    def short(self, day: date) -> str:
        """A day as it stands in a calendar: ``Mon 2``."""
        return f"{self.weekday(day.weekday())[:3]}{'.' if self.lang == 'fr' else ''} {day.day}"

    def change(self, minutes: int) -> str:
        """The note on a day that is longer or shorter than 24 hours."""
        whole, rest = divmod(24 * 60 + minutes, 60)
        return self("longer" if minutes > 0 else "shorter", hours=f"{whole} h {rest:02d}" if rest else f"{whole} h")

    # --- times -----------------------------------------------------------------------------------------------------

    def time(self, at: datetime, zone: str) -> str:
        """What the wall clock shows; of a time that comes twice, which of the two is meant."""
        return times.clock(at, zone, self.lang)

    def end(self, period: Period, zone: str) -> str:
        """When a period ends; at midnight that is 24:00 of the day before."""
        return times.clock_end(period, zone, self.lang)

    def span(self, period: Period, zone: str) -> str:
        """From when to when, on one day."""
        return f"{self.time(period.start, zone)}–{self.end(period, zone)}"

    # --- figures ---------------------------------------------------------------------------------------------------

    def percent(self, value: object) -> str:
        """A share: ``50%``, in French ``50 %``."""
        return set_number(f"{value}%", self.lang)

    def figure(self, value: int) -> str:
        """An integer, its thousands apart in French."""
        return set_number(value, self.lang)
