"""What each fact of a payment means, in words; docs/events.md says the same."""

from __future__ import annotations

# fmt: off
WORDS = {
    "custody.driven": "its execution is started (again) by the minute sweep",
    "custody.failed": "a step failed for good after money may have moved",
    "custody.overdue":
        "reconciliation found that nobody would look at it again, and has the minute sweep do so",
    "custody.recorded": "the verdict of this attempt stands, with the ids of its evidence",
    "fraud.signalled":
        "the payment was put on hold for signs of fraud: all signs with their numbers,"
        " answered ones too",
    "guardrail.passed": "cash, amount, vendor account and ledger looked at once more, all fits",
    "guardrail.refused": "cash does not allow it; the payment is on hold",
    "ledger_note.asked": "a verified payment is to be noted in the ledger",
    "ledger_note.confirmed": "the ledger shows it",
    "ledger_note.refused": "the ledger does not take it; in the tray",
    "ledger_note.sent": "written before the call",
    "ledger_note.unanswered": "not known to be there; looked for before it is sent again",
    "ledger_note.withdrawn": "switched off, or another company, before it was sent",
    "payment.admin_refuses": "an admin refused it for good",
    "payment.asked_again": "no answer is known; Ramp was read again",
    "payment.attached": "the vendor's bill came: the occurrence pays it",
    "payment.bank_allows": "the provider lets it go on",
    "payment.bank_allows_and_taken": "it goes on and was taken already",
    "payment.bank_hold": "Ramp's provider holds it",
    "payment.bank_refuses": "the provider refuses it",
    "payment.cancel_asked": "a person cancels it",
    "payment.cancel_too_late": "Ramp had taken it by then",
    "payment.cancelled": "taken back before Ramp took it",
    "payment.cancelled_after_collection":
        "it was cancelled after the money was collected, as evidence shows",
    "payment.cash_observed": "the bank shows something new of it",
    "payment.cash_unmatched": "its bank line turned out to be the debit of another payment",
    "payment.cleared": "its bank line was seen, and the journal shows it",
    "payment.command_accepted": "Ramp has the date",
    "payment.command_not_sent": "nothing left our side; a retry may send",
    "payment.command_sent": "written before Ramp is asked for the date",
    "payment.created": "decided: pay now or scheduled",
    "payment.date_asked": "a person asked for another date",
    "payment.date_confirmed": "Ramp carries no other date any more",
    "payment.date_refused": "Ramp had taken it on the date before",
    "payment.debit_and_credit_seen":
        "it failed in Ramp, and the bank shows the money leaving and coming back",
    "payment.deleted":
        "a record that was never posted is gone from lists; its row and its entries stay",
    "payment.due_cleared": "there was nothing to wake this payment for",
    "payment.held": "stopped, with a typed reason",
    "payment.judged": "rail, ledger and bank were compared, with another result than before",
    "payment.ledger_observed": "QuickBooks shows something new of it",
    "payment.lifted": "the reason of the hold is gone",
    "payment.money_back": "it is back; the payment is reversed",
    "payment.no_money_moved": "it failed in Ramp, and nothing had left the bank",
    "payment.outcome_did_not_happen": "the command had not arrived",
    "payment.outcome_happened": "the command had arrived",
    "payment.planned": "an occurrence, waiting for the vendor's bill",
    "payment.posted": "it stands in the journal, with its number and what it pays",
    "payment.rail_error": "Ramp says it failed",
    "payment.rail_paid": "Ramp says the vendor was paid",
    "payment.rail_reported": "a reading changed something else, a date for instance",
    "payment.rail_taken": "Ramp has begun to pay",
    "payment.record_changed": "a record that is a draft has other contents",
    "payment.recorded": "a person recorded what was paid or received elsewhere",
    "payment.refused_for_good": "its bill is gone from Ramp, and a person said so",
    "payment.release_awaited":
        "Ramp has waited for a person's release for more than two bank days",
    "payment.replaces": "takes the place of another payment",
    "payment.rescheduled": "its recurrence was changed; another payment takes its place",
    "payment.return_seen": "the money comes back, as the bank or a person's evidence shows",
    "payment.stopped_check_replaced": "its check was stopped; another payment takes its place",
    "payment.system_lift_today":
        "Ramp began to pay while its date was being taken off: the hold is over",
    "payment.uncleared": "the bank line was not its own; that entry is mirrored",
    "payment.unposted": "it is a draft again; its entries are mirrored",
    "payment.watch_ended": "60 days without a return",
}
# fmt: on


def words_of(fact_type: str) -> str:
    """The meaning of a fact type; of one that a newer release wrote, its name in words."""
    return WORDS.get(fact_type) or fact_type.replace(".", " ").replace("_", " ")
