"""`rowcol statements` reads a file here, and asks the API as a person would."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import pytest

from local.cli import main
from local.file_sending import ASKED, DONE, FAILED, Json, Refused
from local.statements_command import import_file, preview_here
from tests.support.statement_files import chase
from tests.support.statement_web import LINES, Office

AMBIGUOUS = b"Date,Description,Amount\n03/04/2026,RENT,-1.00\n05/06/2026,POWER,-2.00\n"


class InProcess:
    """The API of an office, without a server; paths as a client writes them."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        address, _, asked = path.partition("?")
        parts = address.strip("/").split("/")
        names = dict(zip(("client", "statement"), parts[1::2], strict=False))
        route = "/clients/{client}/statements" + (
            f"/{{statement}}/{parts[4]}" if len(parts) > 4 else "/{statement}" * (len(parts) > 3)
        )
        query: Mapping[str, str] | None = dict([asked.split("=")]) if asked else None
        answer = self.office.web.call(
            method, route, body if method == "GET" else body or {}, person="pia", path=names,
            query=query,
        )  # fmt: skip
        if answer.status >= 400:
            raise Refused(str(answer.code))
        found: Json = answer.body
        return found


def options(**changes: Any) -> argparse.Namespace:
    given = {
        "client": "bluebird", "file": argparse.Namespace(name="file.csv"), "is_apply": True,
        "account": None, "date_order": None, "feed_lines": None, "known_lines": None,
    }  # fmt: skip
    return argparse.Namespace(**(given | changes))


def test_a_file_is_read_here() -> None:
    said: list[str] = []
    assert preview_here(chase(LINES), "a.csv", "USD", said.append) == DONE
    assert said[0] == "csv, chase_checking"
    assert "60 lines" in said[1]
    assert preview_here(AMBIGUOUS, "a.csv", "USD", said.append) == ASKED
    assert preview_here(b"", "a.csv", "USD", said.append) == FAILED


def test_the_command_reads_a_file_without_a_server(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "november.csv"
    path.write_bytes(chase(LINES))
    assert main(["statements", "preview", str(path)]) == DONE
    assert "chase_checking" in capsys.readouterr().out
    assert main(["statements", "preview", str(tmp_path / "none.csv")]) == FAILED


def test_a_file_is_applied_when_the_options_answer_what_is_asked() -> None:
    target, said = InProcess(Office()), list[str]()
    asked = import_file(target, options(), chase(LINES), said.append)
    assert asked == ASKED
    assert any(line.startswith("asked: Which of the client's accounts") for line in said)
    done = import_file(target, options(account="checking"), chase(LINES), said.append)
    assert done == DONE
    assert said[-1].startswith("applied: 60 added")


def test_several_questions_are_answered_one_after_the_other() -> None:
    target, said = InProcess(Office()), list[str]()
    given = options(account="checking", date_order="day_first")
    assert import_file(target, given, AMBIGUOUS, said.append) == DONE
    assert said[-1].startswith("applied: 2 added")


def test_a_preview_brings_nothing_into_the_books() -> None:
    office = Office()
    given = options(account="checking", is_apply=False)
    assert import_file(InProcess(office), given, chase(LINES), lambda _: None) == DONE
    assert office.ask("GET", "/clients/{client}/statements").body["items"][0]["state"] == (
        "previewed"
    )


def test_a_refusal_is_said() -> None:
    with pytest.raises(Refused, match="import_unreadable"):
        import_file(InProcess(Office()), options(), b"\0", lambda _: None)
