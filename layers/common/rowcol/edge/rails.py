"""Routes that tell what the rails can be asked for at a client, and why something is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.capability import Capability, Support
from rowcol.domain.client import PROBE_AFTER, Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import CONFIGURE
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.ledger_notes import set_ledger_notes
from rowcol.service.levers import probe

TAG = "Rails"
_CLIENT = "/clients/{client}"
EXECUTION = "ramp"


class LedgerNotesBody(Body):
    """Whether verdicts are attached to the ledger's payments as notes."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class LeverShown:
    """One lever of a rail at this client.

    `usable`: whether RowCol would use it now. A lever with the support `detected` is, until a call
    found it `missing_since`; from `tried_again_at` on the next command tries it again. `link`:
    where a person does it instead; `later`: what RowCol would do with what is not offered yet.
    """

    name: str
    usable: bool
    support: Support
    meaning: str
    link: str | None
    later: str | None
    missing_since: datetime | None
    tried_again_at: datetime | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class RailsShown:
    """Levers by rail: ramp, qbo, plaid, stripe, bank_files."""

    rails: dict[str, tuple[LeverShown, ...]]
    ledger_notes: bool


@dataclass(frozen=True, slots=True)
class LedgerNotesShown:
    """Whether notes are written."""

    enabled: bool


def _lever(client: Client, rail: str, lever: Capability) -> LeverShown:
    missing = rail == EXECUTION and lever.name in client.missing_capabilities
    known = next((one for one in client.missing_levers if missing and one.name == lever.name), None)
    off = lever.name == "audit_note" and not client.ledger_notes
    return LeverShown(
        lever.name,
        lever.support is not Support.NO and not missing and not off,
        lever.support,
        lever.meaning,
        lever.link,
        lever.later,
        known.since if known is not None else None,
        known.since + PROBE_AFTER if known is not None else None,
        known.detail if known is not None else None,
    )


def _read(read: OfClient) -> Reply:
    rails = {
        rail: tuple(_lever(read.client, rail, lever) for lever in levers)
        for rail, levers in read.environment.capabilities.items()
    }
    shown = RailsShown(rails, read.client.ledger_notes)
    return Reply(shown, headers={"ETag": f'"{read.client.version}"'})


def _probe(call: Call) -> Reply | Refusal:
    name, levers = call.path["capability"], call.environment.capabilities

    def show(client: Client) -> Shown:
        known = next((one for one in levers.get(EXECUTION, ()) if one.name == name), None)
        lever = known or Capability(name, Support.DETECTED, name)
        return Shown(_lever(client, EXECUTION, lever))

    return write(call, lambda change: probe(change, name), show, {"probe": name})


def _notes(call: Call) -> Reply | Refusal:
    enabled, version = call.body_as(LedgerNotesBody).enabled, call.version
    assert version is not None  # the operation needs If-Match

    def show(client: Client) -> Shown:
        return Shown(LedgerNotesShown(client.ledger_notes), {"ETag": f'"{client.version + 1}"'})

    return write(
        call, lambda change: set_ledger_notes(change, version, enabled=enabled), show, None
    )


COMMANDS: Operations = table(
    (
        Operation(
            "POST", f"{_CLIENT}/capabilities/{{capability}}/probe", "probeCapability",
            "Have a missing lever tried again by the next command", TAG, _probe, CONFIGURE,
            {200: LeverShown},
        ),
        Operation(
            "PUT", f"{_CLIENT}/ledger-notes", "setLedgerNotes",
            "Switch audit notes in the ledger on or off", TAG, _notes, CONFIGURE,
            {200: LedgerNotesShown}, body=LedgerNotesBody, example={"enabled": True},
            refusals=frozenset({Code.VERSION_MISMATCH, Code.VERSION_REQUIRED}),
            if_match=True, headers=ETAG,
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/rails", "readRails", "What the rails can be asked for here", TAG, RailsShown,
                headers=ETAG,
            ),
            _read,
        ),
    )
)  # fmt: skip
