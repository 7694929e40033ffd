"""A firm with something of everything in it, so that every operation finds what its path names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from local.memory_files import MemoryFiles
from local.openapi import operations
from local.view_texts import rebuilt
from rowcol.domain.cash_matching.tolerance import CashTolerance
from rowcol.domain.client import Client, GuardrailSettings
from rowcol.domain.connection import Connection
from rowcol.domain.digest_settings import DigestSettings, DigestTime
from rowcol.domain.export import Export, ExportAsked, ExportFormat
from rowcol.domain.facts import LedgerInvoice, RailState, ReadInterval
from rowcol.domain.invoice import invoice_key
from rowcol.domain.link import StoredLine
from rowcol.domain.money import Money
from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet, in_order
from rowcol.domain.receivables.told import EVENTS, ObjectKind, object_id
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Actor, ActorKind, Member, Role, Scope
from rowcol.domain.tray import tray_id
from rowcol.domain.vendor import vendor_id
from rowcol.edge import statement_examples, stripe_import
from rowcol.edge.operation import Operation, table
from rowcol.edge.statements.read import read_statement
from rowcol.edge.stripe_files.read import read_stripe_file
from rowcol.rails.stripe.words import words_of
from rowcol.service import tray
from rowcol.service.change import Change, transact
from rowcol.service.connections import Granted, context_of, sealed
from rowcol.service.invoices import keep_invoices
from rowcol.service.levers import note_missing
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.ports import CapabilityMissing
from rowcol.service.rail_facts import record_reading
from rowcol.service.receivables.heard import take_words
from rowcol.service.statements.ports import StatementDesk
from tests.support.api import Answer, Web
from tests.support.connecting_stubs import agreeing
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import (
    FRIDAY,
    READ,
    balance,
    bank_line,
    client,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.mail import Outbox, digests_to
from tests.support.stripe_desk import charge, dispute, payout, refund

FIRM, OTHER_FIRM = SCOPE.firm, "oak"
CLIENT, SECOND, OTHER = SCOPE.client, "cedar", "acorn"
ADMIN, CO_ADMIN = "ada", "bea"
OF_SECOND, OF_OTHER, GONE = "cleo", "olga", "ines"
CLERKS = "pst_clerks"
OF_FIRM = "exp_of_firm"
OPERATIONS = table(operations())
AMOUNT = {"minor": 48_000, "currency": "USD"}
RECORD: dict[str, Any] = {
    "type": "vendor_payment",
    "amount": AMOUNT,
    "paid_on": "2026-11-19",
    "counterparty_name": "Lakeside Catering",
    "method": "CHECK",
}
RECURRENCE: dict[str, Any] = {
    "vendor_id": "vendor-1",
    "vendor_name": "Acme Supplies",
    "amount": {"minor": 125_000, "currency": "USD"},
    "tolerance": {"basis_points": 200, "floor_minor": 500},
    "schedule": {"frequency": "monthly_on_day", "starts_on": "2026-12-01", "day": 1, "count": 3},
}
LIMITS: dict[str, Any] = {
    "per_transaction": None,
    "per_day": {"minor": 90_000_000, "currency": "USD"},
    "verification_from": None,
}
FRAUD_SETTINGS = {
    "hold_from": {"minor": 600_000, "currency": "USD"},
    "first_amount_from": {"minor": 1_000_000, "currency": "USD"},
}
STAGING_RULES: dict[str, Any] = {
    "rules": [
        {
            "id": "small",
            "name": "Small bills",
            "when": [[{"fact": "amount", "below": {"minor": 1, "currency": "USD"}}]],
            "then": ["auto_stage"],
        }
    ]
}
_CLIENT = "/clients/{client}"
_UNDATED = rail_payment(planned_on=None, effective_on=None)
Ids = dict[str, list[str]]


def by_role(role: Role) -> str:
    """The person who has one role, for the first client only."""
    return f"{role.value}-here"


def firm_wide(role: Role) -> str:
    """The person who has one role for all clients of the firm."""
    return f"{role.value}-all"


class Furnished(Desk):
    """Two clients with bills, payments in many states, records, recurrences, batches, limits.

    `ids`: names of what there is by path parameter and client; `changes`: those of limits that
    wait for a second person. `web` asks as API Gateway would.
    """

    def __init__(self) -> None:
        super().__init__(guardrail=GuardrailSettings(enabled=False))
        self.environment = replace(
            self.environment,
            connecting=agreeing(self.environment),
            statements=StatementDesk(
                MemoryFiles(self.clock.now), read_statement, read_stripe=read_stripe_file
            ),
            digests=digests_to(Outbox()),
            sweeping=lambda _scope, _depth, _run: None,
        )
        self.web = Web(self.environment, OPERATIONS, FIRM)
        self.ids: dict[str, Ids] = {CLIENT: {}, SECOND: {}}
        self.changes: list[str] = []
        self._people()
        for name in (CLIENT, SECOND):
            self._client(name)
        self._limits()
        self._waiting_settings()
        self.decision_batch = self._decision_batch()
        self.project()
        self._kept: dict[str, Any] = {}

    # ---- asking

    def ask(
        self,
        operation: Operation,
        path: Mapping[str, str],
        person: str = ADMIN,
        body: object = None,
        **how: Any,
    ) -> Answer:
        """One call of an operation."""
        return self.web.call(
            operation.method, operation.path, body, person=person, path=path, **how
        )

    def path_of(self, operation: Operation, of: str = CLIENT) -> dict[str, str]:
        """Ids of things that are there, of one client; of what nobody made, an id of nothing."""
        names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
        found = {name: self.ids[of].get(name, [f"no-{name}"])[0] for name in names}
        if "client" in found:
            return found
        of_firm = {"batch": self.decision_batch, "export": OF_FIRM, "list": "listMembers"}
        return found | {name: of_firm[name] for name in found if name in of_firm}

    # ---- what is in the store

    def written(self) -> dict[str, Any]:
        """All that a call could have changed."""
        store = self.store
        return {
            "items": dict(store.items),
            "listed": {key: dict(rows) for key, rows in store.listed.items()},
            "due": dict(store.due_items),
            "logs": {scope: list(log) for scope, log in store.logs.items()},
            "commands": dict(store.commands),
            "tokens": dict(store.tokens),
            "counters": dict(store.counters),
            "asked": list(self.executions.asked),
        }

    def keep(self) -> None:
        """Remember how it is now."""
        self._kept = self.written()

    def restore(self) -> None:
        """Make it as it was when it was kept. Views are left alone: they only follow."""
        kept, store = self._kept, self.store
        store.items = dict(kept["items"])
        store.listed = {key: dict(rows) for key, rows in kept["listed"].items()}
        store.due_items = dict(kept["due"])
        store.logs = {scope: list(log) for scope, log in kept["logs"].items()}
        store.commands, store.tokens = dict(kept["commands"]), dict(kept["tokens"])
        store.counters = dict(kept["counters"])
        self.executions.asked = list(kept["asked"])

    def project(self) -> None:
        """Bring the views up to the log."""
        for name in (CLIENT, SECOND):
            rebuilt(self.store.books(Scope(FIRM, name)), self.environment.views)

    # ---- furniture

    def _people(self) -> None:
        register_firm(self.store, FIRM, "Maple Street")
        register_firm(self.store, OTHER_FIRM, "Oak Avenue")
        register_client(self.store, FIRM, client(id=SECOND, version=0))
        register_client(self.store, OTHER_FIRM, client(id=OTHER, version=0))
        everything: dict[str, tuple[Role, ...]] = {"*": (Role.FIRM_ADMIN,)}
        people = [Member(name, 0, everything) for name in (ADMIN, CO_ADMIN)]
        people += [Member(by_role(role), 0, {CLIENT: (role,)}) for role in Role]
        people += [Member(firm_wide(role), 0, {"*": (role,)}) for role in Role]
        people += [
            Member(OF_SECOND, 0, {SECOND: (Role.FIRM_ADMIN,)}),
            Member(GONE, 0, everything, active=False),
        ]
        for person in people:
            register_member(self.store, FIRM, person)
        register_member(self.store, OTHER_FIRM, Member(OF_OTHER, 0, everything))
        clerks = PermissionSet(CLERKS, 0, "Clerks", in_order({Permission.STAGE}))
        books = self.store.books(Scope(FIRM))
        assert books.save(clerks)
        when = DigestTime("07:00", "America/New_York")
        assert books.save(DigestSettings(ADMIN, 0, True, "ada@maple.example", None, when))

    def _client(self, name: str) -> None:
        books = self.store.books(Scope(FIRM, name))
        known = books.get(Client, name)
        assert known is not None
        settings = GuardrailSettings(enabled=False)
        assert books.save(replace(known, guardrail=settings))
        head = books.head("USD")
        assert books.save(replace(head, balance=balance("10000", observed_at=self.clock.now())))
        bills = [f"{name}-bill-{number}" for number in range(8)]
        for bill in bills[:7]:
            self._reported(name, bill, RailState.READY, payment=_UNDATED)
        self._reported(name, bills[7], RailState.SCHEDULED, vendor_id=f"{name}-supplier")
        self._system(name, partial(_discrepancy, about=f"bill-{name}-odd"))
        self._tray_rule(name)
        keep_invoices(self.environment, Scope(FIRM, name), [invoice(f"{name}-77")])
        found = self.ids[name]
        found["client"], found["bill"] = [name], bills
        found["vendor"] = [vendor_id(f"{name}-supplier")]
        self._connection(name)
        self._exports(name)
        found["invoice"] = [invoice_key(f"{name}-77")]
        found["user"] = [firm_wide(Role.VIEWER), ADMIN]
        found["member"], found["set"] = [firm_wide(Role.VIEWER)], [CLERKS]
        self._payments(name)
        self._orders(name)
        self._recurrences(name)
        self._batches(name)
        self._typed_in(name)
        self._bank_lines(name)
        self._statements(name)
        self._stripe(name)

    def _exports(self, name: str) -> None:
        """Lists that were asked for as files, of the client and of the firm."""
        found = self.ids[name]
        found["export"], found["list"] = [f"exp_{name}"], ["listBills"]
        by, now = Actor(ActorKind.PERSON, ADMIN), self.clock.now()
        asked = ExportAsked("listBills", ExportFormat.CSV)
        assert self.store.books(Scope(FIRM, name)).save(Export(f"exp_{name}", 0, asked, by, now))
        of_firm = self.store.books(Scope(FIRM))
        if of_firm.get(Export, OF_FIRM) is None:
            members = ExportAsked("listMembers", ExportFormat.CSV)
            assert of_firm.save(Export(OF_FIRM, 0, members, by, now))

    def _connection(self, name: str) -> None:
        """A bank that is connected."""
        connecting = self.environment.connecting
        assert connecting is not None
        scope, bank = Scope(FIRM, name), f"plaid-{name}-bank"
        sealer = connecting.vault.sealer(context_of(scope, bank))
        blank = Connection(bank, 0, "", tenant_id=f"{name}-bank", since=self.clock.now())
        assert self.store.books(scope).save(sealed(sealer, blank, Granted("access", None)))
        self.ids[name]["connection"] = [bank]

    def _system(self, name: str, plan: Callable[[Change], object]) -> None:
        """Run a plan of the system in a client's books; Desk works in those of one client."""
        surroundings = self.environment.surroundings
        outcome = transact(self.store, surroundings, Scope(FIRM, name), SYSTEM, plan)
        assert not isinstance(outcome, Refusal), outcome

    def _reported(self, name: str, bill: str, state: RailState, **bill_fields: Any) -> None:
        """Ramp is read and shows a bill so."""
        began = self.clock.now()
        self.clock.pause(1)
        shown = rail_bill(state, bill_id=bill, paid_at=None, **bill_fields)
        reading = replace(shown, read=ReadInterval(began, self.clock.now()))
        self._system(name, lambda change: record_reading(change, reading))

    def _made(self, method: str, path: str, of: Mapping[str, str], body: object = None) -> Answer:
        version = 1 if method in ("PUT", "DELETE") else None
        answer = self.web.call(method, _CLIENT + path, body, person=ADMIN, path=of, version=version)
        assert answer.status < 300, (path, answer.status, answer.body)
        return answer

    def _payments(self, name: str) -> None:
        of, found = {"client": name}, self.ids[name]
        bills = found["bill"]
        for bill in bills[:4]:
            self._made("POST", "/bills/{bill}/stage", {**of, "bill": bill})
        wishes: tuple[dict[str, Any], ...] = (
            {"action": "schedule", "pay_on": "2026-12-01"},
            {"action": "pay_now"},
            {"action": "schedule", "pay_on": "2026-12-03"},
        )
        decided = [
            self._made("POST", "/decisions", of, {"bill_id": bill, **wish})
            for bill, wish in zip(bills, wishes, strict=False)
        ]
        payments = [answer.body["payment_id"] for answer in decided]
        drafts = [self._made("POST", "/payments", of, RECORD).body["id"] for _ in range(4)]
        self._made("POST", "/payments/{payment}/confirm", {**of, "payment": drafts[2]})
        held = {**of, "payment": payments[2]}
        self._made("POST", "/payments/{payment}/hold", held, {"reason": "disputed"})
        found["payment"] = [*drafts, *payments]
        found["decision"] = [answer.body["decision"]["id"] for answer in decided]

    def _orders(self, name: str) -> None:
        """A lever that is missing; and an order of the bill that paths name, to be read."""
        lever = "hold" if name == CLIENT else "lift"
        missing = CapabilityMissing(lever, "unknown field")
        self._system(name, lambda change: note_missing(change, missing))
        of, found = {"client": name}, self.ids[name]
        found["capability"] = [lever]
        made = self._made(
            "POST", "/bills/{bill}/payment-method", {**of, "bill": found["bill"][0]},
            {"method": "CHECK"},
        )  # fmt: skip
        found["order"] = [made.body["order_id"]]

    def _typed_in(self, name: str) -> None:
        """A balance that waits for a second person."""
        known = self.store.books(Scope(FIRM, name)).get(Client, name)
        assert known is not None
        cash = [
            {"account_id": account, "minor": 500_000, "currency": "USD"}
            for account in known.operating_account_ids
        ]
        asked = {
            "accounts": cash,
            "statement": {"reference": "online banking, page 1"},
            "as_of": self.clock.now().isoformat(),
        }
        made = self._made("POST", "/balances/manual", {"client": name}, asked)
        self.ids[name]["manual"] = [made.body["waiting"]["id"]]

    def _tray_rule(self, name: str) -> None:
        """A rule that keeps items of one vendor out of the list, and an item that is open."""
        item = tray_id(f"bill-{name}-odd", "partial")
        self.ids[name] |= {"item": [item], "verb": ["ask"]}
        until = self.clock.now() + timedelta(days=30)
        kept_out = tray_id("bill-2", "date")
        self._system(name, lambda change: tray.open_item(change, "bill-2", "date", "Another day"))
        made = self.web.call(
            "POST",
            f"{_CLIENT}/tray/{{item}}/{{verb}}",
            {"text": "of old", "rule": {"expires_at": until.isoformat()}},
            person=ADMIN,
            path={"client": name, "item": kept_out, "verb": "exclude"},
            shown_at=self.clock.now(),
        )
        assert made.status == 200, made.body
        self.ids[name]["rule"] = [made.body["shown"]["item"]["rule_id"]]

    def _statements(self, name: str) -> None:
        """A statement file that was never applied, and a saved mapping."""
        of = {"client": name}
        sent = self._made("POST", "/statements", of, statement_examples.STATEMENT)
        own = {**statement_examples.MAPPING, "ignored": [f"category of {name}"]}
        saved = self._made("POST", "/statement-mappings", of, own)
        self.ids[name]["statement"] = [sent.body["id"]]
        self.ids[name]["mapping"] = [saved.body["id"]]

    def _stripe(self, name: str) -> None:
        """A payout on its way, a charge that names the client's invoice, partly given back and
        disputed.
        """
        scope, at, own = Scope(FIRM, name), datetime(2026, 11, 10, tzinfo=UTC), f"ch_{name}"
        given = (
            charge(own),
            payout(f"po_{name}"),
            refund(f"re_{name}", charge=own),
            dispute(f"du_{name}", of=own),
        )
        for number, of_stripe in enumerate(given, 1):
            take_words(self.environment, scope, words_of(f"evt_{number}", at, of_stripe), EVENTS)
        self.ids[name]["charge"] = [object_id(ObjectKind.CHARGE, f"ch_{name}")]
        sent = self._made("POST", "/stripe/import", {"client": name}, stripe_import.EXAMPLE)
        self.ids[name]["file"] = [sent.body["id"]]
        self.ids[name]["payout"] = [object_id(ObjectKind.PAYOUT, f"po_{name}")]

    def _bank_lines(self, name: str) -> None:
        """A line that is proposed for an invoice, one whose match taught, and a tolerance."""
        books, of = self.store.books(Scope(FIRM, name)), {"client": name}
        texts = {"free": (-29_800, "BIRCH CAFE"), "taught": (-100, f"BRCHCF {name} HOLDCO")}
        for line, (minor, text) in texts.items():
            shown = bank_line(
                line_id=f"{name}-{line}", amount=Money(minor, "USD"), text=text, posted_on=FRIDAY
            )
            assert books.save(StoredLine(shown.line_id, 0, shown))
        assert books.save(CashTolerance())
        part = {"minor": 100, "currency": "USD"}
        item = {"kind": "invoice", "id": invoice_key(f"{name}-77"), "amount": part}
        wish = {"line_ids": [f"{name}-taught"], "items": [item]}
        made = self._made("POST", "/matches", of, wish)
        self._made("POST", "/matches/run", of, {})
        self.ids[name]["line"] = [f"{name}-free"]
        self.ids[name]["match"] = [made.body["id"]]
        self.ids[name]["alias"] = [made.body["alias_id"]]

    def _recurrences(self, name: str) -> None:
        made = [self._made("POST", "/recurrences", {"client": name}, RECURRENCE) for _ in range(2)]
        self.ids[name]["recurrence"] = [answer.body["recurrence"]["id"] for answer in made]

    def _batches(self, name: str) -> None:
        # A draft that stays one: its confirmation is refused for the second half.
        drafts = self.ids[name]["payment"][3:4]
        made = self._made(
            "POST", "/payments/bulk/confirm", {"client": name}, {"ids": [*drafts, "pay_nobody"]}
        )
        self.ids[name]["batch"] = [made.body["id"]]

    def _decision_batch(self) -> str:
        """Decisions for both clients, none of which can be taken; gives the batch's id."""
        wish = {"bill_id": "no-bill", "action": "pay_now"}
        body = {"decisions": [{"client": name, **wish} for name in (CLIENT, SECOND)]}
        answer = self.web.call("POST", "/decisions/finalize", body, person=ADMIN)
        assert answer.status == 200, answer.body
        return str(answer.body["id"])

    def _limits(self) -> None:
        for route, path in (
            ("/limits", {}),
            (f"{_CLIENT}/limits", {"client": CLIENT}),
            ("/users/{user}/limits", {"user": self.ids[CLIENT]["user"][0]}),
        ):
            answer = self.web.call("PUT", route, LIMITS, person=CO_ADMIN, path=path, version=0)
            assert answer.status == 202, answer.body
            self.changes.append(answer.body["pending"]["id"])

    def _waiting_settings(self) -> None:
        self._proposed("staging-rules", STAGING_RULES, 0)
        self._proposed("fraud-settings", FRAUD_SETTINGS, 0)

    def _proposed(self, route: str, body: object, version: int) -> None:
        """Weaker than what holds, so that it waits for a second person."""
        answer = self.web.call(
            "PUT",
            f"{_CLIENT}/{route}",
            body,
            person=CO_ADMIN,
            path={"client": CLIENT},
            version=version,
            shown_at=self.clock.now(),
        )
        assert answer.status == 200, answer.body
        self.changes.append(answer.body["pending"]["id"])


def invoice(name: str) -> LedgerInvoice:
    """An open invoice of 300.00 as QuickBooks shows it."""
    owed = usd("300")
    return LedgerInvoice(
        name,
        "customer-1",
        "Birch Cafe",
        "INV-77",
        owed,
        owed,
        issued_on=FRIDAY,
        due_on=FRIDAY,
        voided=False,
        sync_token="0",
        read=READ,
    )


def _discrepancy(change: Change, about: str) -> str:
    tray.open_item(change, about, "partial", "QuickBooks does not agree", found="1.00 USD")
    return "opened"


def named(operation: Operation) -> Iterable[str]:
    """Names of the parameters of an operation's path."""
    return [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
