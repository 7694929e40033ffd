"""Sample events of the functions that no rail calls, and what each must lead to.

`python -m tests.support.samples.compose` writes them to events/; a test compares the files with
what this composes and invokes every one of them on the engine. All ids are made up and stand
still: the sample client and its rails are made with the same ones.
"""

from __future__ import annotations

import json
from typing import Any

from local.demo.firm import FIRM
from rowcol.domain.bill import Bill
from rowcol.domain.log import GENESIS, Entry, Fact, sealed
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.storage.entries import entry_item
from tests.support.domain import builders
from tests.support.samples.audit import audit_samples
from tests.support.samples.bulk import bulk_samples
from tests.support.samples.commands import command_samples
from tests.support.samples.connections import connection_samples
from tests.support.samples.digest import digest_samples
from tests.support.samples.limits import limit_samples
from tests.support.samples.matching import matching_samples
from tests.support.samples.people import people_samples
from tests.support.samples.plans import plan_samples
from tests.support.samples.receivables import receivables_samples
from tests.support.samples.records import record_samples
from tests.support.samples.rules import rule_samples
from tests.support.samples.shapes import (
    AT,
    CLIENT,
    PAYMENT,
    STRANGER,
    VERA,
    Sample,
    answered,
    authorizer,
    outcome,
    proxy,
    stream,
    task,
)
from tests.support.samples.statements import statement_samples
from tests.support.samples.tray import tray_samples
from tests.support.webhooks.base import EVENTS

EXPECTED = EVENTS / "expected.json"
GOLDEN = EVENTS.parent / "tests" / "golden" / "events" / "v1"


def log_images() -> list[dict[str, Any]]:
    """Two sealed entries of one chain: a bill as Ramp reported it, and a payment that starts."""
    scope = Scope(FIRM, CLIENT.id)
    bill = to_plain(Bill("bill-1", 1, builders.rail_bill()))
    payment = to_plain(builders.payment())
    facts = [
        Fact("bill.reported", {"bill": bill}, None, str(bill["id"])),
        Fact(
            "payment.created",
            {"payment": {**payment, "id": PAYMENT}, "workflow": "start"},
            PAYMENT,
            str(bill["id"]),
        ),
    ]
    images: list[dict[str, Any]] = []
    previous = GENESIS
    for sequence, fact in enumerate(facts, 900_001):
        entry = sealed(scope, sequence, AT, SYSTEM, fact, previous)
        previous = entry.hash
        images.append(entry_item(scope, entry))
    return images


def old_images() -> list[dict[str, Any]]:
    """Entries that version 1 of the code wrote, as the table still has them."""
    found = (GOLDEN / f"{name}.json" for name in ("bill.reported", "payment.created"))
    entries = (from_plain(Entry, json.loads(path.read_text(encoding="utf-8"))) for path in found)
    return [entry_item(Scope(entry.firm, entry.client), entry) for entry in entries]


def all_samples() -> list[Sample]:
    """Every sample, in the order in which they may be run one after the other."""
    return [
        *_authorizer(),
        *_decisions(),
        *_routes(),
        *connection_samples(),
        *digest_samples(),
        *matching_samples(),
        *limit_samples(),
        *rule_samples(),
        *tray_samples(),
        *statement_samples(),
        *bulk_samples(),
        *receivables_samples(),
        *record_samples(),
        *command_samples(),
        *people_samples(),
        *plan_samples(),
        *audit_samples(),
        *_queries(),
        *_tasks(),
        *_schedules(),
        *_streams(),
    ]


def _authorizer() -> list[Sample]:
    refused = {"error": "Unauthorized"}
    none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4tYWR2aXNvciJ9."
    return [
        Sample("api_authorizer", "no_token", authorizer(None), refused),
        Sample("api_authorizer", "not_a_token", authorizer("Bearer hello"), refused),
        Sample("api_authorizer", "unsigned_token", authorizer(f"Bearer {none}"), refused),
        Sample("api_authorizer", "other_scheme", authorizer("Basic YTpi"), refused),
    ]


def _decisions() -> list[Sample]:
    stage, decisions = "/clients/{client}/bills/{bill}/stage", "/clients/{client}/decisions"
    first, second = CLIENT.bill_id(1), CLIENT.bill_id(2)

    def staged(case: str, expected: dict[str, Any], **how: Any) -> Sample:
        event = proxy("POST", stage, **{"bill": first, **how})
        return Sample("decision_submission", case, event, expected)

    def taken(case: str, expected: dict[str, Any], key: str | None, **wish: Any) -> Sample:
        event = proxy("POST", decisions, body={"bill_id": first, **wish}, key=key)
        return Sample("decision_submission", case, event, expected)

    delay = {"action": "delay", "until": "2027-03-01"}
    return [
        staged("stage_by_viewer", answered(403, "forbidden"), sub=VERA),
        staged("stage_by_stranger", answered(403, "forbidden"), sub=STRANGER),
        staged("stage_without_key", answered(400, "invalid_input"), key=None),
        staged("stage_unknown_bill", answered(404, "not_found"), bill="no-such-bill"),
        staged("stage_for_unknown_client", answered(404, "not_found"), client="no-such-client"),
        taken(
            "pay_before_staging", answered(409, "not_staged"), "sample-key-0002", action="pay_now"
        ),
        staged("stage", answered(201)),
        staged("stage_again_same_key", answered(201)),
        staged("stage_again", answered(409, "already_staged"), key="sample-key-0003"),
        taken("delay_without_reason", answered(400, "invalid_input"), "sample-key-0004", **delay),
        taken("unknown_action", answered(400, "unknown_value"), "sample-key-0005", action="steal"),
        taken("pay_now", answered(202), "sample-key-0006", action="pay_now"),
        staged("stage_second", answered(201), bill=second, key="sample-key-0007"),
        Sample(
            "decision_submission",
            "unstage",
            proxy("DELETE", stage, bill=second),
            answered(200),
        ),
        Sample(
            "decision_submission",
            "withdraw_unknown",
            proxy("DELETE", f"{decisions}/{{decision}}", decision="dec_unknown"),
            answered(404, "not_found"),
        ),
    ]


def _routes() -> list[Sample]:
    amount = {"minor": 125_000, "currency": "USD"}

    def asked(case: str, expected: dict[str, Any], **body: Any) -> Sample:
        event = proxy("POST", "/clients/{client}/payments/route", sub=VERA, body=body)
        return Sample("payment_commands", f"route_{case}", event, expected)

    return [
        asked("of_amount", answered(200), on="2027-03-01", amount=amount),
        asked("deliver_by", answered(200), on="2027-03-01", amount=amount, preference="deliver_by"),
        asked(
            "by_rtp", answered(422, "no_route"), on="2027-03-01", amount=amount, networks=["RTP"]
        ),
        asked("in_the_past", answered(422, "date_in_past"), on="2020-03-02", amount=amount),
        asked(
            "of_unknown_bill", answered(404, "not_found"), on="2027-03-01", bill_id="no-such-bill"
        ),
    ]


def _queries() -> list[Sample]:
    def read(case: str, resource: str, expected: dict[str, Any], **how: Any) -> Sample:
        return Sample("console_query", case, proxy("GET", resource, **how), expected)

    of_client = "/clients/{client}"
    return [
        read("console", "/console", answered(200)),
        read(
            "console_filtered",
            "/console",
            answered(200),
            query={"kind": "to_decide,held", "sort": "due", "due_before": "2027-01-01"},
        ),
        read(
            "console_unknown_kind",
            "/console",
            answered(400, "unknown_value"),
            query={"kind": "gold"},
        ),
        read("client_console", f"{of_client}/console", answered(200)),
        read("bills", f"{of_client}/bills", answered(200), query={"limit": "2"}),
        read("bill", f"{of_client}/bills/{{bill}}", answered(200), bill=CLIENT.bill_id(1)),
        read("balances", f"{of_client}/balances", answered(200), sub=VERA),
        read("reserves", f"{of_client}/reserves", answered(200)),
        read("payments", f"{of_client}/payments", answered(200)),
        read("audit", f"{of_client}/audit", answered(200)),
        read(
            "bad_limit", f"{of_client}/bills", answered(400, "invalid_input"), query={"limit": "no"}
        ),
        read("unknown_client", f"{of_client}/console", answered(404, "not_found"), client="nobody"),
        read(
            "unknown_payment",
            f"{of_client}/payments/{{payment}}",
            answered(404, "not_found"),
            payment="pay_unknown",
        ),
        read("stranger", "/console", answered(403, "forbidden"), sub=STRANGER),
    ]


def _tasks() -> list[Sample]:
    stopped, bad = outcome("stopped"), {"error": "BadTaskInput"}
    refresh = "/clients/{client}/balances/refresh"
    steps = ("load", "recheck", "execute", "compensate")
    return [
        *(
            Sample("payment_execution", f"{step}_old_attempt", task(step, attempt=99), stopped)
            for step in steps
        ),
        Sample("payment_execution", "load_unknown", task("load", "pay_unknown"), stopped),
        Sample("payment_execution", "unknown_step", task("fly"), bad),
        Sample("payment_execution", "await_rail_without_token", task("await_rail"), bad),
        Sample("payment_execution", "attempt_as_text", task("load", attempt="1"), bad),
        Sample(
            "payment_execution",
            "clear_date_of_undated_bill",
            {"step": "clear_date", "firm": FIRM, "client": CLIENT.id, "bill": CLIENT.bill_id(2)},
            outcome("nothing"),
        ),
        Sample(
            "qbo_verification",
            "unknown_payment",
            task(payment="pay_unknown"),
            outcome("nothing_new"),
        ),
        Sample("qbo_verification", "key_breaking_id", task(payment="a/b"), bad),
        Sample(
            "cash_verification",
            "unknown_payment",
            task(payment="pay_unknown"),
            outcome("nothing_new"),
        ),
        Sample("cash_verification", "no_client", {**task(), "client": ""}, bad),
        Sample("custody_record", "judge_old_attempt", task("judge", attempt=99), stopped),
        Sample("custody_record", "record_old_attempt", task("record", attempt=99), stopped),
        Sample("custody_record", "await_proof_without_token", task("await_proof"), bad),
        Sample("plaid_balance_refresh", "task", task(), outcome("fresh")),
        Sample("plaid_balance_refresh", "live", {**task(), "live": True}, outcome("accepted")),
        Sample("plaid_balance_refresh", "api", proxy("POST", refresh), answered(202)),
        Sample(
            "plaid_balance_refresh",
            "api_by_viewer",
            proxy("POST", refresh, sub=VERA),
            answered(403, "forbidden"),
        ),
    ]


def _schedules() -> list[Sample]:
    event = {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000001",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "time": "2026-11-20T15:00:00Z",
        "detail": {},
    }
    sweep = {"step": "sweep", "firm": FIRM, "client": CLIENT.id}
    return [
        Sample("due_work", "minute", event, {"answer": {}}),
        Sample("reconciliation", "plan", {"step": "plan"}, {"answer": {}}),
        Sample("reconciliation", "redrive", {"step": "redrive"}, {"answer": {"retry": 0}}),
        Sample("reconciliation", "sweep", {**sweep, "depth": "light"}, {"answer": {"failed": []}}),
        Sample(
            "reconciliation", "sweep_full", {**sweep, "depth": "full"}, {"answer": {"failed": []}}
        ),
        Sample("reconciliation", "unknown_step", {"step": "dance"}, {"error": "BadTaskInput"}),
        Sample("reconciliation", "sweep_nobody", {"step": "sweep"}, {"error": "BadTaskInput"}),
    ]


def _streams() -> list[Sample]:
    images = log_images()
    poison = [images[0], {"pk": images[1]["pk"], "sk": images[1]["sk"]}]
    done: dict[str, Any] = {"answer": {"batchItemFailures": []}}
    second = {"answer": {"batchItemFailures": [{"itemIdentifier": f"{2:021d}"}]}}
    gone = f"{FIRM}/inbox/ramp/{CLIENT.endpoint_key}/already-expired"
    row = {"pk": {"S": gone}, "sk": {"S": "delivery"}}
    samples = [
        Sample("event_application", "expired_row", stream("inbox", [row]), done),
        Sample(
            "event_application",
            "asked_again",
            {"inbox_keys": [gone]},
            {"answer": {"done": [], "retry": []}},
        ),
    ]
    for function in ("event_relay", "view_projection"):
        samples += [
            Sample(function, "entries", stream("audit", images), done),
            Sample(function, "broken_entry", stream("audit", poison), second),
            Sample(function, "entries_of_version_1", stream("audit", old_images()), done),
            Sample(function, "again_no_client", {"firm": FIRM}, {"error": "BadTaskInput"}),
        ]
    part = {"firm": FIRM, "client": "nobody", "after": 0, "until": 5}
    samples.append(Sample("event_relay", "again_nobody", part, {"answer": {"done": 0}}))
    samples.append(Sample("view_projection", "again_nobody", part, {"answer": {"done": 1}}))
    return [*samples, *_views()]


def _views() -> list[Sample]:
    """What operators ask of the projection, and an entry that is newer than the code."""
    images = log_images()
    newer = [images[0], {**images[1], "version": {"N": "99"}}]
    second = {"answer": {"batchItemFailures": [{"itemIdentifier": f"{2:021d}"}]}}
    client = {"firm": FIRM, "client": CLIENT.id}
    nobody: dict[str, Any] = {"firm": FIRM, "client": "nobody", "next": {"view": None, "after": ""}}
    nothing: dict[str, Any] = {"next": None, "folded": 0, "of": 0}
    return [
        Sample("view_projection", "unknown_version", stream("audit", newer), second),
        Sample("view_projection", "clients", {"clients": {}}, {"answer": {}}),
        Sample("view_projection", "rebuild", {"rebuild": client}, {"answer": {"folded": 0}}),
        Sample("view_projection", "rebuild_nobody", {"rebuild": nobody}, {"answer": nothing}),
        Sample(
            "view_projection",
            "check_nobody",
            {"check": nobody},
            {"answer": {**nothing, "difference": None}},
        ),
        Sample("view_projection", "rebuild_no_client", {"rebuild": {}}, {"error": "BadTaskInput"}),
    ]


def write() -> None:
    """All samples and the table of what is expected of them."""
    table: dict[str, Any] = {}
    for sample in all_samples():
        path = EVENTS / sample.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(sample.event, indent=2) + "\n", encoding="utf-8")
        table[sample.path] = sample.expected
    EXPECTED.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
