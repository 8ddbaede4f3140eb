"""The templates: name, then language, then subject and text. The words after ``$`` are facts of the occasion."""

from __future__ import annotations

WRITTEN: dict[str, dict[str, tuple[str, str]]] = {
    "booking confirmed": {
        "fr": ("Réservation confirmée : $what", "Bonjour $name,\n\n$what est réservé pour vous : $when, $place.\n"),
        "en": ("Booking confirmed: $what", "Hello $name,\n\n$what is booked for you: $when, $place.\n"),
    },
    "booking requested": {
        "fr": (
            "Demande de réservation : $what",
            "Bonjour $name,\n\nvous avez demandé $what : $when, $place. Nous vous répondons au plus tard le $until.\n",
        ),
        "en": (
            "Booking requested: $what",
            "Hello $name,\n\nyou have asked for $what: $when, $place. You have our answer by $until.\n",
        ),
    },
    "booking approved": {
        "fr": (
            "Demande acceptée : $what",
            "Bonjour $name,\n\nvotre demande est acceptée : $what, $when, $place. À régler avant le $until.\n",
        ),
        "en": (
            "Request approved: $what",
            "Hello $name,\n\nyour request is approved: $what, $when, $place. Please pay before $until.\n",
        ),
    },
    "booking declined": {
        "fr": (
            "Demande refusée : $what",
            "Bonjour $name,\n\nvotre demande de $what ($when) n’a pas été acceptée. $reason\n",
        ),
        "en": (
            "Request declined: $what",
            "Hello $name,\n\nyour request for $what ($when) was not accepted. $reason\n",
        ),
    },
    "booking cancelled": {
        "fr": ("Réservation annulée : $what", "Bonjour $name,\n\nvotre réservation de $what ($when) est annulée.\n"),
        "en": ("Booking cancelled: $what", "Hello $name,\n\nyour booking of $what ($when) is cancelled.\n"),
    },
    "booking expired": {
        "fr": (
            "Option levée : $what",
            "Bonjour $name,\n\nvotre option sur $what ($when) n’a pas été confirmée à temps.\n",
        ),
        "en": ("Hold ended: $what", "Hello $name,\n\nyour hold on $what ($when) was not confirmed in time.\n"),
    },
    "booking moved": {
        "fr": (
            "Réservation déplacée : $what",
            "Bonjour $name,\n\nvotre réservation est déplacée : $what, $when, $place.\n",
        ),
        "en": ("Booking moved: $what", "Hello $name,\n\nyour booking is moved: $what, $when, $place.\n"),
    },
    "booking reminder": {
        "fr": ("À bientôt : $what", "Bonjour $name,\n\nnous vous attendons : $what, $when, $place.\n"),
        "en": ("See you soon: $what", "Hello $name,\n\nwe look forward to seeing you: $what, $when, $place.\n"),
    },
    "booking released": {
        "fr": (
            "Réservation libérée : $what",
            "Bonjour $name,\n\npersonne n’est venu pour $what ($when) : la salle est libérée.\n",
        ),
        "en": (
            "Booking released: $what",
            "Hello $name,\n\nnobody came for $what ($when): the space is free again.\n",
        ),
    },
    "series moved": {
        "fr": (
            "Série déplacée : $what",
            "Bonjour $name,\n\nvotre série est déplacée : $what, $place.\n\nLes dates :\n$dates\n",
        ),
        "en": (
            "Series moved: $what",
            "Hello $name,\n\nyour series is moved: $what, $place.\n\nThe dates:\n$dates\n",
        ),
    },
    "series booked": {
        "fr": (
            "Série réservée : $what",
            "Bonjour $name,\n\n$what est réservé pour vous, $place :\n$dates\n\nDates non réservées : $left_out.\n",
        ),
        "en": (
            "Series booked: $what",
            "Hello $name,\n\n$what is booked for you at $place:\n$dates\n\nDates left out: $left_out.\n",
        ),
    },
    "series cancelled": {
        "fr": (
            "Série annulée : $what",
            "Bonjour $name,\n\ndes dates de votre série sont annulées : $what, $place. Restent réservées :\n$dates\n",
        ),
        "en": (
            "Series cancelled: $what",
            "Hello $name,\n\ndates of your series are cancelled: $what, $place. Still booked:\n$dates\n",
        ),
    },
    "series expired": {
        "fr": (
            "Série non réglée : $what",
            "Bonjour $name,\n\nvotre série n’a pas été réglée à temps : $what, $place. Restent réservées :\n$dates\n",
        ),
        "en": (
            "Series not paid: $what",
            "Hello $name,\n\nyour series was not paid in time: $what, $place. Still booked:\n$dates\n",
        ),
    },
    "seat confirmed": {
        "fr": (
            "Inscription confirmée : $what",
            "Bonjour $name,\n\nvotre place est confirmée : $what, $when, $place.\n",
        ),
        "en": ("Seat confirmed: $what", "Hello $name,\n\nyour seat is confirmed: $what, $when, $place.\n"),
    },
    "seat cancelled": {
        "fr": ("Inscription annulée : $what", "Bonjour $name,\n\nvotre inscription à $what ($when) est annulée.\n"),
        "en": ("Seat cancelled: $what", "Hello $name,\n\nyour seat at $what ($when) is cancelled.\n"),
    },
    "seat expired": {
        "fr": ("Place libérée : $what", "Bonjour $name,\n\nvotre place à $what ($when) n’a pas été réglée à temps.\n"),
        "en": ("Seat released: $what", "Hello $name,\n\nyour seat at $what ($when) was not paid in time.\n"),
    },
    "seat moved": {
        "fr": (
            "Inscription déplacée : $what",
            "Bonjour $name,\n\nvotre inscription est déplacée : $what, $when, $place.\n",
        ),
        "en": ("Seat moved: $what", "Hello $name,\n\nyour seat is moved: $what, $when, $place.\n"),
    },
    "seat reminder": {
        "fr": ("À bientôt : $what", "Bonjour $name,\n\nnous vous attendons : $what, $when, $place.\n"),
        "en": ("See you soon: $what", "Hello $name,\n\nwe look forward to seeing you: $what, $when, $place.\n"),
    },
    "seat promoted": {
        "fr": (
            "Une place pour vous : $what",
            "Bonjour $name,\n\nune place s’est libérée et elle est à vous : $what, $when, $place.\n",
        ),
        "en": (
            "A seat for you: $what",
            "Hello $name,\n\na seat has come free and it is yours: $what, $when, $place.\n",
        ),
    },
    "seat offered": {
        "fr": (
            "Une place vous est proposée : $what",
            "Bonjour $name,\n\nune place s’est libérée : $what, $when. Elle vous est gardée jusqu’au $until.\n",
        ),
        "en": (
            "A seat is offered to you: $what",
            "Hello $name,\n\na seat has come free: $what, $when. It is kept for you until $until.\n",
        ),
    },
    "waiting list joined": {
        "fr": ("Liste d’attente : $what", "Bonjour $name,\n\nvous êtes sur la liste d’attente : $what, $when.\n"),
        "en": ("Waiting list: $what", "Hello $name,\n\nyou are on the waiting list: $what, $when.\n"),
    },
    "waiting list closed": {
        "fr": (
            "Liste d’attente close : $what",
            "Bonjour $name,\n\naucune place ne s’est libérée pour $what ($when). À une prochaine fois.\n",
        ),
        "en": (
            "Waiting list closed: $what",
            "Hello $name,\n\nno seat came free at $what ($when). Next time, we hope.\n",
        ),
    },
    "session moved": {
        "fr": (
            "Changement : $what",
            "Bonjour $name,\n\n$what change de date ou de salle : $when, $place. Votre inscription reste valable.\n",
        ),
        "en": (
            "Moved: $what",
            "Hello $name,\n\n$what is at another time or in another room: $when, $place. Your registration stays.\n",
        ),
    },
    "session confirmed": {
        "fr": ("C’est confirmé : $what", "Bonjour $name,\n\n$what aura bien lieu : $when, $place.\n"),
        "en": ("Confirmed: $what", "Hello $name,\n\n$what takes place: $when, $place.\n"),
    },
    "session below minimum": {
        "fr": (
            "Annulé faute d’inscriptions : $what",
            "Bonjour $name,\n\n$what ($when) n’aura pas lieu : trop peu d’inscriptions."
            "\n\nCe que vous avez réglé vous est rendu.\n",
        ),
        "en": (
            "Cancelled, too few people: $what",
            "Hello $name,\n\n$what ($when) will not take place: too few people registered."
            "\n\nWhat you paid for it goes back to you.\n",
        ),
    },
    "session cancelled": {
        "fr": (
            "Annulé : $what",
            "Bonjour $name,\n\n$what ($when) n’aura pas lieu : $reason.\n\nCe que vous avez réglé vous est rendu.\n",
        ),
        "en": (
            "Cancelled: $what",
            "Hello $name,\n\n$what ($when) will not take place: $reason.\n\nWhat you paid for it goes back to you.\n",
        ),
    },
    "meeting moved": {
        "fr": (
            "Changement de séance : $what",
            "Bonjour $name,\n\nune séance de $what change de date ou de salle. Les séances à venir, $place :\n$dates"
            "\n\nVotre inscription reste valable.\n",
        ),
        "en": (
            "A meeting is moved: $what",
            "Hello $name,\n\na meeting of $what is at another time or in another room. The meetings to come at $place:"
            "\n$dates\n\nYour registration stays.\n",
        ),
    },
    "meeting cancelled": {
        "fr": (
            "Séance annulée : $what",
            "Bonjour $name,\n\nune séance de $what est annulée. Les séances à venir, $place :\n$dates"
            "\n\nVotre inscription reste valable.\n",
        ),
        "en": (
            "A meeting is cancelled: $what",
            "Hello $name,\n\na meeting of $what is cancelled. The meetings to come at $place:\n$dates"
            "\n\nYour registration stays.\n",
        ),
    },
    "course cut short": {
        "fr": (
            "Cours interrompu : $what",
            "Bonjour $name,\n\nles séances de $what qui restaient n’auront pas lieu : $reason.\n\n"
            "Leur part de ce que vous avez réglé vous est rendue.\n",
        ),
        "en": (
            "The course ends early: $what",
            "Hello $name,\n\nthe meetings of $what that were left will not take place: $reason.\n\n"
            "Their share of what you paid goes back to you.\n",
        ),
    },
    "facilitation planned": {
        "fr": ("Vous animez : $what", "Bonjour $name,\n\nvous animez $what : $when, $place.\n"),
        "en": ("You facilitate: $what", "Hello $name,\n\nyou facilitate $what: $when, $place.\n"),
    },
    "facilitations planned": {
        "fr": ("Vous animez : $what", "Bonjour $name,\n\nvous animez $what, $place :\n$dates\n"),
        "en": ("You facilitate: $what", "Hello $name,\n\nyou facilitate $what at $place:\n$dates\n"),
    },
    "facilitation moved": {
        "fr": (
            "Changement : $what",
            "Bonjour $name,\n\n$what, que vous animez, change de date ou de salle : $when, $place.\n",
        ),
        "en": (
            "Moved: $what",
            "Hello $name,\n\n$what, which you facilitate, is at another time or in another room: $when, $place.\n",
        ),
    },
    "facilitation changed": {
        "fr": (
            "Changement : $what",
            "Bonjour $name,\n\nles séances de $what que vous animez ont changé, $place :\n\n$dates\n",
        ),
        "en": (
            "Changed: $what",
            "Hello $name,\n\nthe meetings of $what that you facilitate have changed, $place:\n\n$dates\n",
        ),
    },
    "facilitation reminder": {
        "fr": (
            "Vous animez bientôt : $what",
            "Bonjour $name,\n\nnous vous attendons pour animer $what : $when, $place.\n\n"
            "Salle : $room\nPlaces prises : $taken sur $seats\n",
        ),
        "en": (
            "You facilitate soon: $what",
            "Hello $name,\n\nwe look forward to seeing you, to facilitate $what: $when, $place.\n\n"
            "Room: $room\nSeats taken: $taken of $seats\n",
        ),
    },
    "facilitation withdrawn": {
        "fr": ("Sans vous : $what", "Bonjour $name,\n\nvous n’animez plus $what, qui a lieu : $when, $place.\n"),
        "en": (
            "Without you: $what",
            "Hello $name,\n\nyou no longer facilitate $what, which takes place: $when, $place.\n",
        ),
    },
    "facilitation cancelled": {
        "fr": ("Annulé : $what", "Bonjour $name,\n\n$what, que vous animiez ($when), n’aura pas lieu : $reason.\n"),
        "en": (
            "Cancelled: $what",
            "Hello $name,\n\n$what ($when), which you were to facilitate, will not take place: $reason.\n",
        ),
    },
    "facilitation below minimum": {
        "fr": (
            "Annulé faute d’inscriptions : $what",
            "Bonjour $name,\n\n$what, que vous animiez ($when), n’aura pas lieu : trop peu d’inscriptions.\n",
        ),
        "en": (
            "Cancelled, too few people: $what",
            "Hello $name,\n\n$what ($when), which you were to facilitate, will not take place:"
            " too few people registered.\n",
        ),
    },
    "pass sold": {
        "fr": ("Votre pass : $what", "Bonjour $name,\n\nvotre pass est prêt : $what.\n"),
        "en": ("Your pass: $what", "Hello $name,\n\nyour pass is ready: $what.\n"),
    },
    "pass cancelled": {
        "fr": ("Pass annulé : $what", "Bonjour $name,\n\nvotre pass est annulé : $what.\n"),
        "en": ("Pass cancelled: $what", "Hello $name,\n\nyour pass is cancelled: $what.\n"),
    },
    "pass expired": {
        "fr": ("Pass non réglé : $what", "Bonjour $name,\n\nvotre pass n’a pas été réglé à temps : $what.\n"),
        "en": ("Pass not paid: $what", "Hello $name,\n\nyour pass was not paid in time: $what.\n"),
    },
    "pass reminder": {
        "fr": ("Bientôt terminé : $what", "Bonjour $name,\n\n$what est valable jusqu’au $until, $place.\n"),
        "en": ("Ending soon: $what", "Hello $name,\n\n$what is valid until $until, $place.\n"),
    },
    "gift sold": {
        "fr": (
            "Votre cadeau : $what",
            "Bonjour $name,\n\nvotre cadeau est prêt : $what, $place. Qui en a le code peut le retirer.\n\n"
            "Code : $code\nÀ retirer jusqu’au : $until\n",
        ),
        "en": (
            "Your gift: $what",
            "Hello $name,\n\nyour gift is ready: $what, $place. Whoever has its code can claim it.\n\n"
            "Code: $code\nTo be claimed until: $until\n",
        ),
    },
    "gift received": {
        "fr": (
            "Un cadeau pour vous : $what",
            "Bonjour $name,\n\n$giver vous offre : $what, $place.\n\n$message\n\n"
            "Code : $code\nÀ retirer jusqu’au : $until\n",
        ),
        "en": (
            "A gift for you: $what",
            "Hello $name,\n\n$giver gives you: $what, $place.\n\n$message\n\n"
            "Code: $code\nTo be claimed until: $until\n",
        ),
    },
    "gift claimed": {
        "fr": ("Cadeau retiré : $what", "Bonjour $name,\n\nvotre cadeau a été retiré : $what, $place.\n"),
        "en": ("Gift claimed: $what", "Hello $name,\n\nyour gift was claimed: $what, $place.\n"),
    },
    "gift withdrawn": {
        "fr": (
            "Cadeau repris : $what",
            "Bonjour $name,\n\nvotre cadeau est repris, et son code ne vaut plus : $what, $place.\n",
        ),
        "en": (
            "Gift withdrawn: $what",
            "Hello $name,\n\nyour gift is withdrawn, and its code counts no more: $what, $place.\n",
        ),
    },
    "gift lapsed": {
        "fr": (
            "Cadeau périmé : $what",
            "Bonjour $name,\n\nvotre cadeau ne peut plus être retiré : $what, $place. Dernier jour : $until.\n",
        ),
        "en": (
            "Gift lapsed: $what",
            "Hello $name,\n\nyour gift can be claimed no more: $what, $place. Last day: $until.\n",
        ),
    },
    "notice given": {
        "fr": (
            "Résiliation notée : $what",
            "Bonjour $name,\n\nvotre résiliation est notée : $what, $place. Le dernier jour est le $until.\n",
        ),
        "en": (
            "Notice noted: $what",
            "Hello $name,\n\nyour notice is noted: $what, $place. The last day is $until.\n",
        ),
    },
    "notice withdrawn": {
        "fr": (
            "Résiliation retirée : $what",
            "Bonjour $name,\n\nvotre résiliation est retirée, et votre contrat continue : $what, $place.\n",
        ),
        "en": (
            "Notice withdrawn: $what",
            "Hello $name,\n\nyour notice is withdrawn, and your contract goes on: $what, $place.\n",
        ),
    },
    "order sold": {
        "fr": ("Votre commande : $what", "Bonjour $name,\n\nvotre commande est prête : $what, $place.\n"),
        "en": ("Your order: $what", "Hello $name,\n\nyour order is ready: $what, $place.\n"),
    },
    "order cancelled": {
        "fr": (
            "Commande annulée : $what",
            "Bonjour $name,\n\nest annulé de votre commande ($what, $place) : $left_out.\n",
        ),
        "en": ("Order cancelled: $what", "Hello $name,\n\ncancelled of your order ($what, $place): $left_out.\n"),
    },
    "order expired": {
        "fr": (
            "Commande non réglée : $what",
            "Bonjour $name,\n\nvotre commande n’a pas été réglée à temps : $what, $place.\n",
        ),
        "en": ("Order not paid: $what", "Hello $name,\n\nyour order was not paid in time: $what, $place.\n"),
    },
    "payment declined": {
        "fr": (
            "Paiement refusé : $amount",
            "Bonjour $name,\n\nvotre paiement de $amount pour $what n’a pas abouti ; rien ne vous a été prélevé. "
            "Réessayez, ou passez nous voir à l’accueil.\n",
        ),
        "en": (
            "Payment declined: $amount",
            "Hello $name,\n\nyour payment of $amount for $what did not go through; nothing was taken. Please try "
            "again, or see us at the desk.\n",
        ),
    },
    "payment due": {
        "fr": (
            "À régler : $amount",
            "Bonjour $name,\n\nil reste $amount à régler aujourd’hui pour $what. Ce qui est réservé le reste.\n",
        ),
        "en": (
            "Payment due: $amount",
            "Hello $name,\n\n$amount is due today for $what. What you have booked stays booked.\n",
        ),
    },
    "bill issued": {
        "fr": (
            "Votre facture $what",
            "Bonjour $name,\n\nvotre facture $what de $place est prête. Il reste $amount à régler, au plus tard le "
            "$until.\n",
        ),
        "en": (
            "Your invoice $what",
            "Hello $name,\n\nyour invoice $what of $place is ready. $amount is still to be paid, by $until.\n",
        ),
    },
    "bill due": {
        "fr": (
            "Facture à régler : $what",
            "Bonjour $name,\n\nil reste $amount à régler aujourd’hui de votre facture $what de $place.\n",
        ),
        "en": (
            "Invoice due: $what",
            "Hello $name,\n\n$amount of your invoice $what of $place is due today.\n",
        ),
    },
    "bill reminder": {
        "fr": (
            "Rappel : facture $what",
            "Bonjour $name,\n\nvotre facture $what de $place était à régler le $until. Il reste $amount à régler. Si "
            "vous venez de payer, ne tenez pas compte de ce message.\n",
        ),
        "en": (
            "Reminder: invoice $what",
            "Hello $name,\n\nyour invoice $what of $place was due on $until. $amount is still to be paid. If you have "
            "just paid, ignore this message.\n",
        ),
    },
    "debit announced": {
        "fr": (
            "Prélèvement de $amount le $until",
            "Bonjour $name,\n\nnous prélèverons $amount sur votre compte le $until, pour la facture $what de $place "
            "($reason). Vous n’avez rien à faire.\n",
        ),
        "en": (
            "Direct debit of $amount on $until",
            "Hello $name,\n\n$amount will be debited from your account on $until, for invoice $what of $place "
            "($reason). There is nothing for you to do.\n",
        ),
    },
    "debit returned": {
        "fr": (
            "Prélèvement rejeté : facture $what",
            "Bonjour $name,\n\nle prélèvement de $amount pour la facture $what de $place nous est revenu. La facture "
            "reste à régler.\n",
        ),
        "en": (
            "Direct debit returned: invoice $what",
            "Hello $name,\n\nthe direct debit of $amount for invoice $what of $place came back. The invoice is still "
            "to be paid.\n",
        ),
    },
    "paid too late": {
        "fr": (
            "Paiement remboursé : $what",
            "Bonjour $name,\n\nvotre paiement est arrivé trop tard pour $what. Il vous est remboursé.\n",
        ),
        "en": (
            "Payment refunded: $what",
            "Hello $name,\n\nyour payment came too late for $what. You get it back.\n",
        ),
    },
    "paid twice": {
        "fr": (
            "Paiement en double : $what",
            "Bonjour $name,\n\nvous avez payé deux fois. Le second vous est remboursé.\n",
        ),
        "en": ("Paid twice: $what", "Hello $name,\n\nyou have paid twice. You get the second back.\n"),
    },
    "refund settled": {
        "fr": ("Remboursement : $amount", "Bonjour $name,\n\nvous êtes remboursé de $amount.\n"),
        "en": ("Refund: $amount", "Hello $name,\n\nyou get $amount back.\n"),
    },
    "refund declined": {
        "fr": (
            "Remboursement en attente : $amount",
            "Bonjour $name,\n\nvotre remboursement de $amount n’a pas abouti. Passez nous voir à l’accueil.\n",
        ),
        "en": (
            "Refund pending: $amount",
            "Hello $name,\n\nyour refund of $amount did not go through. Please see us at the desk.\n",
        ),
    },
}
