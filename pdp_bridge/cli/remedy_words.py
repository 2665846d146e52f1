"""What may be done about one invoice, in words: the situation, the steps in Facturation.pro, what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdp_bridge.cli.words import _

if TYPE_CHECKING:
    from pdp_bridge.decisions.remedy import Remedy, Situation


def heading(situation: Situation, *, brief: bool = False) -> str:
    """Where the invoice stands, and what follows from it; `brief`: only where it stands."""
    from pdp_bridge.decisions.remedy import Situation as At

    where, law = {
        At.DUE: (_("it was not sent yet"), _("It is not sent yet: its record may still be corrected.")),
        At.HELD: (_("it is held"), _("It is held back: its record may still be corrected.")),
        At.EARLY: (
            _("its day has not come"),
            _("It waits for its day, and is sent then by itself: its record may still be corrected."),
        ),
        At.CHECKS: (
            _("our checks refuse it"),
            _("Our own checks refuse it: nothing was sent, and it is corrected at the source."),
        ),
        At.RETRIED: (
            _("it is tried again by itself"),
            _("Something failed for a passing reason: it is tried again by itself."),
        ),
        At.STOPPED: (
            _("it was stopped before any deposit"),
            _("It was stopped before any deposit: nothing was accepted, and its record may be corrected."),
        ),
        At.NUMBER_TAKEN: (
            _("its number belongs to another record"),
            _("Two records bear this number, and the other one was sent first: this one cannot be sent under it."),
        ),
        At.AWAITED: (
            _("its answer is awaited"),
            _("Iopole has not answered: it may have arrived. Every run looks for it, and nothing is sent meanwhile."),
        ),
        At.UNRESOLVED: (
            _("nobody knows whether it arrived"),
            _("Nobody knows whether it arrived: no search can tell. Only you can, and there are two safe choices."),
        ),
        At.PENDING: (
            _("its verdict is awaited"),
            _("It is at Iopole and waits for its verdict: until then it may neither be changed nor sent again."),
        ),
        At.UNACCEPTABLE: (
            _("its file was unacceptable (501)"),
            _(
                "Iopole could not accept the file (501): it never was an invoice in the eyes of the network, so its "
                "number is free and the same invoice may be corrected and sent again."
            ),
        ),
        At.REJECTED: (
            _("it was rejected (213)"),
            _(
                "A platform rejected it (213): its buyer never had it, but its number is used. It may not be sent "
                "again, corrected or not: a credit note cancels it in your books, and a new invoice replaces it."
            ),
        ),
        At.DUPLICATE: (
            _("it was rejected as a duplicate"),
            _(
                "Iopole already had an invoice under this number, and rejected this deposit as its copy. What counts "
                "is the first one: find it there."
            ),
        ),
        At.REFUSED: (
            _("its buyer refused it (210)"),
            _(
                "Its buyer refused it (210): it was valid, and its number is used. It may not be sent again: either "
                "you agree, and a credit note and a new invoice replace it, or you settle it with the buyer."
            ),
        ),
        At.DISPUTED: (
            _("its buyer disputes it (207)"),
            _("Its buyer disputes it (207): it stands until you both agree, and is never changed."),
        ),
        At.SUSPENDED: (
            _("its buyer suspended it (208)"),
            _("Its buyer waits for something that is missing (208): it stands, and is never changed."),
        ),
        At.CANCELLED: (_("it is cancelled"), _("It is cancelled: nothing more may happen to it.")),
        At.VALIDATED: (
            _("it was validated"),
            _(
                "It was sent and validated: it is a legal fact, and its record is never edited. A credit note (381) or "
                "a corrected invoice (384) corrects it; Facturation.pro makes credit notes."
            ),
        ),
        At.CONTRADICTED: (
            _("Iopole contradicts itself"),
            _(
                "Iopole says that it was rejected, and that it went on: both cannot be true. Nothing may be sent or "
                "corrected before Iopole has said which."
            ),
        ),
    }[situation]
    return where if brief else law


def steps(situation: Situation, number: str) -> list[str]:
    """What to do, in order."""
    from pdp_bridge.decisions.remedy import Situation as At

    at_the_source = [
        _("In Facturation.pro, open {number} or its customer and correct the field that is named."),
        _("Run `pdp-bridge run`: what is right is sent by itself."),
    ]
    replaced = [
        _("In Facturation.pro, leave {number} as it is: neither edited nor deleted."),
        _("Open {number} and choose to make a credit note (Créer un avoir) for its whole amount."),
        _("Duplicate {number} as a new invoice: it takes the next number. Correct it there, and issue it."),
        _("Run `pdp-bridge run`: the new invoice is sent by itself."),
    ]
    told = {
        At.DUE: at_the_source,
        At.HELD: [_("Read the reason with `pdp-bridge status {number}`."), *at_the_source],
        At.EARLY: [_("Nothing is to be done; `pdp-bridge status {number}` shows its day.")],
        At.CHECKS: [_("Read what is to be corrected with `pdp-bridge status {number}`."), *at_the_source],
        At.RETRIED: [_("Nothing is to be done; `pdp-bridge status {number}` shows when it is tried again.")],
        At.STOPPED: [_("Read the reason with `pdp-bridge status {number}`."), *at_the_source],
        At.NUMBER_TAKEN: replaced,
        At.AWAITED: [_("Wait, and let `pdp-bridge run` look for it.")],
        At.UNRESOLVED: [
            _("Look for {number} at Iopole, among the invoices issued."),
            _("When it is there: `pdp-bridge adopt {number} ID`, with its id at Iopole."),
            _("When it is not there: `pdp-bridge resend {number}`, which searches once more, then asks you."),
        ],
        At.PENDING: [_("Wait, and bring its verdict home with `pdp-bridge sync`.")],
        At.UNACCEPTABLE: [
            _("Read what Iopole could not accept with `pdp-bridge status {number}`."),
            _("When the invoice itself is the cause, correct {number} in Facturation.pro, under the same number."),
            _("Send the corrected record with `pdp-bridge correct {number} --send`."),
            _("When only the file was the cause (a logo too large, say): `pdp-bridge resend {number}`."),
        ],
        At.REJECTED: [_("Read why with `pdp-bridge status {number}`."), *replaced],
        At.DUPLICATE: [
            _("Look for {number} at Iopole, among the invoices issued."),
            _("When the first one is this invoice: `pdp-bridge adopt {number} ID`, with its id at Iopole."),
            _("When it is another invoice, two of them bear one number, and this one is replaced:"),
            *replaced,
        ],
        At.REFUSED: [
            _("Read the buyer's reason with `pdp-bridge status {number}`, and speak with them."),
            _("When they are wrong, settle it with them: a refusal (210) cannot be taken back on the network."),
            _("When they are right:"),
            *replaced,
        ],
        At.DISPUTED: [
            _("Read the buyer's reason with `pdp-bridge status {number}`, and answer them."),
            _("When they are right:"),
            *replaced,
        ],
        At.SUSPENDED: [
            _("Read what is missing with `pdp-bridge status {number}`."),
            _("Give it to the buyer, and answer at Iopole that the invoice is completed (209)."),
        ],
        At.CANCELLED: [_("Nothing is to be done.")],
        At.VALIDATED: replaced,
        At.CONTRADICTED: [
            _("Look at every status with `pdp-bridge history {number} --refresh`."),
            _("Ask Iopole's support which of them holds, with the id that `pdp-bridge status {number}` shows."),
        ],
    }[situation]
    return [step.format(number=number) for step in told]


def permitted(found: Remedy) -> list[str]:
    """What may be done."""
    texts = [
        (found.may_edit and found.by_itself, _("Its record may be corrected in Facturation.pro; a run sends it.")),
        (found.may_edit and not found.by_itself, _("Its record may be corrected, and sent when you say so.")),
        (found.may_send_again, _("It may be sent again under the same number, when you say so.")),
        (found.credit_note, _("A credit note and a new invoice may replace it.")),
    ]
    return [text for holds, text in texts if holds]


def forbidden(found: Remedy) -> list[str]:
    """What may not be done."""
    texts = [
        (not found.may_edit, _("Its record may not be edited: what was sent is a legal fact.")),
        (not (found.may_send_again or found.by_itself), _("It may not be sent again under its number.")),
    ]
    return [text for holds, text in texts if holds]
