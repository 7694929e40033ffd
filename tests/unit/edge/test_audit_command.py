"""`rowcol audit verify`: an exported log on this machine, and a log by the API."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local import audit_command
from rowcol.domain.chain import Mark
from rowcol.domain.chain_file import end_line, line_of
from rowcol.domain.checkpoint import ChainHead, checkpoint_of, entry_leaf
from rowcol.domain.log import Entry
from rowcol.domain.merkle import Peaks
from rowcol.edge import audit_proof
from rowcol.service.audit import head_of
from tests.support.api import Web
from tests.support.desk import SCOPE
from tests.support.domain.builders import NOW
from tests.support.furnished import ADMIN, CLIENT, FIRM, Furnished


@pytest.fixture(scope="module")
def house() -> Furnished:
    return Furnished()


@pytest.fixture
def log(house: Furnished) -> list[Entry]:
    return list(house.store.logs[SCOPE])


def told(get: Any = None, **options: Any) -> tuple[int, str]:
    """The exit status and what it prints."""
    given: dict[str, Any] = {
        "client": None,
        "firm_wide": False,
        "file": None,
        "checkpoint": [],
        "head": [],
    }
    text = io.StringIO()
    console = Console(file=text, width=200)
    asked = argparse.Namespace(**{**given, **options})
    return audit_command.run(asked, lambda _: get, console), text.getvalue()


def written(place: Path, entries: list[Entry]) -> Path:
    text = "".join(line_of(entry) for entry in entries)
    last = entries[-1]
    place.write_text(text + end_line(SCOPE, Mark(last.sequence, last.hash), NOW))
    return place


def checkpoint(place: Path, entries: list[Entry]) -> Path:
    tree = Peaks()
    for entry in entries:
        tree.add(entry_leaf(entry.hash))
    last = entries[-1]
    head = ChainHead(FIRM, CLIENT, last.sequence, last.hash, tree.root, tree.peaks)
    place.write_bytes(checkpoint_of(NOW.date(), NOW, [head], None).text())
    return place


def test_a_whole_file_is_intact_against_all_that_is_known(log: list[Entry], tmp_path: Path) -> None:
    file = written(tmp_path / "log.jsonl", log)
    day = checkpoint(tmp_path / "day.json", log[:-5])
    status, text = told(file=file, checkpoint=[day], head=[f"7:{log[6].hash}"])
    assert (status, text.startswith(f"intact: {len(log)} entries")) == (0, True), text
    assert "the checkpoint of 2026-11-20" in text


def test_what_was_changed_is_told_with_its_position(log: list[Entry], tmp_path: Path) -> None:
    lines = [line_of(entry) for entry in log]
    end = written(tmp_path / "log.jsonl", log).read_text().splitlines(keepends=True)[-1]
    changes = {
        "edited": [*lines[:9], lines[9].replace("maple", "mable", 1), *lines[10:]],
        "deleted": [*lines[:9], *lines[10:]],
        "swapped": [*lines[:9], lines[10], lines[9], *lines[11:]],
        "inserted": [*lines[:9], lines[3], *lines[9:]],
    }
    for kind, changed in changes.items():
        (tmp_path / "log.jsonl").write_text("".join(changed) + end)
        status, text = told(file=tmp_path / "log.jsonl")
        assert (status, f"broken at 10: {kind}" in text) == (1, True), text
    cut = written(tmp_path / "cut.jsonl", log[:-3])
    assert told(file=cut)[0] == 0  # whole in itself
    status, text = told(file=cut, head=[f"{len(log)}:{log[-1].hash}"])
    assert (status, f"broken at {len(log) - 2}: cut_tail" in text) == (1, True), text
    day = checkpoint(tmp_path / "day.json", log)
    assert told(file=cut, checkpoint=[day])[0] == 1


@pytest.mark.parametrize("content", ["", "{}\n", "no log\n", '{"format":"rowcol-log-1"}\n'])
def test_a_file_that_is_no_log_is_told_so(content: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(content)
    status, text = told(file=tmp_path / "x")
    assert (status, text.startswith("broken: ")) == (1, True)
    assert told(file=tmp_path / "absent")[0] == 1


def test_bad_heads_and_checkpoints_are_told(log: list[Entry], tmp_path: Path) -> None:
    file = written(tmp_path / "log.jsonl", log)
    assert "SEQUENCE:HASH" in told(file=file, head=["7"])[1]
    (tmp_path / "day.json").write_text("{}")
    assert told(file=file, checkpoint=[tmp_path / "day.json"])[0] == 1


def test_a_log_is_verified_by_the_api(house: Furnished) -> None:
    web = Web(house.environment, audit_proof.READS, FIRM)

    def get(path: str) -> Any:
        route = "/audit/verify" if path == "/audit/verify" else "/clients/{client}/audit/verify"
        return web.call("GET", route, person=ADMIN, path={"client": CLIENT}).body

    status, text = told(get, client=CLIENT)
    length = head_of(house.store.books(SCOPE)).sequence
    assert (status, f"intact: {length} entries" in text) == (0, True), text
    assert told(get, firm_wide=True)[0] == 0
