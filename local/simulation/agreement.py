"""What must be true of a run that has come to rest: everything converged, and nothing is hidden."""

from __future__ import annotations

from datetime import timedelta

from local.simulation.batch_checks import check_batches
from local.simulation.broken import broken
from local.simulation.journal_checks import check_books
from local.simulation.product import Product
from local.simulation.registration import FIRM
from local.simulation.truth import Truth, truth_of
from local.simulation.usage import check_usage
from local.view_texts import texts_of, texts_of_the_log
from rowcol.domain.bill import Bill
from rowcol.domain.folded import Folded
from rowcol.domain.holds import rule_of
from rowcol.domain.hygiene.kinds import HYGIENE
from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.payment import Payment, Step, Verification
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem
from rowcol.domain.verdict import Mismatch
from rowcol.domain.windows import CHECK
from rowcol.service.audit import verify_log
from rowcol.service.hygiene.round import hygiene_round
from rowcol.service.judgement import verdict_on
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.view_state import ITEM, SUBJECT, folded, marks

_RESTING = (Step.DONE, Step.AWAIT_PROOF)
_KINDS = frozenset(kind.value for kind in Mismatch) - {"unexpected_rail_state", "rail_failed"}

# Rail, ledger and bank have told of a payment that went well by then, also over holidays.
PROOF_WITHIN = timedelta(days=12)


class Agreement:
    """Looks at everything at once; for runs at rest only."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.payments: list[tuple[Scope, Payment]] = []
        self.bills: list[tuple[Scope, Bill]] = []
        self.open_items: dict[tuple[Scope, str], set[str]] = {}
        self.rows_compared = 0
        for (firm, client, _, _), item in product.store.items.items():
            scope = Scope(firm, client)
            if isinstance(item, Payment):
                self.payments.append((scope, item))
            elif isinstance(item, Bill):
                self.bills.append((scope, item))
            elif isinstance(item, TrayItem) and item.is_live:
                self.open_items.setdefault((scope, item.subject), set()).add(item.item)

    def check(self) -> None:
        """All of it. Raises InvariantBroken."""
        self.check_logs()
        check_usage(self.product.store, self.payments)
        check_books(self.product.store.items)
        check_batches(self.product.store.items.values())
        if self.product.inbox.open_keys:
            broken("every accepted webhook ends", self.product.inbox.open_keys[:3])
        for scope, payment in self.payments:
            if payment.bill_id is None:
                continue  # a record, or an occurrence without a bill: no rail has anything of it
            self._converged(scope, payment)
            self._custody_rests(scope, payment)
            self._tray(scope, payment)
            self._true(scope, payment)
        for scope, bill in self.bills:
            self._bill(scope, bill)
        self._connections()
        self._data()

    def _data(self) -> None:
        """What is open about data is what a look at all of it finds: nothing is left to say."""
        for scope in [Scope(FIRM, name) for name in self.product.clients]:
            if (news := hygiene_round(self.product.environment, scope)) > 0:
                broken("items about data are what the data says", f"{scope.client} {news}")

    def check_logs(self) -> None:
        """Chains verify, views are the fold of the log, heads are sums."""
        for scope in self.product.store.logs:
            books = self.product.store.books(scope)
            proof = verify_log(books, "USD")
            if not proof.intact:
                broken("the chain verifies", proof)
            self._views(scope)
            held = [bill.open_reserve for at, bill in self.bills if at == scope]
            covered = sum(one.amount.minor for one in held if one and one.covered)
            if covered != books.head("USD").covered_total.minor:
                broken("head totals are the sum of open reserves", scope.client)

    def _views(self, scope: Scope) -> None:
        """Every row kept is, byte for byte, the row that the log alone gives; no other is kept."""
        live = texts_of(self.product.views, scope)
        log = texts_of_the_log(self.product.store.books(scope))
        self.rows_compared += len(log)
        for place in sorted(live.keys() | log.keys()):
            if live.get(place) != log.get(place):
                detail = f"{scope.client} {place}: {live.get(place)} != {log.get(place)}"
                broken("views are the fold of the log, byte for byte", detail)
        told = folded(self.product.views, scope)
        if told != Folded(len(self.product.store.logs[scope])):
            broken("views know how far they go", f"{scope.client} {told}")
        lacking = [missing for _, missing in marks(self.product.views, scope)]
        if lacking or ITEM in self._items(scope, SUBJECT):
            broken("views that were rebuilt lack nothing", f"{scope.client} {lacking}")

    def check_dates(self) -> None:
        """What Ramp is going to pay is what we asked, or a tray item says otherwise."""
        for scope, bill in self.bills:
            row = self.product.rails.ramp.document.rows("bills")[bill.id]
            payment = self.product.rails.ramp.payment(row)
            planned = payment["planned_on"]
            goes = row["state"] in ("PAYMENT_SCHEDULED", "AWAITING_RELEASE") and planned
            wanted = self._wanted(scope, bill)
            if wanted is None or self._said(scope, bill):
                continue
            asked, amount_minor = wanted
            if bool(goes) != asked and row["state"] in ("PAYMENT_SCHEDULED", "PAYMENT_READY"):
                detail = f"{bill.id} planned {planned}, {row['state']}; asked {asked}"
                broken("what Ramp is going to pay is what we asked", detail)
            if asked and goes and row["amount_minor"] != amount_minor:
                detail = f"{bill.id} {row['amount_minor']}, asked {amount_minor}"
                broken("what Ramp is going to pay is what we asked", detail)

    def _wanted(self, scope: Scope, bill: Bill) -> tuple[bool, int] | None:
        """Whether we want Ramp to pay, and how much; None when that is not for us to say."""
        payment = self._live(scope, bill)
        if payment is not None:
            stops = payment.hold is not None and rule_of(payment.hold.kind).stops_rail
            if payment.wants_cancelling or stops:
                return False, 0
            if payment.status is Status.PENDING and payment.command is not None:
                return True, payment.amount.minor
            if payment.status in (Status.SCHEDULED, Status.HOLD):
                return (False, 0) if payment.command is None else None
            return None
        delayed = bill.decision and bill.decision.delay and bill.decision.state == "queued"
        return (False, 0) if delayed else None

    def _live(self, scope: Scope, bill: Bill) -> Payment | None:
        return next(
            (
                payment
                for at, payment in self.payments
                if at == scope and payment.id == bill.live_payment_id
            ),
            None,
        )

    def _items(self, scope: Scope, *subjects: str) -> set[str]:
        """Kinds of open items, those about data left out: they excuse nothing here."""
        every = {item for name in subjects for item in self.open_items.get((scope, name), ())}
        return every - HYGIENE

    def _said(self, scope: Scope, bill: Bill) -> set[str]:
        names = [f"bill-{bill.id}"]
        if bill.live_payment_id:
            names.append(f"payment-{bill.live_payment_id}")
        return self._items(scope, *names)

    def _converged(self, scope: Scope, payment: Payment) -> None:
        items = self._items(scope, f"payment-{payment.id}", f"bill-{payment.bill_id}")
        if payment.command is not None and payment.command.is_open:
            broken("no command stays open", f"{payment.id} {payment.status} {payment.command}")
        proved = payment.status is Status.DONE and payment.verification is Verification.VERIFIED
        if payment.status in FINAL or proved or items or self._waits(payment):
            return
        detail = f"{payment.id} {payment.status} {payment.verification} {payment.custody}"
        broken("no payment is stuck unseen", f"{detail} due {payment.due} {payment.verdict}")

    def _waits(self, payment: Payment) -> bool:
        """Its day is still to come, or was just now; a check may be cashed for longer than that.

        Its next deadline is set: nothing forgets it.
        """
        due, now = payment.due, self.product.clock.now()
        if payment.status is Status.SCHEDULED and due is not None and due > now:
            return True
        until = payment.verdict.until if payment.verdict is not None else None
        if until is None or due is None or until <= now:
            return False
        return payment.paid_by == CHECK or payment.pay_on > now.date() - PROOF_WITHIN

    def _custody_rests(self, scope: Scope, payment: Payment) -> None:
        """Money that may have moved was judged; what ended has nothing left for people to do."""
        moved = payment.status in (Status.PROCESSING, Status.DONE)
        if moved and (payment.verdict is None or payment.custody.step not in _RESTING):
            broken("what moved is judged", f"{payment.id} {payment.status} {payment.custody}")
        if payment.status in (Status.CANCELLED, Status.REJECTED):
            # Ramp may go on with the bill: that is told of the payment that should not be there.
            items = self._items(scope, f"payment-{payment.id}") - {"unexpected_rail_state"}
            if items:
                broken("what ended has no open item", f"{payment.id} {payment.status} {items}")

    def _tray(self, scope: Scope, payment: Payment) -> None:
        """A lasting mismatch has an open item of its kind; agreement has none."""
        shown = self._items(scope, f"payment-{payment.id}") & _KINDS
        found: set[str] = set()
        if payment.verdict is not None and payment.status not in FINAL:
            now = self.product.clock.now()
            verdict = verdict_on(payment, now)
            found = {finding.kind.value for finding in verdict.findings} & _KINDS
        if payment.status in FINAL or payment.hold is not None:
            return  # what is held is not judged before it goes on
        if shown != found:
            detail = f"{payment.id} {payment.status}: open {shown}, found {found}"
            broken("a mismatch has an item, agreement has none", detail)

    def _true(self, scope: Scope, payment: Payment) -> None:
        """What is called verified is true on all rails; what is true is called verified."""
        truth = truth_of(self.product.rails, self.product.clients[scope.client], payment)
        verified = payment.verification is Verification.VERIFIED
        if verified and not truth.agrees and payment.status not in FINAL:
            broken("verified means proved", f"{payment.id}: {truth}")
        late = self._waits(payment)  # cashed just now, perhaps: the bank tells in a while
        if truth.agrees and payment.status is Status.DONE and not verified and not late:
            detail = f"{payment.id}: {truth}, judged {payment.verdict}"
            broken("agreement is recognised", detail)
        if truth.agrees and payment.status not in (Status.DONE, Status.HOLD):
            self._paid_unnoticed(payment, truth)

    def _paid_unnoticed(self, payment: Payment, truth: Truth) -> None:
        if payment.command is not None and payment.status in (Status.PENDING, Status.PROCESSING):
            broken("a paid bill is noticed", f"{payment.id} {payment.status}: {truth}")

    def _bill(self, scope: Scope, bill: Bill) -> None:
        if {*bill.tray_kinds} != self.open_items.get((scope, f"bill-{bill.id}"), set()):
            broken("a bill knows which items it has", f"{bill.id} {bill.tray_kinds}")
        if bill.command is not None and bill.command.is_open:
            broken("no command stays open", f"{bill.id} {bill.command}")
        held = bill.open_reserve
        if held is None or self._said(scope, bill) or going_to_pay(bill.rail):
            return
        decided = bill.decision is not None and bill.decision.state in (
            "staged",
            "queued",
            "overdue",
        )
        check = bill.rail.payment is not None and bill.rail.payment.method == CHECK
        if not decided and not check:
            detail = f"{bill.id} {bill.rail.state} {held} {bill.decision}"
            broken("a reserve that nobody needs ends", detail)

    def _connections(self) -> None:
        for (scope, subject), items in self.open_items.items():
            if subject.startswith("connection-"):
                broken("a connection that works has no item", f"{scope.client} {subject} {items}")


def firm_scope() -> Scope:
    """The firm's own books."""
    return Scope(FIRM)
