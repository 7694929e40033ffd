"""Who else waits for a line of an amount, and what people have refused: what a match must know."""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.cash_matching.automatic import Rivals
from rowcol.domain.cash_matching.candidate import match_id
from rowcol.domain.cash_matching.cash_match import CashMatch
from rowcol.domain.cash_matching.wanted import CashTarget, OpenItem, TargetKind, Wanted
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.payment import Payment, PaymentType
from rowcol.domain.record_lines import side_wanted
from rowcol.service.cash_matches.open_items import open_items
from rowcol.service.change import Change
from rowcol.service.store import Books
from rowcol.service.stored_lines import StoredLines


class Waiting:
    """Open items of a client and its bank lines, read when first asked for.

    What got its line waits no longer.
    """

    def __init__(self, books: Books, client: Client | None) -> None:
        self._books = books
        self._client = client
        self.lines = StoredLines(books)
        self._items: tuple[OpenItem, ...] | None = None
        self._rivals: Rivals | None = None
        self._gone: set[str] = set()

    def rivals(self, group: str, minor: int) -> tuple[Wanted, ...]:
        """What else waits for a line of an amount, as at the bank."""
        if self._rivals is None:
            items = open_items(self._books, self._client) if self._client is not None else ()
            self._rivals = Rivals(items)
        return self._rivals.of(group, minor, self._gone)

    def rivals_of(self, record: Payment) -> tuple[Wanted, ...]:
        """The same for a record, whichever way its money goes; a transfer's text names nobody."""
        if record.type is PaymentType.TRANSFER:
            return ()
        return self.rivals(record.id, side_wanted(record).amount.minor)

    def settled(self, group: str) -> None:
        """A group has its money."""
        self._gone.add(group)


def refused_lines(change: Change, payment: Payment, lines: Iterable[BankLine]) -> frozenset[str]:
    """Lines of which a person has said that they are not this payment's."""
    target = CashTarget(TargetKind.PAYMENT, payment.id)
    return frozenset(
        line.line_id for line in lines if is_refused(change, (line.line_id,), (target,))
    )


def is_refused(change: Change, line_ids: Iterable[str], targets: Iterable[CashTarget]) -> bool:
    """Whether a person has rejected or undone this combination."""
    known = change.get(CashMatch, match_id(line_ids, targets))
    return known is not None and known.is_refused
