"""The words of the report, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from cantinekit.common.times import days as between
from cantinekit.common.times import month, short_day
from cantinekit.common.typography import NO_BREAK, check_lang, french_words, money, number
from cantinekit.money import Money

SHORT = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}
_EN: Mapping[str, str] = {
    "title": "What if? {new}",
    "about": "{rows} visits and purchases{days}, under the list that is asked about (new) and under the one that it is "
    "held against (old). All amounts are what is paid, taxes included.",
    "one about": "{rows} visit or purchase{days}, under the list that is asked about (new) and under the one that it "
    "is held against (old). All amounts are what is paid, taxes included.",
    "total": "Revenue",
    "old": "Old list",
    "new": "New list",
    "change": "Change",
    "rows": "Rows",
    "members": "Members",
    "less": "pay less",
    "same": "pay the same",
    "more": "pay more",
    "uncompared": "cannot be compared",
    "one less": "pays less",
    "one same": "pays the same",
    "one more": "pays more",
    "one uncompared": "cannot be compared",
    "of members": "of {members} members",
    "one of members": "of {members} member",
    "check": "The old list and what was charged",
    "check good": "Replayed, the old list is what was charged in all {rows} rows.",
    "one check good": "Replayed, the old list is what was charged in the only row.",
    "check bad": "Replayed, the old list is what was charged in {equal} of {rows} rows. In all {charged} were "
    "charged, and it comes to {replayed}.",
    "one check bad": "Replayed, the old list is not what was charged in the only row. {charged} were charged, and it "
    "comes to {replayed}.",
    "check none": "The file does not say what was charged.",
    "check first": "Other rows: {differ}. Here are {shown} of them; all are in {file}.",
    "one check first": "Other rows: {differ}, which is here and in {file}.",
    "month": "Month",
    "by month": "Revenue by month",
    "product": "Product",
    "by product": "Revenue by product",
    "change of product": "Change of revenue by product",
    "category": "Category",
    "by category": "Who pays more and who less, by “{by}”",
    "tenth": "Tenth",
    "by tenth": "Who pays more and who less, by what they paid",
    "about tenths": "The members by what they pay under the old list, in ten parts of the same size: the first tenth "
    "pays least, the last one most.",
    "few": "They are fewer than ten, so that some tenths have nobody and are not shown.",
    "least": "pay least",
    "most paid": "pay most",
    "unknown": "not known",
    "most": "The {count} members whose year changes most",
    "one most": "The member whose year changes most",
    "most of one": "Rows with another price: {changed} of {rows}. What changes most:",
    "member": "Member",
    "day": "Day",
    "times": "Times",
    "row": "Row",
    "charged": "Charged",
    "why": "Reason",
    "refused": "refused",
    "left out": "What is not in the figures",
    "nobody": "Rows of nobody known: {rows}. They come to {old} under the old list and to {new} under the new one.",
    "only old": "Rows with a price under the old list alone: {rows}, which come to {old}.",
    "only new": "Rows with a price under the new list alone: {rows}, which come to {new}.",
    "left out members": "Members who cannot be compared, since none of their rows has a price under both lists: "
    "{members}.",
    "refused old": "Rows that the old list refuses: {rows}.",
    "refused new": "Rows that the new list refuses: {rows}.",
    "refused both": "Rows that both lists refuse: {rows}.",
    "refused kind": "{product} ({codes}): {rows}, such as row {first}{why}",
    "refused why": "; {said}",
    "not listed": "the list has no such product",
    "near": "perhaps {near} is meant",
    "unpriced": "{unpriced} of {rows} rows have no price under one of the lists, or under both, and bring nothing "
    "there: the reasons are at the end. The other rows come to {old} under the old list and to {new} under the new one "
    "({change}).",
    "one unpriced": "One of {rows} rows has no price under one of the lists, or under both, and brings nothing there: "
    "the reason is at the end. The other rows come to {old} under the old list and to {new} under the new one "
    "({change}).",
    "no members": "No row names a customer: who pays more and who less is not known.",
    "unused": "Columns of the file that neither list asks for: {columns}.",
    "not sold": "What customers had, as the file says, and neither list has: {products}.",
    "nothing left out": "Every row has a price under both lists and is of a member.",
    "how": "How it was computed",
    "about ways": "Every row comes to the same whichever way it is answered: by columns, programs, or phases.",
    "ways": "Version {version}, engine {engine}, rows by way: {ways}.",
    "same visits": "It is the same visits: nobody is assumed to come more often, or less, or to buy something else.",
    "table": "The figures as a table",
    "colon": ": ",
    "why together": "priced together with other things",
    "why amended": "made longer or measured later",
    "why renewed": "a later period of a pass, of which the days count",
    "why gift": "a gift, for which nothing of its buyer is counted",
    "why stretches": "further stretches of time",
    "why forgotten": "facts of the person are gone",
    "why semantics": "priced by an earlier version of the library",
    "why other version": "charged by another version of the list",
    "why units": "units that the file does not know, or knows too many of",
    "why none": "not known",
    "wrote": "Written to {folder}: {files}",
    "late about": "Rows reported afterwards: {late} late, {corrected} corrected, {withdrawn} withdrawn.",
    "late rows": "Customers priced anew: {customers}. Rows untouched: {untouched} of {rows}.",
    "late everybody": "The list counts something for everybody: all who have such rows are priced anew.",
    "late lines": "rows: {lines}",
    "late more": "  and {more} more",
    "one late more": "  and {more} more",
    "late nobody": "nobody known",
    "late nothing": "Nothing is to bill or to credit: no row comes to another amount.",
    "late refused": "Lines without a price, which are not billed: {lines}, such as row {first} ({codes}).",
    "late unused": "Columns of the files that the list does not ask for: {columns}.",
    "late odd": "Rows that were charged another amount than the list came to: {rows}. Look at them before you bill.",
    "to bill": "To bill",
    "to credit": "To credit",
    "together": "Together",
}
_FR: Mapping[str, str] = french_words(
    {
        "title": "Et si ? {new}",
        "about": "{rows} visites et achats{days}, selon la grille étudiée (nouvelle) et selon celle à laquelle on la "
        "compare (ancienne). Les montants sont ceux que l’on paie, taxes comprises.",
        "one about": "{rows} visite ou achat{days}, selon la grille étudiée (nouvelle) et selon celle à laquelle on la "
        "compare (ancienne). Les montants sont ceux que l’on paie, taxes comprises.",
        "total": "Recettes",
        "old": "Ancienne grille",
        "new": "Nouvelle grille",
        "change": "Écart",
        "rows": "Lignes",
        "members": "Membres",
        "less": "paient moins",
        "same": "paient autant",
        "more": "paient plus",
        "uncompared": "ne peuvent être comparés",
        "one less": "paie moins",
        "one same": "paie autant",
        "one more": "paie plus",
        "one uncompared": "ne peut être comparé",
        "of members": "sur {members} membres",
        "one of members": "sur {members} membre",
        "check": "L’ancienne grille et ce qui a été facturé",
        "check good": "Rejouée, l’ancienne grille donne ce qui a été facturé sur l’ensemble des {rows} lignes.",
        "one check good": "Rejouée, l’ancienne grille donne ce qui a été facturé sur la seule ligne.",
        "check bad": "Rejouée, l’ancienne grille donne ce qui a été facturé sur {equal} des {rows} lignes. En tout, "
        "{charged} ont été facturés, et elle donne {replayed}.",
        "one check bad": "Rejouée, l’ancienne grille ne donne pas ce qui a été facturé sur la seule ligne. {charged} "
        "ont été facturés, et elle donne {replayed}.",
        "check none": "Le fichier ne dit pas ce qui a été facturé.",
        "check first": "Autres lignes : {differ}. En voici {shown} ; toutes sont dans {file}.",
        "one check first": "Autres lignes : {differ}, qui est ici et dans {file}.",
        "month": "Mois",
        "by month": "Recettes par mois",
        "product": "Produit",
        "by product": "Recettes par produit",
        "change of product": "Écart de recettes par produit",
        "category": "Catégorie",
        "by category": "Qui paie plus et qui paie moins, par « {by} »",
        "tenth": "Dixième",
        "by tenth": "Qui paie plus et qui paie moins, selon ce qu’ils payaient",
        "about tenths": "Les membres selon ce qu’ils paient avec l’ancienne grille, en dix parts égales : le "
        "premier dixième paie le moins, le dernier le plus.",
        "few": "Ils sont moins de dix : des dixièmes n’ont personne et ne sont pas montrés.",
        "least": "paient le moins",
        "most paid": "paient le plus",
        "unknown": "inconnue",
        "most": "Les {count} membres dont l’année change le plus",
        "one most": "Le membre dont l’année change le plus",
        "most of one": "Lignes à un autre prix : {changed} sur {rows}. Ce qui change le plus :",
        "member": "Membre",
        "day": "Jour",
        "times": "Fois",
        "row": "Ligne",
        "charged": "Facturé",
        "why": "Raison",
        "refused": "refusé",
        "left out": "Ce qui n’est pas dans les chiffres",
        "nobody": "Lignes d’aucun membre connu : {rows}. Elles font {old} avec l’ancienne grille et {new} avec la "
        "nouvelle.",
        "only old": "Lignes qui n’ont de prix qu’avec l’ancienne grille : {rows}, qui font {old}.",
        "only new": "Lignes qui n’ont de prix qu’avec la nouvelle grille : {rows}, qui font {new}.",
        "left out members": "Membres qui ne peuvent être comparés, aucune de leurs lignes n’ayant un prix avec les "
        "deux grilles : {members}.",
        "refused old": "Lignes que l’ancienne grille refuse : {rows}.",
        "refused new": "Lignes que la nouvelle grille refuse : {rows}.",
        "refused both": "Lignes que les deux grilles refusent : {rows}.",
        "refused kind": "{product} ({codes}) : {rows}, comme la ligne {first}{why}",
        "refused why": " ; {said}",
        "not listed": "la grille n’a pas ce produit",
        "near": "peut-être est-ce {near}",
        "unpriced": "{unpriced} lignes sur {rows} n’ont pas de prix avec l’une des grilles, ou avec les deux, et n’y "
        "rapportent rien : les raisons sont à la fin. Les autres font {old} avec l’ancienne grille et {new} avec la "
        "nouvelle ({change}).",
        "one unpriced": "Une ligne sur {rows} n’a pas de prix avec l’une des grilles, ou avec les deux, et n’y "
        "rapporte rien : la raison est à la fin. Les autres font {old} avec l’ancienne grille et {new} avec la "
        "nouvelle ({change}).",
        "no members": "Aucune ligne ne nomme un client : on ne sait pas qui paie plus et qui paie moins.",
        "unused": "Colonnes du fichier que ni l’une ni l’autre grille ne demande : {columns}.",
        "not sold": "Ce que des clients avaient d’après le fichier, et qu’aucune des grilles n’a : {products}.",
        "nothing left out": "Chaque ligne a un prix avec les deux grilles et appartient à un membre.",
        "how": "Comment c’est calculé",
        "about ways": "Chaque ligne donne le même montant par toutes les voies : colonnes, programmes ou phases.",
        "ways": "Version {version}, moteur {engine}, lignes par voie : {ways}.",
        "same visits": "Ce sont les mêmes visites : on ne suppose pas que quelqu’un vienne plus souvent ou moins "
        "souvent, ni qu’il achète autre chose.",
        "table": "Les chiffres en tableau",
        "colon": " : ",
        "why together": "calculé avec d’autres choses",
        "why amended": "prolongé, ou mesuré plus tard",
        "why renewed": "une période suivante, comptée en jours",
        "why gift": "un cadeau, pour lequel rien n’est compté à l’acheteur",
        "why stretches": "d’autres plages de temps",
        "why forgotten": "les données de la personne ont été effacées",
        "why semantics": "calculé par une version antérieure de la bibliothèque",
        "why other version": "facturé par une autre version de la grille",
        "why units": "des droits que le fichier ne connaît pas, ou en trop",
        "why none": "inconnue",
        "wrote": "Écrit dans {folder} : {files}",
        "late about": "Lignes signalées après coup : en retard {late}, corrigées {corrected}, retirées {withdrawn}.",
        "late rows": "Membres recalculés : {customers}. Lignes inchangées : {untouched} sur {rows}.",
        "late everybody": "La grille compte quelque chose pour tous : tous ceux qui ont de telles lignes sont "
        "recalculés.",
        "late lines": "lignes : {lines}",
        "late more": "  et {more} autres",
        "one late more": "  et {more} autre",
        "late nobody": "membre inconnu",
        "late nothing": "Rien à facturer ni à rembourser : aucune ligne n’a un autre montant.",
        "late refused": "Lignes sans prix, qui ne sont pas facturées : {lines}, comme la ligne {first} ({codes}).",
        "late unused": "Colonnes des fichiers que la grille ne demande pas : {columns}.",
        "late odd": "Lignes facturées à un autre montant que celui de la grille : {rows}. Vérifiez-les avant de "
        "facturer.",
        "to bill": "À facturer",
        "to credit": "À rembourser",
        "together": "En tout",
    }
)


class Words:
    """The words of a report in a language.

    Args:
        lang: "fr" or "en".
        currency: ISO 4217 code of its amounts.

    Raises:
        InputError: no such language.
    """

    def __init__(self, lang: str, currency: str) -> None:
        check_lang(lang)
        self.lang = lang
        self.currency = currency
        self._words = _FR if lang == "fr" else _EN

    def __call__(self, name: str, **values: object) -> str:
        """A sentence with its values: amounts as minor units under the names of amounts, other integers as numbers."""
        amounts = ("old", "new", "charged", "replayed")
        shown = {
            key: (self.money(value) if key in amounts else self.number(value)) if type(value) is int else value
            for key, value in values.items()
        }
        return self._words[name].format(**shown)

    def of(self, count: int, name: str, /, **values: object) -> str:
        """A sentence about so many: of one it is another. A French plural begins at 2."""
        several = count != 1 if self.lang == "en" else count >= 2
        return self(name if several else f"one {name}", **values)

    def counted(self, count: int, kind: str) -> str:
        """How many of some members: "1 pays more"."""
        return f"{self.number(count)} {self.of(count, kind)}"

    def money(self, minor: int) -> str:
        """An amount."""
        return money(Money(minor, self.currency), self.lang).replace("-", "−")

    def change(self, minor: int) -> str:
        """An amount with its sign."""
        return f"+{self.money(minor)}" if minor > 0 else self.money(minor)

    def number(self, count: int) -> str:
        """A number of things."""
        return number(count, self.lang)

    def percent(self, change: int, base: int) -> str:
        """A change in tenths of a percent of what it is a change of, rounded half away from zero; empty where that is
        nothing.
        """
        if not base:
            return ""
        tenths = (abs(change) * 2000 + abs(base)) // (2 * abs(base))
        sign = "" if not tenths else "+" if (change > 0) == (base > 0) else "−"
        text = number(f"{tenths // 10}.{tenths % 10}", self.lang)
        return f"{sign}{text}{NO_BREAK}%"

    def day(self, day: date | None) -> str:
        """A day in a table."""
        return "" if day is None else short_day(day, self.lang)

    def days(self, days: Sequence[date]) -> str:
        """From when to when, behind what it is of; nothing without a day."""
        return f" ({between(min(days), max(days), self.lang)})" if days else ""

    def month(self, name: str) -> str:
        """A month as ``Sums.name`` has it."""
        return month(date.fromisoformat(f"{name}-01"), self.lang)

    def short_month(self, name: str, *, year: bool) -> str:
        """A month at an axis, with its year below it."""
        short = SHORT[self.lang][int(name[5:]) - 1]
        return f"{short}\n{name[:4]}" if year else short

    def reasons(self, codes: tuple[str, ...]) -> str:
        """Why a row was charged another amount; what no page explains is told as it stands."""
        said = [
            f"{self('refused')}{self('colon')}{code.removeprefix('refused: ')}"
            if code.startswith("refused: ")
            else self._words.get(f"why {code}", code)
            for code in codes
        ]
        return ", ".join(said) or self("why none")
