"""A desk whose people import files of Stripe's over the API."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.memory_files import MemoryFiles
from rowcol.domain.scope import Member, Role
from rowcol.edge.receivables_operations import OPERATIONS
from rowcol.edge.statement_worker import run
from rowcol.edge.statements.read import read_statement
from rowcol.edge.stripe_files.read import read_stripe_file
from rowcol.service.onboard import register_member
from rowcol.service.statements.ports import StatementDesk
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.stripe_desk import StripeDesk

FILES = "/clients/{client}/stripe/import"


class FileDesk(StripeDesk):
    """Anna imports files of Stripe's."""

    def __init__(self) -> None:
        super().__init__()
        self.handed: list[str] = []
        self.files = MemoryFiles(self.clock.now)
        desk = StatementDesk(
            self.files,
            read_statement,
            lambda _, name: self.handed.append(name),
            read_stripe_file,
        )
        self.environment = replace(self.environment, statements=desk)
        for name, role in {"anna": Role.PREPARER, "vic": Role.VIEWER}.items():
            register_member(self.store, SCOPE.firm, Member(name, 0, {SCOPE.client: (role,)}))
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def post(self, route: str, body: object = None, person: str = "anna", **path: str) -> Answer:
        """One call of a person."""
        return self.web.call(
            "POST", route, body, person=person, path={"client": SCOPE.client, **path}
        )

    def send(self, content: bytes, **more: str) -> Answer:
        """A preview of a file."""
        body = {"file_name": "x.csv", "content": b64encode(content).decode(), **more}
        return self.post(FILES, body)

    def apply(self, content: bytes, **more: str) -> str:
        """A file brought into the books; its id."""
        sent = self.send(content, **more)
        assert sent.status == 201, sent.body
        name = str(sent.body["id"])
        applied = self.post(f"{FILES}/{{file}}/apply", file=name)
        assert (applied.status, applied.body["state"]) == (200, "applied"), applied.body
        return name

    def undo(self, name: str) -> Answer:
        """It taken back."""
        return self.post(f"{FILES}/{{file}}/undo", file=name)

    def state(self) -> dict[str, Any]:
        """What is made of all objects, but for versions and who said it."""
        objects = self.stripe_objects()
        return {name: one.told for name, one in objects.items() if not one.is_gone}

    def worked(self) -> None:
        """The worker does what it was handed."""
        while self.handed:
            until = self.clock.now() + timedelta(seconds=60)
            event = {"firm": SCOPE.firm, "client": SCOPE.client, "statement": self.handed.pop(0)}
            run(self.environment, event, until)

    def file(self, name: str) -> Any:
        """A file as it is answered."""
        path = {"client": SCOPE.client, "file": name}
        return self.web.call("GET", f"{FILES}/{{file}}", person="anna", path=path).body
