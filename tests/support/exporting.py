"""A firm with everything and a place for exported files, in this process."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

from local.memory_exports import MemoryExportFiles
from rowcol.domain.export import Export
from rowcol.domain.scope import Scope
from rowcol.edge.download import XLSX
from rowcol.edge.exports import routes, write
from rowcol.edge.exports.worker import run
from rowcol.service.exports.ports import ExportDesk
from tests.support.api import Answer, Web
from tests.support.furnished import ADMIN, CLIENT, FIRM, Furnished

OF_CLIENT = "/clients/{client}"


class House(Furnished):
    """Furnished, with a place for files. `called`: workers that were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.files = MemoryExportFiles()
        self.called: list[tuple[Scope, str]] = []
        desk = ExportDesk(
            lambda scope, name: self.called.append((scope, name)),
            self.files,
            write.writer(self.environment),
        )
        self.environment = replace(self.environment, exports=desk)
        self.web = Web(self.environment, routes.OPERATIONS, FIRM)

    def export(
        self, name: str, person: str = ADMIN, client: str | None = CLIENT, key: str | None = None,
        **fields: Any,
    ) -> Answer:  # fmt: skip
        body = {"list": name, "format": "csv", **fields}
        path, route = ({"client": client}, OF_CLIENT) if client else ({}, "")
        return self.web.call("POST", f"{route}/exports", body, person=person, path=path, key=key)

    def shown(self, name: str, person: str = ADMIN, client: str | None = CLIENT) -> Answer:
        path, route = ({"client": client}, OF_CLIENT) if client else ({}, "")
        path["export"] = name
        return self.web.call("GET", f"{route}/exports/{{export}}", person=person, path=path)

    def now(self, name: str, person: str = ADMIN, client: str = CLIENT, **query: str) -> Answer:
        return self.web.call(
            "GET", f"{OF_CLIENT}/lists/{{list}}", person=person, query={"format": "csv", **query},
            path={"client": client, "list": name}, accept=XLSX,
        )  # fmt: skip

    def do_work(self) -> None:
        """Do what workers were called for."""
        while self.called:
            scope, name = self.called.pop(0)
            run(self.environment, {"firm": scope.firm, "client": scope.client, "export": name})

    def file(self, name: str, scope: Scope | None = None) -> bytes:
        books = self.store.books(scope or Scope(FIRM, CLIENT))
        export = books.get(Export, name)
        assert export is not None
        assert export.file is not None, export
        return self.files.kept[export.file.key]


def rows(content: bytes | str) -> list[dict[str, str]]:
    text = content.decode() if isinstance(content, bytes) else content
    return list(csv.DictReader(io.StringIO(text)))
