"""Routes that say what types and statuses of payments mean, from the lifecycle's own table."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.lifecycle import FINAL, TABLE, By, Guard, Status
from rowcol.domain.payment import PaymentType
from rowcol.edge.operation import Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation

TAG = "Payments"


@dataclass(frozen=True, slots=True)
class NextMove:
    """What may follow a status: by which trigger, to which one, who pulls it, under what guard."""

    trigger: str
    to: Status
    by: tuple[By, ...]
    guard: Guard
    note: str


@dataclass(frozen=True, slots=True)
class StatusShown:
    """A status of the lifecycle. `final`: nothing follows."""

    status: Status
    final: bool
    moves: tuple[NextMove, ...]


@dataclass(frozen=True, slots=True)
class StatusesShown:
    """All statuses, and the moves that create a payment."""

    items: tuple[StatusShown, ...]
    created: tuple[NextMove, ...]


@dataclass(frozen=True, slots=True)
class TypeShown:
    """A type of payment. `pays`: what it is allocated to; `rail`: whether a rail carries it out."""

    type: PaymentType
    money: str
    pays: str | None
    rail: bool


@dataclass(frozen=True, slots=True)
class TypesShown:
    """All types."""

    items: tuple[TypeShown, ...]


_TYPES = TypesShown(
    (
        TypeShown(PaymentType.VENDOR_PAYMENT, "out", "bill", rail=True),
        TypeShown(PaymentType.CUSTOMER_PAYMENT, "in", "invoice", rail=False),
        TypeShown(PaymentType.REFUND, "out", "invoice", rail=False),
        TypeShown(PaymentType.TRANSFER, "between own accounts", None, rail=False),
        TypeShown(PaymentType.FEE, "out", None, rail=False),
    )
)


def _types(_read: OfClient) -> Reply:
    return Reply(_TYPES)


def _statuses(_read: OfClient) -> Reply:
    items = tuple(StatusShown(status, status in FINAL, _moves(status)) for status in Status)
    return Reply(StatusesShown(items, _moves(None)))


def _moves(source: Status | None) -> tuple[NextMove, ...]:
    return tuple(
        NextMove(
            row.trigger.value,
            row.target,
            tuple(by for by in (row.by, row.or_by) if by is not None),
            row.guard,
            row.note,
        )
        for row in TABLE
        if row.source is source
    )


READS: Operations = table(
    (
        read_operation(
            Reading("/payments/types", "paymentTypes", "Types of payments", TAG, TypesShown), _types
        ),
        read_operation(
            Reading(
                "/payments/statuses", "paymentStatuses", "The lifecycle: what may follow what", TAG,
                StatusesShown,
            ),
            _statuses,
        ),
    )
)  # fmt: skip
