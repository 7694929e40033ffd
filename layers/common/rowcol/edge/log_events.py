"""Batches of the log's stream: to the workflow engine and the bus, and into the views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rowcol.domain.figures import LagMark, ProofMark
from rowcol.domain.log import Entry
from rowcol.domain.plain import from_plain
from rowcol.domain.scope import Scope
from rowcol.edge.observability import count, line, logger, measure
from rowcol.edge.stream import Record, each_in_order, failures
from rowcol.service.environment import Environment
from rowcol.service.figures import figure_rows
from rowcol.service.projection import Arrived, project_batch
from rowcol.service.relay import Bus, relay

EntryOf = Callable[[Mapping[str, Any]], Entry]
PlaceOf = Callable[[Mapping[str, Any]], tuple[Scope, int]]


def relay_entries(
    environment: Environment, bus: Bus, entry_of: EntryOf, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Entry by entry, in order; the first that fails and all after it come again.

    What was relayed goes on the bus in one go; if the bus does not take it, the batch comes again.
    """
    done: dict[str, int] = {}
    relayed: list[Entry] = []

    def apply(record: Record) -> None:
        entry = entry_of(record["dynamodb"]["NewImage"])
        outcome = relay(environment, entry)
        relayed.append(entry)
        done[outcome] = done.get(outcome, 0) + 1

    answer = each_in_order(event, apply, _failed)
    try:
        bus.publish(relayed)
    except Exception as error:  # noqa: BLE001  # the whole batch is repeated, which is harmless
        _failed(error)
        answer = failures([event["Records"][0]["dynamodb"]["SequenceNumber"]])
    line("entries_relayed", **done, failed=len(answer["batchItemFailures"]))
    return answer


def project_entries(
    environment: Environment, entry_of: EntryOf, place_of: PlaceOf, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that can be folded is; the first entry that cannot and all after it come again."""
    records = event.get("Records", [])
    if not records:
        return failures([])
    try:
        arrived = [_arrived(entry_of, place_of, one) for one in records]
        done = project_batch(environment, arrived)
    except Exception as error:  # noqa: BLE001  # the whole batch is repeated, which is harmless
        _failed(error)
        return failures([records[0]["dynamodb"]["SequenceNumber"]])
    for place, fault in done.poison.items():
        _failed(fault, position=records[place]["dynamodb"].get("Keys"))
    if done.stopped is not None:
        _failed(done.stopped[1])
    if done.poison:
        count("EntriesNotFolded", len(done.poison))
    measure_figures([record for place, record in enumerate(arrived) if place not in done.poison])
    line("entries_projected", entries=len(records), rows=done.rows, poison=len(done.poison))
    first = done.failed_from
    return failures([] if first is None else [records[first]["dynamodb"]["SequenceNumber"]])


def measure_figures(arrived: Sequence[Arrived]) -> None:
    """What the operators' dashboard shows of the figures; an entry that comes again counts again.

    The API's own figures are counted from the views, where each payment stands once.
    """
    for one in arrived:
        entry = one.entry
        if isinstance(entry, Exception):
            continue
        marks = [row.row for row in figure_rows(entry, one.scope, entry.current_data)]
        for mark in marks:
            if "milliseconds" in mark:
                measure("WebhookEffectSeconds", from_plain(LagMark, mark).milliseconds / 1_000)
            elif entry.type == "payment.judged":
                proof = from_plain(ProofMark, mark)
                count("PaymentsVerified", int(proof.verification == "verified"))
                count("PaymentsMismatched", int(proof.verification == "mismatch"))
                count("PaymentsClean", int(proof.clean))


def _arrived(entry_of: EntryOf, place_of: PlaceOf, record: Record) -> Arrived:
    image = record["dynamodb"]["NewImage"]
    try:
        return Arrived.of(entry_of(image))
    except Exception as error:  # noqa: BLE001  # one poison record must not take the batch with it
        return Arrived(*place_of(image), error)


def _failed(error: Exception, **about: object) -> None:
    logger.exception("log entry not handled", exc_info=error, extra=about)
