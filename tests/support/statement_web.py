"""A firm whose preparer imports statement files over the API, in memory."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from local.memory_files import MemoryFiles
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.statement_operations import OPERATIONS
from rowcol.edge.statement_worker import run
from rowcol.edge.statements.read import read_statement
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.statements.ports import StatementDesk
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import client
from tests.support.statement_files import Entry

STATEMENTS = "/clients/{client}/statements"
ONE = STATEMENTS + "/{statement}"
MAPPINGS = "/clients/{client}/statement-mappings"
START = date(2026, 11, 2)
LINES = [Entry(START + timedelta(at // 4), -100 - at, f"SHOP {at}") for at in range(60)]
ODD = b"Wann;Was;Wieviel;Kasse\n03.04.2026;Miete;-1.200,00;A\n05.04.2026;Strom;-80,50;B\n"


class Office(Desk):
    """A firm whose preparer imports files over the API; `mail` is what the worker was sent."""

    def __init__(self) -> None:
        super().__init__(operating_account_ids=("checking",), other_account_ids=("savings",))
        self.files, self.mail = MemoryFiles(self.clock.now), list[dict[str, str]]()
        self.environment = replace(
            self.environment, statements=StatementDesk(self.files, read_statement, self._post)
        )
        register_firm(self.store, SCOPE.firm, "Maple Street")
        for name, role in (("pia", Role.PREPARER), ("vera", Role.VIEWER)):
            register_member(self.store, SCOPE.firm, Member(name, 0, {SCOPE.client: (role,)}))
        register_client(self.store, SCOPE.firm, client(id="cedar", version=0))
        register_member(self.store, SCOPE.firm, Member("otto", 0, {"cedar": (Role.PREPARER,)}))
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def _post(self, scope: Scope, name: str) -> None:
        self.mail.append({"firm": scope.firm, "client": scope.client, "statement": name})

    def work(self) -> None:  # type: ignore[override]  # the worker's turn, not a plan
        """What the worker makes of its mail."""
        while self.mail:
            run(self.environment, self.mail.pop(0), self.clock.now() + timedelta(seconds=60))

    def ask(
        self,
        method: str,
        route: str,
        body: object = None,
        *,
        person: str = "pia",
        of: str = SCOPE.client,
        query: Mapping[str, str] | None = None,
        key: str | None = None,
        **path: str,
    ) -> Answer:
        named = {"client": of, **path}
        return self.web.call(method, route, body, person=person, path=named, query=query, key=key)

    def send(self, content: bytes, **fields: Any) -> Answer:
        encoded = base64.b64encode(content).decode()
        body = {"file_name": "file.csv", "content": encoded, **fields}
        return self.ask("POST", STATEMENTS, body)

    def do(self, verb: str, name: str, body: object | None = None, **how: Any) -> Answer:
        return self.ask("POST", f"{ONE}/{verb}", body or {}, statement=name, **how)
