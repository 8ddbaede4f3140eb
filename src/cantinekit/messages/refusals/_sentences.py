"""What is said of a refusal in French, by the class of the error and the English sentence that it was raised with.

The English sentence is the key, as in gettext; its holes are numbered, and the French one may have them in another
order. A test walks over every place that raises one and finds it here.
"""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "AccountError": {
        "attempt {0} is a share of a sponsor, who pays another charge": (
            "le paiement {0} est une part d’un financeur, qui règle une autre somme due"
        ),
        "there is no gateway account {0}": "il n’y a pas de compte d’encaissement {0}",
        "{0} has no mandate in force: SignMandate records one": (
            "{0} n’a pas de mandat de prélèvement en vigueur : il faut d’abord en enregistrer un"
        ),
        "there is no gateway account {0}; accounts: {1}": "il n’y a pas de compte d’encaissement {0} ; il y a : {1}",
        "{0} may not take money through the account {1}": "{0} ne peut pas encaisser par le compte {1}",
        "attempt {0} took credit, and no money: RefundCharge gives it back as credit": (
            "le paiement {0} a pris sur un avoir, pas de l’argent : il se rend en avoir"
        ),
        "attempt {0} is a direct debit: RefundCharge makes credit of it, and PayBack pays it": (
            "le paiement {0} est un prélèvement : il se rend en avoir, qui peut ensuite être versé"
        ),
        "the account {0} gives back all of a payment or nothing: pay each by itself": (
            "le compte {0} ne rend que la totalité d’un paiement : payez chaque chose séparément"
        ),
        "a payment through {0} is not in hand at once: use Pay or PayTogether": (
            "un paiement par {0} n’est pas encaissé tout de suite : passez par un paiement en ligne"
        ),
        "the account {0} gives no money back": "le compte {0} ne permet pas de rembourser",
        "the account {0} gives back all of a payment or nothing": "le compte {0} ne rend que la totalité d’un paiement",
    },
    "ConflictError": {
        "{0} is taken": "{0} est déjà pris",
        "{0} is taken within the buffers around that time": (
            "{0} est pris juste avant ou juste après, dans le temps de battement"
        ),
        "{0} is booked": "{0} est réservé",
    },
    "DuplicateError": {
        "clearing rule {0}": "la règle de compensation {0}",
        "the prefix {0}": "le préfixe {0}",
        "the {0} of charge {1}": "{0} de la somme due {1}",
        "a facilitator who is this person": "un intervenant pour cette personne",
        "an affiliation of the person with the organisation": "un rattachement de cette personne à l’organisation",
        "a refund with this reference": "un remboursement portant cette référence",
        "a payment with this reference": "un paiement portant cette référence",
        "a person with this e-mail address": "une personne avec cette adresse e-mail",
        "a registration of this person for this session": "une inscription de cette personne à cette séance",
        "the role {0} of the person on one of these days": "le rôle {0} de cette personne à l’une de ces dates",
        "{0} {1}": "{0} {1}",
        "a visit of this person at that time": "une visite de cette personne à ce moment-là",
        "an open visit of this person": "une visite en cours de cette personne",
        "an access code among these": "l’un de ces codes d’accès",
        "an open visit of this person at that time": "une visite en cours de cette personne à ce moment-là",
    },
    "IncompleteError": {
        "to be said of line {0}: {1}": "à préciser pour la ligne {0} : {1}",
    },
    "InputError": {
        "a day is a date": "un jour est attendu",
        "a grid has at most {0} cells: ask for fewer spaces, or a longer step": (
            "une grille a au plus {0} cases : demandez moins d’espaces, ou un pas plus long"
        ),
        "an aware datetime is needed, not {0}": "une date et une heure sont attendues",
        "{0} has no time zone; give it one, for example datetime.UTC": "{0} : il manque le fuseau horaire",
        "{0} is out of range (1970 to 9997)": "{0} : date hors limites (1970 à 9997)",
        "not a time zone name: {0}": "{0} n’est pas un fuseau horaire",
        "a time of day is a time or a text such as '14:00', not {0}": "une heure s’écrit par exemple 14:00, pas {0}",
        "a period can end at 24:00 and not start then: it starts at 0:00 of the next day": (
            "une période peut se terminer à 24:00, pas commencer à cette heure : elle commence à 0:00 le jour suivant"
        ),
        "{0} is out of range": "{0} : date hors limites",
        "not an instant: {0}": "{0} n’est pas une date et une heure",
        "unknown time zone {0}": "{0} n’est pas un fuseau horaire",
        "a period must end after it starts: {0} to {1}": "la fin doit être après le début : du {0} au {1}",
        "WallTime.day is a date": "un jour est attendu",
        "WallTime.at is a time of day without a time zone; the zone is named beside it": (
            "une heure est attendue, sans fuseau horaire"
        ),
        "a time of day has no time zone of its own": "une heure n’a pas de fuseau horaire à elle",
        "{0} must not be empty and holds no line break, tab or '|': {1}": (
            "{0} : un texte est attendu, sans saut de ligne, tabulation ni « | », pas {1}"
        ),
        "{0} must be a text, not {1}": "{0} : un texte est attendu",
        "{0} is too long: {1} characters, at most {2}": "{0} : trop long, {1} caractères pour {2} au plus",
        "{0} holds a control character": "{0} : contient un caractère qui ne s’écrit pas",
        "{0} is too long: {1} bytes in UTF-8, at most {2}": "{0} : trop long, {1} octets pour {2} au plus",
        "{0} are {1}": "{0} : ne convient pas ({1})",
        "{0} names each {1} once, and at most {2} of them": "{0} : chaque élément ({1}) une seule fois, et {2} au plus",
        "{0} is a gateway's name of a means of payment, never the number of a card": (
            "{0} : le nom d’un moyen de paiement, jamais un numéro de carte"
        ),
        "a list of {0} is needed, not one {1}": "une liste est attendue ({0}), pas {1}",
        "{0} names {1} things, at most {2}": "{0} : {1} éléments, pour {2} au plus",
        "{0} names something twice": "{0} : le même élément y est deux fois",
        "{0} holds a lone surrogate": "{0} : contient un caractère qui ne s’écrit pas",
        "{0} must be integers from {1} to {2}, not {3}": (
            "{0} : des nombres entiers de {1} à {2} sont attendus, pas {3}"
        ),
        "{0} must be an integer from {1} to {2}, not {3}": "{0} : un nombre entier de {1} à {2} est attendu, pas {3}",
        "{0} must be a timedelta from {1} to {2}, not {3}": "{0} : une durée de {1} à {2} est attendue, pas {3}",
        "{0} must be a {1}, not {2}": "{0} : ne convient pas ({1} attendu, pas {2})",
        "{0} must be one of {1}, not {2}": "{0} : {2} ne convient pas ; au choix : {1}",
        "a reason must not be empty": "un motif est nécessaire",
        "whoever is not there has no seats that are": "une personne absente n’occupe pas de place",
        "whoever is there has arrived at some time, whoever is absent at none": (
            "une personne présente est arrivée à une certaine heure, une personne absente à aucune"
        ),
        "dates names {0}, which is no date of the series": "le {0} n’est pas une date de la série",
        "of a series staff give back 'all' or 'nothing'; RefundCharge gives back an amount": (
            "d’une série, on rend tout ou rien ; un montant se rend par un remboursement"
        ),
        "name what changes: starts, ends, space_id or units": (
            "indiquez ce qui change : début, fin, espace ou nombre d’unités"
        ),
        "a series has at most {0} dates, each once": "une série a au plus {0} dates, chacune une fois",
        "name what changes: period, space_id, units or with_units": (
            "indiquez ce qui change : période, espace, nombre d’unités ou suppléments"
        ),
        "refund is {0}, more than the price of {1}": "le remboursement de {0} dépasse le prix de {1}",
        "nobody came later than now: at": "une arrivée ne peut pas être dans le futur",
        "until is after the end of the booking, not in the future, and at most a day later": (
            "la nouvelle fin doit être après celle de la réservation, pas dans le futur, et d’un jour plus tard au plus"
        ),
        "first_day is {0}, before today, {1}": "le premier jour, le {0}, est avant aujourd’hui, le {1}",
        "a gift is one product: give what goes with it as gifts of their own": (
            "un cadeau est un seul produit : offrez le reste par d’autres cadeaux"
        ),
        "also are periods": "d’autres périodes sont attendues",
        "an order has 1 to {0} lines, not {1}": "une commande a de 1 à {0} lignes, pas {1}",
        "{0} of a Register line: the order says it, for all of its lines": (
            "{0} : se précise pour toute la commande, pas pour une ligne"
        ),
        "at_door of a Register line: whoever is at the door registers by themselves, and pays at once": (
            "une inscription à l’entrée se fait à part, et se règle tout de suite"
        ),
        "a line is a product or a hold: product_id or booking_id": (
            "une ligne est un produit ou une option : l’un ou l’autre"
        ),
        "a hold says when it is and how many: leave count, period, day and until out": (
            "une option dit déjà quand et combien : n’indiquez ni quantité, ni période, ni jour, ni fin"
        ),
        "a line has a period or a day: the period says the day": "une ligne a une période ou un jour, pas les deux",
        "further stretches need a first one: the period": "pour d’autres périodes, il en faut d’abord une première",
        "the stretches of a line overlap or are not in order": (
            "les périodes d’une ligne se chevauchent ou ne sont pas dans l’ordre"
        ),
        "{0} is no line of an order: {1}": "{0} n’est pas une ligne de commande : {1}",
        "two lines register {0} for session {1}: seats says how many": (
            "deux lignes inscrivent {0} à la séance {1} : indiquez plutôt le nombre de places"
        ),
        "an amount is given back for one line: name the line": "un montant se rend pour une ligne : indiquez laquelle",
        "line {0} is measured by {1}, and not by {2}": "la ligne {0} se mesure par {1}, pas par {2}",
        "order {0} has {1} lines, and no line {2}": "la commande {0} a {1} lignes, et pas de ligne {2}",
        "a fact that is taken away has neither a last day nor a proof": (
            "une information qui est retirée n’a ni dernier jour ni justificatif"
        ),
        "last_day is before first_day": "le dernier jour est avant le premier",
        "registration is no registration number of {0}: a digit is wrong or missing": (
            "ce n’est pas un numéro d’immatriculation ({0}) : un chiffre est faux ou manque"
        ),
        "vat_number is no VAT number of the EU, nor of a country whose numbers can be checked": (
            "ce n’est pas un numéro de TVA de l’Union européenne, ni d’un pays dont les numéros se vérifient"
        ),
        "vat_number is no VAT number of {0}: a digit is wrong or missing": (
            "ce n’est pas un numéro de TVA ({0}) : un chiffre est faux ou manque"
        ),
        "registration: numbers are checked of {0}; state the country": (
            "les numéros d’immatriculation se vérifient pour {0} ; indiquez le pays"
        ),
        "numbers are stored once they are checked: install the extra cantinekit[numbers], or leave them out": (
            "les numéros ne peuvent pas être vérifiés ici : n’en indiquez pas"
        ),
        "day is {0}: the period that runs began on {1}, and the plan changes from then on": (
            "le {0} ne convient pas : la période en cours a commencé le {1}, et la formule change à partir de là"
        ),
        "{0} is a number from 0.0001 to {1}, an integer or Decimal of four places": (
            "{0} : un nombre de 0,0001 à {1} est attendu, avec quatre décimales au plus"
        ),
        "{0} is needed: the id of the person who can spend the units of the pass": (
            "{0} : il faut la personne qui peut utiliser les unités du pass"
        ),
        "a pass is ended for a reason: give it": "il faut un motif pour mettre fin à un pass",
        "a pass is paused for a reason: give it": "il faut un motif pour suspendre un pass",
        "either days or until is needed": "il faut un nombre de jours ou une date de fin",
        "days are given for a reason: give it": "il faut un motif pour donner des jours",
        "a difference on account is paid later: leave the account out": (
            "une différence sur compte se règle plus tard : n’indiquez pas de moyen de paiement"
        ),
        "a pass is transferred for a reason: give it": "il faut un motif pour transférer un pass",
        "units: {0} is no whole number of {1}, in which {2} counts": (
            "{0} n’est pas un multiple de {1}, par quoi {2} se compte"
        ),
        "there is no period {0}: the calendar ends, or a pause has no end": (
            "il n’y a pas de période {0} : le calendrier s’arrête, ou une suspension n’a pas de fin"
        ),
        "what has no contract has one period": "sans contrat, il n’y a qu’une période",
        "notice is given from the day of the sale on, {0}, until today, not on {1}": (
            "une résiliation se donne du jour de la vente, le {0}, à aujourd’hui, pas le {1}"
        ),
        "by a notice of {0} it would have ended on {1}: EndPass ends it": (
            "avec une résiliation du {0}, c’était terminé le {1} : mettez-y fin directement"
        ),
        "its present period began on {0}: it ends on the day before that, or later, not on {1}": (
            "la période en cours a commencé le {0} : la fin est la veille ou plus tard, pas le {1}"
        ),
        "its plan was changed on {0}: it ends on the day before that, or later, not on {1}": (
            "la formule a changé le {0} : la fin est la veille ou plus tard, pas le {1}"
        ),
        "refund is {0}, more than the {1} that the period cost": (
            "le remboursement de {0} dépasse les {1} que la période a coûté"
        ),
        "last_day is over: the units could not be spent": (
            "le dernier jour est passé : les unités ne pourraient plus être utilisées"
        ),
        "paid is in {0}, the price list in {1}": "le paiement est en {0}, le tarif en {1}",
        "first_day is {0}: pass {1} is paused from {2} on at the earliest": (
            "le {0} est trop tôt : le pass {1} peut être suspendu à partir du {2}"
        ),
        "until is before first_day": "la fin est avant le premier jour",
        "day is {0}: pass {1} is resumed today or later": (
            "le {0} est trop tôt : le pass {1} reprend aujourd’hui ou plus tard"
        ),
        "day is {0}: pass {1} goes on by itself after {2}": (
            "le {0} est trop tard : le pass {1} reprend tout seul après le {2}"
        ),
        "until is {0}: pass {1} lasts until {2} as it is": (
            "le {0} ne prolonge rien : le pass {1} dure déjà jusqu’au {2}"
        ),
        "{0} must not be empty": "{0} : à remplir",
        "{0} is no e-mail address: it is written as name@example.org": (
            "{0} : ce n’est pas une adresse e-mail, qui s’écrit nom@example.org"
        ),
        "answers are keys of questions with what is answered": "des réponses à des questions sont attendues",
        "the key of an answer is a text": "une question est désignée par un texte",
        "{0} must be a date, not {1}": "{0} : une date est attendue",
        "seats of a session are kept for at most {0} groups": (
            "les places d’une séance se réservent à {0} groupes au plus"
        ),
        "{0} answer a question twice": "{0} : une question a deux réponses",
        "the answer to {0} must be a text, an integer of 64 bits or yes/no": (
            "la réponse à {0} doit être un texte, un nombre entier, ou oui ou non"
        ),
        "refund is 'all', 'nothing' or an amount, not {0}": "on rend tout, rien ou un montant, pas {0}",
        "staff who give back more or less than the price list say why: give a reason": (
            "il faut un motif pour rendre plus ou moins que le tarif"
        ),
        "the price list is in {0}, {1} takes {2}": "le tarif est en {0}, {1} encaisse en {2}",
        "no price was promised like that: quotes come from Cantine.quote": (
            "aucun prix n’a été garanti ainsi : demandez un nouveau prix"
        ),
        "facts: {0} is set by the house; leave it out": (
            "{0} : cette information est connue d’ailleurs, ne l’indiquez pas"
        ),
        "at most {0} codes are given at once": "au plus {0} codes à la fois",
        "a sale on account is paid later: leave the account out": (
            "une vente sur compte se règle plus tard : n’indiquez pas de moyen de paiement"
        ),
        "quote must come from Cantine.quote, not {0}": (
            "aucun prix n’a été garanti ainsi : demandez un nouveau prix ({0})"
        ),
        (
            "{0} must be a text, an integer or a Decimal from 0 to {1} with at most {2} decimals, yes/no, "
            "Money or several words"
        ): ("{0} : un texte, un nombre de 0 à {1} avec {2} décimales au plus, oui ou non, ou plusieurs mots"),
        "facts are names with values": "des informations avec leurs valeurs sont attendues",
        "{0} facts are too many, at most {1}": "{0} informations sont trop, au plus {1}",
        "{0} has {1} words; 1 to {2} are possible": "{0} : {1} mots, pour {2} au plus",
        "the fact {0} is given twice": "l’information {0} est donnée deux fois",
        "this is no price promise: {0}": "ce n’est pas un prix garanti ({0})",
        "at is before the visit began: {0} is before {1}": (
            "l’heure est avant le début de la visite : {0} est avant {1}"
        ),
        "say what is corrected: opened_at, closed_at or both": (
            "indiquez ce qui est à corriger : le début, la fin ou les deux"
        ),
        "the visit is open: it is ended by a check-out": "la visite est en cours : elle se termine par un départ",
        "a visit begins before it ends": "une visite commence avant de se terminer",
        "a visit lasts at most {0} days": "une visite dure au plus {0} jours",
        "no codes are given": "il manque des codes",
        "left_at goes with at, and is after it": "le départ va avec une arrivée, et vient après",
        "{0} is in the future: {1} is after {2}": "{0} est dans le futur : {1} est après {2}",
        "{0} is more than {1} days ago: {2}": "{0} date de plus de {1} jours : {2}",
        "unknown currency {0}; an ISO 4217 code such as 'EUR' is needed": (
            "{0} n’est pas une devise ; il en faut le code, par exemple EUR"
        ),
        "amount out of range": "ce montant est trop grand",
        "{0} is not in {1}": "{0} n’est pas un montant en {1}",
        "not an amount of {0}: {1} (at most {2} decimals)": "{1} n’est pas un montant en {0} (au plus {2} décimales)",
        "more than {0} days cannot be booked, nor asked for at once": (
            "au plus {0} jours peuvent être réservés ou demandés à la fois"
        ),
        "no time of that length lies within the period that is asked about": (
            "la durée demandée ne tient pas dans la période demandée"
        ),
        "the closure calendar {0} knows its days from {1} to {2} only": (
            "le calendrier {0} ne connaît que les jours du {1} au {2}"
        ),
    },
    "NoEntitlementError": {
        "{0} {1}: the customer has {2} too few": "{0} {1} : il manque {2} au solde de la personne",
    },
    "NotForSaleError": {
        "{0} has no price": "{0} n’a pas de prix",
        "booking {0} was sold before its price list was kept": (
            "la réservation {0} a été vendue avant que son tarif soit conservé"
        ),
        "pricelist_id: the price list {0} is not in force yet": "le tarif {0} n’est pas encore en vigueur",
        "the price list {0} is not in force yet": "le tarif {0} n’est pas encore en vigueur",
        "pass {0} is not paused: {1}": "le pass {0} ne peut pas être suspendu : {1}",
        "the plan from {0} on: {1}": "la formule à partir du {0} : {1}",
        "the period from {0}: {1}": "la période à partir du {0} : {1}",
        "{0}: it cannot be moved": "{0} : impossible à déplacer",
        "the price list {0} was not in force yet": "le tarif {0} n’était pas encore en vigueur",
    },
    "QuoteExpiredError": {
        "the price was promised until {0}": "le prix était garanti jusqu’au {0}",
    },
    "RequestMismatchError": {
        "source: {0} was taken over before, with another content": "{0} a déjà été repris, avec un autre contenu",
        "the idempotency key was used for another request": "cette demande a déjà été envoyée, avec un autre contenu",
    },
    "TooEarlyError": {
        "attendance is marked from {0} on": "les présences se notent à partir du {0}",
        "the {0} ends at {1}": "{0} : la fin est le {1}",
        "the bill of {0}": "la facture du {0} ne peut pas encore être faite",
        "the booking starts at {0}": "la réservation commence le {0}",
        "{0} is not over yet at {1}": "le {0} n’est pas encore terminé à {1}",
        "a mandate that is signed on {0}": "un mandat ne peut pas être signé à l’avance, le {0}",
        "period: it is not over; what is to come is booked here": (
            "la période n’est pas terminée ; ce qui est à venir se réserve ici"
        ),
    },
    "TooLateError": {
        "the last time of the day began before {0}": "le dernier horaire du jour a commencé avant le {0}",
        "the training would have ended at {0}": "la formation se serait terminée le {0}",
        "all skipped dates are over": "toutes les dates laissées de côté sont passées",
        "all dates of the series are over": "toutes les dates de la série sont passées",
        "no date of series {0} is left to cancel": "la série {0} n’a plus de date à annuler",
        "no date of series {0} is left that has not begun": "la série {0} n’a plus de date qui n’ait pas commencé",
        "the period ended at {0}": "la période s’est terminée le {0}",
        "the booking ended at {0}": "la réservation s’est terminée le {0}",
        "the new period ended at {0}": "la nouvelle période s’est terminée le {0}",
        "a rule counts from {0} on: what was used before stays as it was posted": (
            "une règle vaut à partir du {0} : ce qui a été utilisé avant reste comme il a été compté"
        ),
        "a rule ends on {0} or later: what was used by it stays as it was posted": (
            "une règle se termine le {0} ou plus tard : ce qui a été utilisé par elle reste compté"
        ),
        "the meeting ended at {0}": "la séance s’est terminée le {0}",
        "the meeting began at {0}": "la séance a commencé le {0}",
        "the meeting would have begun at {0}": "la séance aurait commencé le {0}",
        "a meeting would have begun at {0}": "une séance aurait commencé le {0}",
        "the last day to claim it would be {0}, which is over": (
            "le dernier jour pour le retirer serait le {0}, qui est passé"
        ),
        "last_day: {0} is over, so that the units could not be spent": (
            "le dernier jour, le {0}, est passé : les unités ne pourraient plus être utilisées"
        ),
        "end: it is over since {0}": "c’est terminé depuis le {0}",
        "{0} is over since {1}": "{0} est terminé depuis le {1}",
        "the hold ended at {0}": "l’option s’est terminée le {0}",
        "the first period of {0} ended on {1}: give the one that runs": (
            "la première période de {0} s’est terminée le {1} : reprenez celle qui est en cours"
        ),
        "the last day of {0} would be {1}, which is over": "le dernier jour de {0} serait le {1}, qui est passé",
        "{0} {1} can no longer be had": "{0} {1} : ce n’est plus disponible",
        "the session began at {0}": "la séance a commencé le {0}",
        "the seat was offered until {0}": "la place était proposée jusqu’au {0}",
        "the seat was held until {0}": "la place était gardée jusqu’au {0}",
        "series {0} has no date to come that can be changed": (
            "la série {0} n’a plus de date à venir qui puisse être changée"
        ),
        "the session would have begun at {0}": "la séance aurait commencé le {0}",
        "series {0} has no date to come that can be cancelled": (
            "la série {0} n’a plus de date à venir qui puisse être annulée"
        ),
        "{0} is over": "le {0} est passé",
        "the session would have ended at {0}": "la séance se serait terminée le {0}",
        "it would have been decided at {0}": "la décision aurait été à prendre le {0}",
        "the session ended at {0}": "la séance s’est terminée le {0}",
        "the time of visit {0} is over: correct when it ended": (
            "la durée de la visite {0} est écoulée : corrigez l’heure de fin"
        ),
        "it was kept until {0}": "c’était gardé jusqu’au {0}",
        "it was held until {0}": "l’option a duré jusqu’au {0}",
    },
    "UnsuitableError": {
        "{0} has {1} sponsorships on these days": "{0} a déjà {1} financements à ces dates",
        "the sponsorship begins on {0}: it can end the day before": (
            "le financement commence le {0} : il peut se terminer la veille"
        ),
        "the sponsorship ends on {0}: agree a new one after it": (
            "le financement se termine le {0} : convenez-en d’un nouveau à la suite"
        ),
        "place {0} is of another legal entity than {1}": "le lieu {0} est d’une autre structure que {1}",
        "registration {0} is not for meeting {1}": "l’inscription {0} ne concerne pas la séance {1}",
        "registration {0} has {1} seats, not {2}": "l’inscription {0} est de {1} place(s), pas de {2}",
        "workshop {0} would come before itself": "l’atelier {0} serait son propre préalable",
        "more than {0} workshops would come before workshop {1}": (
            "plus de {0} ateliers seraient préalables à l’atelier {1}"
        ),
        "an invoice states the name and the address of whom it is for": (
            "une facture porte le nom et l’adresse du client"
        ),
        "{0} is not in {1}": "{0} n’est pas à {1}",
        "extras go with one booking: sell them by themselves": (
            "les suppléments vont avec une seule réservation : vendez-les à part"
        ),
        "extras go with one booking: sell them by themselves, or book the dates one by one": (
            "les suppléments vont avec une seule réservation : vendez-les à part, ou réservez les dates une par une"
        ),
        "{0} has no product of its own: name the one by which it is booked": (
            "{0} n’a pas de produit à son nom : indiquez celui par lequel il se réserve"
        ),
        "{0} sells no bookings": "{0} ne vend pas de réservations",
        "{0} is not sold by the operator of {1}": "{0} n’est pas vendu par l’exploitant de {1}",
        "{0} has no place in whose ledger what runs out could be entered": (
            "{0} n’a pas de lieu où inscrire ce qui expire"
        ),
        "what runs out would be given away more than once": "ce qui expire serait rendu plus d’une fois",
        "the lines are not of the same two legal entities: dispute those of each pair by themselves": (
            "les lignes ne sont pas entre les deux mêmes structures : contestez-les séparément"
        ),
        "line {0} is a {1}: only uses and expiries are taken back": (
            "la ligne {0} est de type {1} : seules les utilisations et les expirations se reprennent"
        ),
        "{0} has no VAT id yet, which a document with tax states (EN 16931, BR-S-02)": (
            "{0} n’a pas encore de numéro de TVA, que porte tout document avec taxe (EN 16931, BR-S-02)"
        ),
        "an invoice states the address of whom it is for, and {0} has none yet": (
            "une facture porte l’adresse du client, et {0} n’en a pas encore"
        ),
        "session {0} meets once; MoveSession and CancelSession are for it": (
            "l’atelier {0} n’a qu’une séance : déplacez ou annulez l’atelier lui-même"
        ),
        "meeting {0} is the last that is left; CancelSession cancels the course": (
            "la séance {0} est la dernière qui reste : annulez le cours entier"
        ),
        "two meetings of a course overlap: {0}": "deux séances d’un cours se chevauchent : {0}",
        "invoice {0} is of another legal entity, or of more charges than can be taken": (
            "la facture {0} est d’une autre structure, ou regroupe plus de montants qu’on ne peut en prélever"
        ),
        "the lines of charge {0} do not come to its amount": (
            "les lignes de la somme due {0} ne correspondent pas à son montant"
        ),
        "no price that was made comes to the amount of charge {0}": (
            "aucun prix établi ne correspond au montant de la somme due {0}"
        ),
        "no document can be made of it: {0}": "impossible d’en faire un document : {0}",
        "the price list that made charge {0} was not kept": "le tarif de la somme due {0} n’a pas été conservé",
        "refund {0} is of another charge": "le remboursement {0} concerne une autre somme due",
        "refund {0} gives back what was never owed, so that no document states it": (
            "le remboursement {0} rend ce qui n’a jamais été dû : aucun document ne le porte"
        ),
        "charge {0} is a deposit or a debt, which no document states": (
            "la somme due {0} est une caution ou une dette, qu’aucun document ne porte"
        ),
        "refund {0} returns a deposit, which no document states": (
            "le remboursement {0} rend une caution, qu’aucun document ne porte"
        ),
        "refund {0} gives back a debt, which no document states": (
            "le remboursement {0} rend une dette, qu’aucun document ne porte"
        ),
        "the series {0} numbers documents of the type {1}": "la série {0} numérote des documents de type {1}",
        "a document states the address of who sells, and {0} has none yet": (
            "un document porte l’adresse du vendeur, et {0} n’en a pas encore"
        ),
        "{0} is no facilitator": "{0} n’est pas un intervenant",
        "no gift can be claimed by this code": "aucun cadeau ne peut être retiré avec ce code",
        "the price list would not sell {0} to {1}": "le tarif ne permet pas de vendre {0} à {1}",
        "{0} costs {1} {2}, and {3} was paid": "{0} coûte {2} pour {1}, et {3} ont été payés",
        "the product gives nothing to hold": "ce produit ne donne rien à détenir",
        "the price has a deposit, which whoever holds the pass would owe: sell it to them": (
            "le prix comprend une caution, que devrait qui détient le pass : vendez-le à cette personne"
        ),
        "the units that it gives would pay for it: sell it to who uses them": (
            "les unités qu’il donne le paieraient lui-même : vendez-le à qui les utilise"
        ),
        "{0} is renewed by itself: give something that ends": (
            "{0} se renouvelle tout seul : offrez quelque chose qui a une fin"
        ),
        "{0} costs the days that are left of a month, and nobody knows of which": (
            "{0} coûte les jours qui restent d’un mois, et on ne sait pas lequel"
        ),
        "product_id: {0} is not sold by the operator of {1}": "{0} n’est pas vendu par l’exploitant de {1}",
        "product_id: {0} gives nothing to hold": "{0} ne donne rien à détenir",
        "product_id: {0} has no product of its own, so that one is needed": (
            "{0} n’a pas de produit à son nom : il en faut un"
        ),
        "value: a voucher is worth what it is good for": "un bon vaut ce pour quoi il est valable",
        "value: {0} has no last day until which it could be earned": (
            "{0} n’a pas de dernier jour jusqu’auquel étaler le revenu"
        ),
        "units: on {0} {1} {2}": "{1}, compte {0} : {2}",
        "{0} is made of parts and is booked as one unit": (
            "{0} est composé de plusieurs espaces et se réserve en entier"
        ),
        "booking {0} is of somebody else, or at another place": (
            "la réservation {0} est à quelqu’un d’autre, ou dans un autre lieu"
        ),
        "a seat at session {0} is free and is sold with no order: register by itself": (
            "une place à la séance {0} est gratuite et ne se vend pas dans une commande : inscrivez-vous directement"
        ),
        "{0} is measured afterwards, and a seat is not measured": (
            "{0} se mesure après coup, et une place ne se mesure pas"
        ),
        "session {0} is at another place": "la séance {0} a lieu ailleurs",
        "dependants are of households, and organisation {0} is none": (
            "les personnes à charge sont celles d’un foyer, et l’organisation {0} n’en est pas un"
        ),
        "person {0} belongs to {1} organisations: end one first": (
            "la personne {0} fait partie de {1} organisations : mettez d’abord fin à l’une d’elles"
        ),
        "organisation {0} has {1} facts: take one away first": (
            "l’organisation {0} a {1} informations : retirez-en une d’abord"
        ),
        "the affiliation begins on {0}: it can end the day before": (
            "le rattachement commence le {0} : il peut se terminer la veille"
        ),
        "the affiliation ends on {0}: enter a new one after it": (
            "le rattachement se termine le {0} : saisissez-en un nouveau à la suite"
        ),
        "person {0} is no admin of organisation {1} on {2}": (
            "la personne {0} n’administre pas l’organisation {1} le {2}"
        ),
        "ordered_by_id says who orders for an organisation, and none pays": (
            "qui commande pour une organisation n’est demandé que si une organisation paie"
        ),
        "pass {0} is a line of order {1}: cancel that line (CancelOrder)": (
            "le pass {0} fait partie de la commande {1} : annulez cette ligne de la commande"
        ),
        "pass {0} is a contract that was renewed: give notice of it, or end it": (
            "le pass {0} est un contrat qui a été renouvelé : résiliez-le, ou mettez-y fin"
        ),
        "pass {0} is a contract whose plan was changed: give notice of it, or end it": (
            "le pass {0} est un contrat dont la formule a changé : résiliez-le, ou mettez-y fin"
        ),
        "pass {0} is bought along with {1} and not paid yet: cancel that": (
            "le pass {0} est acheté avec {1}, qui n’est pas encore réglé : annulez cet achat"
        ),
        "pass {0} was given: there is nothing to refund": "le pass {0} a été offert : il n’y a rien à rembourser",
        "pass {0} is not renewed: its plan is not changed": (
            "le pass {0} ne se renouvelle pas : sa formule ne change pas"
        ),
        "a plan that is sold with something else that is held: sell it by itself": (
            "cette formule est vendue avec autre chose qui se détient : vendez-la séparément"
        ),
        "{0} is on the price list {1}, not on {2}": "{0} est au tarif {1}, pas au tarif {2}",
        "{0} is not renewed: a plan is changed to one that is": (
            "{0} ne se renouvelle pas : on passe à une formule qui se renouvelle"
        ),
        "{0} has other periods than {1}: end one, sell the other": (
            "{0} n’a pas les mêmes périodes que {1} : mettez fin à l’une, vendez l’autre"
        ),
        "{0} was paid in another system for the days from {1} on: change it from {2} on": (
            "{0} a été réglé ailleurs pour les jours à partir du {1} : changez à partir du {2}"
        ),
        "the price list does not prorate {0} and {1}: change on the first day of a period, such as {2}": (
            "le tarif ne calcule pas au prorata {0} et {1} : changez le premier jour d’une période, par exemple le {2}"
        ),
        "the price list {0} has no account {1}": "le tarif {0} n’a pas de compte {1}",
        "the price list of pass {0} says of no contract of which notice is given": (
            "le tarif du pass {0} ne prévoit pas de contrat à résilier"
        ),
        "{0} is measured afterwards: sell it as a line of an order, or the hold of it": (
            "{0} se mesure après coup : à vendre comme ligne d’une commande, ou par une option"
        ),
        "{0} is held by somebody: name the person": "{0} est nominatif : indiquez la personne",
        "{0} is not renewed: its price list says of nothing that comes again": (
            "{0} ne se renouvelle pas : son tarif ne prévoit rien qui revienne"
        ),
        "{0} gives nothing to hold": "{0} ne donne rien à détenir",
        "pass {0} has no end that could move": "le pass {0} n’a pas de fin qui puisse être repoussée",
        "pass {0} is not had from a day on": "le pass {0} n’a pas de jour de début",
        "pass {0} was not sold: nothing was agreed about it": (
            "le pass {0} n’a pas été vendu : rien n’a été convenu à son sujet"
        ),
        "pass {0} goes with a visit, or an earlier version of this library sold it": (
            "le pass {0} va avec une visite, ou a été vendu par une version antérieure"
        ),
        "pass {0} is held by {1} already": "le pass {0} est déjà à {1}",
        "pass {0} is renewed by facts of who bought it: end it, and sell the new holder their own": (
            "le pass {0} se renouvelle selon la situation de la personne qui l’a acheté : mettez-y fin, et "
            "vendez-en un à l’autre personne"
        ),
        "{0} costs {1} {2}, and {3} {4}: end it, and sell the new holder their own": (
            "{0} coûte {2} pour {1}, et {4} pour {3} : mettez-y fin, et vendez-en un à l’autre personne"
        ),
        "charge {0} is not owed by {1} to {2}": "la somme due {0} n’est pas due par {1} à {2}",
        "charge {0} is in {1}, not {2}": "la somme due {0} est en {1}, pas en {2}",
        "person {0} has {1} secret addresses of a feed: revoke one first": (
            "la personne {0} a {1} adresses secrètes d’agenda : révoquez-en une d’abord"
        ),
        "person {0} has {1} facts: take one away first": "la personne {0} a {1} informations : retirez-en une d’abord",
        "whoever is to be a member holds a pass: name products that sell passes": (
            "un membre détient un pass : indiquez des produits qui vendent des pass"
        ),
        "the product of a solidarity seat must sell seats": "le produit d’une place solidaire doit vendre des places",
        "the workshop is free: a solidarity seat needs no product": (
            "l’atelier est gratuit : une place solidaire n’a pas besoin de produit"
        ),
        "a solidarity seat must be on the price list of the workshop": (
            "une place solidaire doit être au même tarif que l’atelier"
        ),
        "a product of the workshop is not sold by the operator of {0}": (
            "un produit de l’atelier n’est pas vendu par l’exploitant de {0}"
        ),
        "a seat at the door is paid at once, through an account that takes money at a desk": (
            "une place prise à l’entrée se règle tout de suite, à l’accueil"
        ),
        "the seat was offered with its options: who wants others gives it up and registers again": (
            "la place a été proposée avec ses options : pour en avoir d’autres, rendez-la et inscrivez-vous de nouveau"
        ),
        "session {0} is no other session of the same workshop": (
            "la séance {0} n’est pas une autre séance du même atelier"
        ),
        "session {0} has {1} seats, not {2}": "la séance {0} a {1} place(s), pas {2}",
        "{0} does not go with this workshop": "{0} ne va pas avec cet atelier",
        "{0} has no seats of its own at session {1}": "{0} n’a pas de places à part à la séance {1}",
        "a seat that nothing is paid for has no price list, by which extras could be sold": (
            "une place gratuite n’a pas de tarif, par lequel vendre des suppléments"
        ),
        "person {0} was given {1} roles at {2}": "la personne {0} a reçu {1} rôles à {2}",
        "person {0} is no {1} of {2} on {3}: there is nothing to end": (
            "la personne {0} n’a pas le rôle {1} à {2} le {3} : il n’y a rien à terminer"
        ),
        "{0} is a facilitator, whom nobody books: sessions ask for them": (
            "{0} est un intervenant, qui ne se réserve pas : ce sont les séances qui le demandent"
        ),
        "{0} does not go with anything else: only equipment does": (
            "{0} ne va avec rien d’autre : seul le matériel le peut"
        ),
        "{0} is what is booked, or a part of it": "{0} est déjà ce qui est réservé, ou en fait partie",
        "sale {0} was made from facts of a person who was forgotten": (
            "la vente {0} a été faite d’après la situation d’une personne qui a été oubliée"
        ),
        "{0}; under {1} it would be {2}": "{0} ; par les règles {1}, ce serait {2}",
        "what is sold together must be on one price list": "ce qui est vendu ensemble doit être au même tarif",
        "the rule has {0} dates for {1}; cancel the sessions from {2} on first": (
            "la règle donne {0} dates pour {1} : annulez d’abord les séances à partir du {2}"
        ),
        "it must be decided more than {0} minutes before {1}": (
            "la décision doit être prise plus de {0} minutes avant le {1}"
        ),
        "{0} is no room; a session needs one, or none": "{0} n’est pas une salle ; une séance en a une, ou aucune",
        "{0} has {1} seats": "{0} a {1} places",
        "session {0} is a course; MoveMeeting moves its meetings, one by one": (
            "la séance {0} fait partie d’un cours : déplacez les séances une par une"
        ),
        "session {0} has no minimum, or it was decided already": (
            "la séance {0} n’a pas de minimum, ou la décision a déjà été prise"
        ),
        "session {0} is a course; say which of its meetings": (
            "la séance {0} fait partie d’un cours : précisez laquelle de ses dates"
        ),
        "session {0} meets once; say no meeting": "la séance {0} n’a qu’une date : n’en précisez pas",
        "a space that is made of parts is a room of capacity 1": (
            "un espace composé d’autres est une salle d’une seule unité"
        ),
        "a facilitator is no part of a room": "un intervenant ne fait pas partie d’une salle",
        "the parts of a space are in the same place": "les parties d’un espace sont dans le même lieu",
        "{0} is a facilitator, who is a person: change the person": (
            "{0} est un intervenant, qui est une personne : modifiez la personne"
        ),
        "a facilitator has hours, and no fixed slots": "un intervenant a des horaires, pas de créneaux fixes",
        "{0} is made of parts; change the capacity of those": (
            "{0} est composé de plusieurs espaces : changez la capacité de ceux-ci"
        ),
        "{0} cannot be at two sessions at once": "{0} ne peut pas être à deux séances à la fois",
        "{0} is made of parts; close those": "{0} est composé de plusieurs espaces : fermez ceux-ci",
        "{0} is needed and has to be bought before: what is by the clock sells nothing": (
            "{0} est nécessaire et s’achète avant : ce qui se paie au temps passé ne vend rien d’autre"
        ),
        "{0} of {1} must be desks there": "{0} de {1} : il faut des postes de travail de ce lieu",
        "{0} is priced when the visit ends: sell what goes with it by itself": (
            "{0} est calculé à la fin de la visite : vendez à part ce qui va avec"
        ),
        "{0} is priced when the visit ends: no price can be promised before": (
            "{0} est calculé à la fin de la visite : aucun prix ne peut être garanti avant"
        ),
        "{0} sells no visits": "{0} ne vend pas de visites",
        "{0} has no open space": "{0} n’a pas d’espace ouvert",
        "what is priced by the clock is made no longer: it is priced when the visitor leaves": (
            "ce qui se paie au temps passé ne se prolonge pas : le prix est calculé au départ"
        ),
        "a stay that is priced together with others is made no longer: begin another after it": (
            "un séjour dont le prix est calculé avec d’autres ne se prolonge pas : commencez-en un autre à la suite"
        ),
        "{0} is no longer stay than the one that is paid for": "{0} n’est pas plus long que ce qui est payé",
        "the product of a workshop must sell seats": "le produit d’un atelier doit vendre des places",
        "what goes with a seat must be a product that sells options": (
            "ce qui va avec une place doit être un produit qui vend des options"
        ),
        "a seat and what goes with it must be on one price list": (
            "une place et ce qui va avec doivent être au même tarif"
        ),
        "{0} is no option of the workshop: it has no seats of its own": (
            "{0} n’est pas une option de l’atelier : elle n’a pas de places à part"
        ),
        "a FEC is named by the SIREN, and {0} has none yet: DescribeEntity gives it": (
            "le nom d’un FEC contient le SIREN, et {0} n’en a pas encore"
        ),
        "the code of {0} begins with three digits in a FEC, unlike {1}": (
            "le compte {0} commence par trois chiffres dans un FEC, contrairement à {1}"
        ),
        "entity {0} has {1} currencies: there is no one revenue": (
            "la structure {0} a {1} devises : il n’y a pas de chiffre d’affaires unique"
        ),
    },
}
"""By the name of the class: the English sentence, and the French one."""

PLAINER: Mapping[str, str] = {
    "{0} has no mandate in force: SignMandate records one": (
        "{0} has no direct debit mandate in force: one has to be recorded first"
    ),
    "attempt {0} took credit, and no money: RefundCharge gives it back as credit": (
        "payment {0} took credit, and no money: it goes back as credit"
    ),
    "attempt {0} is a direct debit: RefundCharge makes credit of it, and PayBack pays it": (
        "payment {0} is a direct debit: it goes back as credit, which can then be paid out"
    ),
    "a payment through {0} is not in hand at once: use Pay or PayTogether": (
        "a payment through {0} is not in hand at once: pay online"
    ),
    "{0} has no time zone; give it one, for example datetime.UTC": "{0} has no time zone",
    "an aware datetime is needed, not {0}": "a date and a time are needed",
    "WallTime.day is a date": "a day is needed",
    "WallTime.at is a time of day without a time zone; the zone is named beside it": (
        "a time of day is needed, without a time zone"
    ),
    "{0} is too long: {1} bytes in UTF-8, at most {2}": "{0} is too long: {1} bytes, at most {2}",
    "{0} holds a lone surrogate": "{0} holds a character that cannot be written",
    "{0} holds a control character": "{0} holds a character that cannot be written",
    "of a series staff give back 'all' or 'nothing'; RefundCharge gives back an amount": (
        "of a series all or nothing is given back; an amount goes back by a refund"
    ),
    "name what changes: starts, ends, space_id or units": (
        "say what changes: the beginning, the end, the space or how many"
    ),
    "name what changes: period, space_id, units or with_units": (
        "say what changes: the time, the space, how many, or what goes with it"
    ),
    "first_day is {0}, before today, {1}": "the first day is {0}, before today, {1}",
    "at_door of a Register line: whoever is at the door registers by themselves, and pays at once": (
        "whoever is at the door registers by themselves, and pays at once"
    ),
    "{0} of a Register line: the order says it, for all of its lines": "{0} is said by the order, for all of its lines",
    "a line is a product or a hold: product_id or booking_id": "a line is a product or a hold: one of the two",
    "last_day is before first_day": "the last day is before the first",
    "vat_number is no VAT number of the EU, nor of a country whose numbers can be checked": (
        "that is no VAT number of the EU, nor of a country whose numbers can be checked"
    ),
    "vat_number is no VAT number of {0}: a digit is wrong or missing": (
        "that is no VAT number of {0}: a digit is wrong or missing"
    ),
    "registration is no registration number of {0}: a digit is wrong or missing": (
        "that is no registration number of {0}: a digit is wrong or missing"
    ),
    "numbers are stored once they are checked: install the extra cantinekit[numbers], or leave them out": (
        "numbers cannot be checked here: leave them out"
    ),
    "{0} is a number from 0.0001 to {1}, an integer or Decimal of four places": (
        "{0} is a number from 0.0001 to {1}, with at most four decimals"
    ),
    "{0} must be a timedelta from {1} to {2}, not {3}": "{0} must be a length of time from {1} to {2}, not {3}",
    "units: {0} is no whole number of {1}, in which {2} counts": "{0} is no whole number of {1}, in which {2} counts",
    "by a notice of {0} it would have ended on {1}: EndPass ends it": (
        "by a notice of {0} it would have ended on {1}: end it at once"
    ),
    "last_day is over: the units could not be spent": "the last day is over: the units could not be spent",
    "first_day is {0}: pass {1} is paused from {2} on at the earliest": (
        "{0} is too early: pass {1} is paused from {2} on at the earliest"
    ),
    "day is {0}: pass {1} is resumed today or later": "{0} is too early: pass {1} is resumed today or later",
    "day is {0}: pass {1} goes on by itself after {2}": "{0} is too late: pass {1} goes on by itself after {2}",
    "until is {0}: pass {1} lasts until {2} as it is": "{0} makes nothing longer: pass {1} lasts until {2} as it is",
    "day is {0}: the period that runs began on {1}, and the plan changes from then on": (
        "{0} does not do: the period that runs began on {1}, and the plan changes from then on"
    ),
    "until is before first_day": "the end is before the first day",
    "refund is 'all', 'nothing' or an amount, not {0}": "all, nothing or an amount is given back, not {0}",
    "refund is {0}, more than the price of {1}": "{0} to give back is more than the price of {1}",
    "refund is {0}, more than the {1} that the period cost": (
        "{0} to give back is more than the {1} that the period cost"
    ),
    "no price was promised like that: quotes come from Cantine.quote": (
        "no price was promised like that: ask for a new one"
    ),
    "quote must come from Cantine.quote, not {0}": "no price was promised like that: ask for a new one",
    "this is no price promise: {0}": "no price was promised like that: ask for a new one",
    "facts: {0} is set by the house; leave it out": "{0} is known from elsewhere; leave it out",
    (
        "{0} must be a text, an integer or a Decimal from 0 to {1} with at most {2} decimals, yes/no, Money or "
        "several words"
    ): ("{0} must be a text, a number from 0 to {1} with at most {2} decimals, yes or no, an amount, or several words"),
    "at is before the visit began: {0} is before {1}": "that is before the visit began: {0} is before {1}",
    "nobody came later than now: at": "nobody comes later than now",
    "until is after the end of the booking, not in the future, and at most a day later": (
        "the new end is after that of the booking, not in the future, and at most a day later"
    ),
    "say what is corrected: opened_at, closed_at or both": "say what is corrected: the beginning, the end or both",
    "left_at goes with at, and is after it": "a departure goes with an arrival, and is after it",
    "pricelist_id: the price list {0} is not in force yet": "the price list {0} is not in force yet",
    "source: {0} was taken over before, with another content": "{0} was taken over before, with another content",
    "the idempotency key was used for another request": "this was sent before, with another content",
    "period: it is not over; what is to come is booked here": "the time is not over; what is to come is booked here",
    "last_day: {0} is over, so that the units could not be spent": (
        "the last day, {0}, is over, so that the units could not be spent"
    ),
    "end: it is over since {0}": "it is over since {0}",
    "session {0} meets once; MoveSession and CancelSession are for it": (
        "session {0} meets once: move or cancel the session itself"
    ),
    "meeting {0} is the last that is left; CancelSession cancels the course": (
        "meeting {0} is the last that is left: cancel the course"
    ),
    "product_id: {0} is not sold by the operator of {1}": "{0} is not sold by the operator of {1}",
    "product_id: {0} gives nothing to hold": "{0} gives nothing to hold",
    "product_id: {0} has no product of its own, so that one is needed": (
        "{0} has no product of its own, so that one is needed"
    ),
    "value: a voucher is worth what it is good for": "a voucher is worth what it is good for",
    "value: {0} has no last day until which it could be earned": "{0} has no last day until which it could be earned",
    "units: on {0} {1} {2}": "on {0} {1} {2}",
    "ordered_by_id says who orders for an organisation, and none pays": (
        "who orders for an organisation is said only where one pays"
    ),
    "pass {0} is a line of order {1}: cancel that line (CancelOrder)": (
        "pass {0} is a line of order {1}: cancel that line"
    ),
    "session {0} is a course; MoveMeeting moves its meetings, one by one": (
        "session {0} is a course: move its meetings, one by one"
    ),
    "a FEC is named by the SIREN, and {0} has none yet: DescribeEntity gives it": (
        "a FEC is named by the SIREN, and {0} has none yet"
    ),
    "ended on {0} before; say what goes back (refund)": "ended on {0} before; say what goes back",
    "owing a deposit of {0}: ReturnDeposit drops it": "owing a deposit of {0}, which has to be dropped first",
    "owing {0} charges, and one payment pays {1}: name them by charge_ids": (
        "owing {0} charges, and one payment pays {1}: say which"
    ),
}
"""The English sentences that are for developers, each with what a visitor reads in its place."""
