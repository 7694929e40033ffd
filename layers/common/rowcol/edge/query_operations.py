"""Every operation that the function console_query serves."""

from __future__ import annotations

from rowcol.edge import (
    audit_queries,
    batches,
    bill_queries,
    console_queries,
    decision_batches,
    figures,
    fraud_review,
    invoices,
    journal,
    payment_meanings,
    payment_queries,
    payment_story,
    recurrences,
    runway,
    runway_scenario,
)
from rowcol.edge.operation import Operations, table

_PARTS: tuple[Operations, ...] = (
    console_queries.READS,
    bill_queries.READS,
    payment_queries.READS,
    payment_meanings.READS,
    payment_story.READS,
    batches.READS,
    decision_batches.READS,
    audit_queries.READS,
    invoices.READS,
    journal.READS,
    recurrences.READS,
    runway.READS,
    runway_scenario.OPERATIONS,
    fraud_review.READS,
    figures.READS,
)
OPERATIONS: Operations = table(operation for part in _PARTS for operation in part.values())
