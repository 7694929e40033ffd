"""Writes docs/events/*.json, the schemas of what is published and of what the log holds.

Run `python -m local.event_schemas`. A schema that would break its readers under the same version is
not written: raise the version instead (`rowcol.domain.event_versions.CURRENT` with an upcaster, or
`rowcol.service.bus_event.SCHEMA_VERSION`). A version that was never released may be deleted first.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from local.fact_types import stated_facts
from local.json_schema import DIALECT, Definitions, Schema
from local.schema_changes import breaks
from rowcol.domain.batch import Progress
from rowcol.domain.batch_items import RefusedItem
from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder
from rowcol.domain.cash_matching.alias import BankAlias
from rowcol.domain.cash_matching.cash_match import CashMatch
from rowcol.domain.cash_matching.tolerance import CashTolerance
from rowcol.domain.client import AcceptedBalance
from rowcol.domain.connection import ConnectionState, ShownConnection
from rowcol.domain.decision_batch import Decisions, Part
from rowcol.domain.digest_settings import DigestTold
from rowcol.domain.event_versions import CURRENT
from rowcol.domain.export import ExportTold
from rowcol.domain.fraud import FraudSettings, Signal
from rowcol.domain.fraud_rules import FraudProposal
from rowcol.domain.invoice import Invoice
from rowcol.domain.journal import JournalEntry
from rowcol.domain.ledger_note import LedgerNote
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import Level, LimitSet, Proposal
from rowcol.domain.machine_key import MachineKey
from rowcol.domain.manual_balance import ManualBalance
from rowcol.domain.money import Money
from rowcol.domain.override import Override
from rowcol.domain.payment import Payment
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.receivables.collected import ChargeMatch
from rowcol.domain.receivables.follow_up import FollowUpStep
from rowcol.domain.receivables.payout_record import PayoutRecord
from rowcol.domain.receivables.stripe_file import ShownStripeFile
from rowcol.domain.recurrence import Recurrence
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Member
from rowcol.domain.staging_rules import Rule, RulesProposal, Weakening
from rowcol.domain.statements.mapping import StatementMapping
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import TrayVerb
from rowcol.domain.tray_rules import RuleProposal, TrayRule
from rowcol.domain.vendor import CallBack, VendorNamed, VendorTerms
from rowcol.domain.verdict import Outcome, Verdict
from rowcol.service.bus_event import SCHEMA_VERSION, BusEvent
from rowcol.service.statements.facts import ShownFile, ShownLine

FOLDER = Path(__file__).parents[1] / "docs" / "events"
# What a name in a fact's data stands for, whichever fact it is in.
NAMES: dict[str, Any] = {
    "payment": Payment,
    "payout": PayoutRecord,
    "charge_match": ChargeMatch,
    "follow_up": FollowUpStep,
    "stripe_file": ShownStripeFile,
    "bill": Bill,
    "tray": TrayItem,
    "invoice": Invoice,
    "account_id": str,
    "account_id_before": str | None,
    "asked": date | None,
    "balance": AcceptedBalance,
    "batch": Progress,
    "batch_id": str,
    "decisions": Decisions,
    "digest_settings": DigestTold,
    "export": ExportTold,
    "message_id": str,
    "clients": tuple[str, ...],
    "tries_left": int,
    "parts": tuple[Part, ...],
    "call_back": CallBack,
    "capability": str,
    "before": LimitSet,
    "change_id": str | None,
    "proposed_by": str,
    "confirmed": date | None,
    "connection": ShownConnection,
    "match": CashMatch,
    "alias": BankAlias,
    "tolerance": CashTolerance,
    "tolerance_before": CashTolerance,
    "asked_by": str,
    "passed": bool,
    "rail": str,
    "revoked_at_rail": bool,
    "days_left": int,
    "state_before": ConnectionState,
    "covered": Money,
    "detail": str,
    "enabled": bool,
    "entries": tuple[JournalEntry, ...],
    "error": str,
    "evidence": tuple[str, ...],
    "explanation": str,
    "first_paid_on": date | None,
    "found": str,
    "fraud_proposal": FraudProposal,
    "fraud_settings": FraudSettings,
    "fraud_settings_before": FraudSettings,
    "from_bill_id": str,
    "level": Level,
    "member": Member,
    "member_before": Member,
    "permission_set": PermissionSet,
    "permission_set_before": PermissionSet,
    "limits": LimitSet,
    "machine_key": MachineKey,
    "manual": ManualBalance,
    "note": LedgerNote,
    "numbers": dict[str, object],
    "order": BillOrder,
    "outcome": Outcome,
    "proposal": Proposal | None,
    "depth": str,
    "run": str,
    "reason": str,
    "override": Override,
    "recurrence": Recurrence,
    "recurrence_id": str,
    "refusal": Refusal,
    "refused": tuple[RefusedItem, ...],
    "replaced_change_id": str | None,
    "rules": tuple[Rule, ...],
    "rules_before": tuple[Rule, ...],
    "rules_proposal": RulesProposal,
    "staging_rules": tuple[str, ...],
    "statement": ShownFile,
    "statement_lines": tuple[ShownLine, ...],
    "statement_mapping": StatementMapping,
    "feed_line_id": str,
    "free_matches": bool,
    "line_id": str,
    "weaker": tuple[Weakening, ...],
    "replaced": Proposal | None,
    "replaced_id": str,
    "request_id": str | None,
    "settings_weaker": tuple[str, ...],
    "signals": tuple[Signal, ...],
    "source": Status,
    "subject": str,
    "target": Status,
    "terms": VendorTerms,
    "terms_before": VendorTerms,
    "uncovered": Money,
    "vendor": VendorNamed,
    "verdict": Verdict,
    "verb": TrayVerb,
    "undone": str | None,
    "rule_proposal": RuleProposal,
    "tray_rule": TrayRule,
    "items": tuple[str, ...],
    "counted": dict[str, int],
}
# The write decides the version, and tokens of the workflow are kept beside the log.
_UNSAID = {
    "Payment": frozenset({"version"}),
    "Bill": frozenset({"version"}),
    "TrayItem": frozenset({"version", "acts"}),
    "Invoice": frozenset({"version"}),
    "PayoutRecord": frozenset({"version"}),
    "ChargeMatch": frozenset({"version"}),
    "Member": frozenset({"version"}),
    "PermissionSet": frozenset({"version", "removed_at"}),
    "Custody": frozenset({"token"}),
}


class UnnamedData(Exception):
    """A fact carries a name of which NAMES does not say what it is."""


def bus_event_schema() -> Schema:
    """The published detail of every event."""
    definitions = Definitions()
    shape = definitions.object_of(BusEvent)
    shape["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": DIALECT,
        "$id": f"urn:rowcol:bus-event:{SCHEMA_VERSION}",
        "title": "Detail of an event on the bus",
        **shape,
        "$defs": dict(sorted(definitions.schemas.items())),
    }


def facts_schema() -> Schema:
    """`facts`: the schema of each type's data. Aggregates and values are in `$defs`."""
    definitions = Definitions(_UNSAID)
    facts: dict[str, Schema] = {}
    for name, stated in sorted(stated_facts().items()):
        carried = sorted(stated.always | stated.sometimes)
        if unknown := [one for one in carried if one not in NAMES]:
            what = ", ".join(unknown)
            raise UnnamedData(f"{name} carries {what}: local/event_schemas.py NAMES lacks its type")
        properties = {one: definitions.of(NAMES[one]) for one in carried}
        if "payment" in properties:
            properties["workflow"] = {"enum": ["start", "resume"]}
        # The first fact of what a notice caused says when the notice came.
        properties["told_at"] = definitions.of(datetime)
        required = sorted(stated.always)
        facts[name] = {"type": "object", "properties": properties, "required": required}
    return {
        "$schema": DIALECT,
        "$id": f"urn:rowcol:facts:{CURRENT}",
        "title": "Data of each fact in the log, by its type",
        "facts": facts,
        "$defs": dict(sorted(definitions.schemas.items())),
    }


def documents() -> dict[str, Schema]:
    """The schemas of the current versions by file name."""
    return {
        f"bus-event.v{SCHEMA_VERSION}.json": bus_event_schema(),
        f"facts.v{CURRENT}.json": facts_schema(),
    }


def text_of(schema: Schema) -> str:
    """A schema as its file holds it."""
    return json.dumps(schema, indent=1) + "\n"


def write(folder: Path = FOLDER) -> list[str]:
    """Write what may be written; gives what would break readers, and leaves that file alone."""
    folder.mkdir(exist_ok=True)
    problems: list[str] = []
    for name, schema in documents().items():
        path = folder / name
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        found = breaks(known, schema) if known is not None else []
        problems += [f"{name}: {problem}" for problem in found]
        if not found:
            path.write_text(text_of(schema), encoding="utf-8")
    return problems


def main() -> int:
    """The command; gives its exit status."""
    problems = write()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print("Not written: these need a new version, see local/event_schemas.py", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
