"""The evidence pack of a payment, and the script by which a stranger checks it."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.memory_checkpoints import MemoryCheckpoints
from rowcol.domain.checkpoint import Checkpoint
from rowcol.domain.facts import RailState
from rowcol.domain.payment import Payment
from rowcol.service.balances import take_balance
from rowcol.service.checkpoints import take_checkpoint
from rowcol.service.evidence import verify_evidence
from rowcol.service.evidence.pack import BrokenLog, TooLong, evidence_of
from tests.support.payment_desk import PaymentDesk

SCRIPT = Path(verify_evidence.__file__)
SEED = 20_261_121


class Told:
    """A payment that was decided, released and paid, and its pack."""

    def __init__(self) -> None:
        self.desk = PaymentDesk()
        self.kept = MemoryCheckpoints()
        self.desk.clock.pause(60)
        reading = self.desk.plaid.balances(live=True)
        self.desk.work(lambda change: take_balance(change, reading, None))
        self.desk.clock.pause(90)
        self.payment_id = self.desk.taken()
        self.checkpoint: Checkpoint | None = None

    def take(self) -> None:
        self.checkpoint = take_checkpoint(self.desk.environment, self.kept).checkpoint

    def pack(self) -> dict[str, Any]:
        payment = self.desk.books.get(Payment, self.payment_id)
        assert payment is not None
        made = evidence_of(self.desk.environment, self.desk.books, payment, self.checkpoint)
        assert isinstance(made, dict), made
        arrived: dict[str, Any] = json.loads(json.dumps(made))
        return arrived


@pytest.fixture(scope="module")
def told() -> Told:
    made = Told()
    made.take()
    made.desk.clock.pause(timedelta(hours=20).total_seconds())
    made.desk.shows(RailState.PAID)
    return made


def test_the_script_needs_nothing_but_the_standard_library() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    modules = {line.split()[1].partition(".")[0] for line in lines}
    assert modules <= sys.stdlib_module_names | {"__future__"}


def test_a_whole_pack_is_accepted_with_and_without_its_checkpoint(told: Told) -> None:
    pack = told.pack()
    assert verify_evidence.problems(pack) == []
    assert told.checkpoint is not None
    assert verify_evidence.problems(pack, json.loads(told.checkpoint.text())) == []
    later = Told()
    assert later.pack()["checkpoint"] is None
    assert verify_evidence.problems(later.pack()) == []
    later.desk.clock.pause(1)
    later.take()
    [refused] = verify_evidence.problems(pack, json.loads(later.checkpoint.text()))  # type: ignore[union-attr]  # just taken
    assert "does not rest on the checkpoint" in refused


def test_it_tells_the_whole_story(told: Told) -> None:
    pack = told.pack()
    types = [one["entry"]["type"] for one in pack["entries"]]
    assert {"bill.staged", "payment.created", "payment.command_sent"} <= set(types)
    titles = {section["title"] for section in pack["sections"]}
    assert {"Decision", "What the rail said", "Balance", "What happened, and by whom"} <= titles
    rows = {row["label"]: row["value"] for section in pack["sections"] for row in section["rows"]}
    assert rows["decided_by"] == "boris"
    assert rows["age when used"].endswith(" seconds")
    assert rows["amount"] == "1,250.00 USD"
    assert len(pack["entries"]) < pack["head"]["sequence"]  # nothing of what else the client did


def every_change(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from every_change(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from every_change(item, (*path, place))
    else:
        yield path


def resealed(pack: dict[str, Any]) -> dict[str, Any]:
    """What a forger who knows the format would do next."""
    return {**pack, "seal": verify_evidence.digest(pack, "seal")}


def test_every_change_of_a_value_is_refused_though_the_seal_was_made_anew(told: Told) -> None:
    pack = told.pack()
    paths = [path for path in every_change(pack) if path[0] not in ("seal", "made_at", "verifier")]
    random_ = random.Random(SEED)  # noqa: S311  # seeded
    for path in random_.sample(paths, min(250, len(paths))):
        forged = copy.deepcopy(pack)
        holder: Any = forged
        for part in path[:-1]:
            holder = holder[part]
        old = holder[path[-1]]
        holder[path[-1]] = {str: f"{old}0", int: 7_777, bool: None}.get(type(old), "0")
        if isinstance(old, bool):
            holder[path[-1]] = not old
        assert verify_evidence.problems(resealed(forged)), f"seed {SEED}: {path}"
    for path in (("made_at",), ("verifier", "source")):
        forged = copy.deepcopy(pack)
        forged[path[0]] = "another"
        [only] = verify_evidence.problems(forged)
        assert "seal" in only


def test_entries_taken_out_swapped_or_made_anew_are_refused(told: Told) -> None:
    pack = told.pack()
    entries = pack["entries"]
    for number in range(len(entries)):
        fewer = resealed({**pack, "entries": [*entries[:number], *entries[number + 1 :]]})
        assert verify_evidence.problems(fewer), number
    swapped = [entries[1], entries[0], *entries[2:]]
    assert any(
        "not in order" in one for one in verify_evidence.problems({**pack, "entries": swapped})
    )
    forged = copy.deepcopy(pack)
    entry = forged["entries"][-1]["entry"]
    entry["actor"]["id"] = "mallory"
    entry["hash"] = verify_evidence.digest(entry, "hash")
    plain = [one["entry"] for one in forged["entries"]]
    forged["sections"] = verify_evidence.sections_of(plain)
    found = verify_evidence.problems(resealed(forged))
    assert (
        f"entry {entry['sequence']}: not in the log that ends at {pack['head']['sequence']}"
        in found
    )


def test_a_log_made_anew_is_refused_by_the_checkpoint_of_before(told: Told) -> None:
    """A whole pack of a forged log: only the checkpoint that the stranger has shows it."""
    forged = Told()
    forged.desk.clock.pause(60)
    forged.desk.shows(RailState.PAID)
    forged.take()
    pack = forged.pack()
    assert verify_evidence.problems(pack) == []
    assert told.checkpoint is not None
    assert verify_evidence.problems(pack, json.loads(told.checkpoint.text()))


def test_the_page_loads_nothing_escapes_everything_and_is_checked_too(told: Told) -> None:
    pack = told.pack()
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&\"'"
    pack["sections"][0]["rows"][0]["value"] = evil
    page = verify_evidence.render(pack)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert verify_evidence.read(page)[0] == pack
    page = verify_evidence.render(told.pack())
    shown = page.split(verify_evidence.OPEN)[0]
    assert not [
        word for word in ("src=", "href=", "url(", "@import", "http:", "https:") if word in shown
    ]
    assert verify_evidence.read(page) == (told.pack(), [])
    edited = page.replace("boris", "ann", 1)
    assert verify_evidence.read(edited)[1] == ["the page does not say what the pack in it says"]


def test_numbers_of_accounts_are_masked_for_readers() -> None:
    masked = verify_evidence.masked
    assert masked("ACH DEBIT 123456789 ACME") == "ACH DEBIT ****6789 ACME"
    assert masked("card 4111 1111 1111 1111") == "card ****1111"
    assert masked("to DE44500105175407324931.") == "to ****4931."
    for kept in (
        "2026-11-20T15:00:08.000000Z",
        "2026-11-20",
        "pay_01J2345678901234",
        "INV-20261120",
    ):
        assert masked(kept) == kept


def test_a_stranger_checks_files_with_the_script_alone(told: Told, tmp_path: Path) -> None:
    pack = told.pack()
    files = {
        "pack.json": json.dumps(pack, indent=2),
        "pack.html": verify_evidence.render(pack),
        "forged.json": json.dumps({**pack, "payment": "pay_other"}),
        "forged.html": verify_evidence.render(pack).replace("1,250.00", "2,250.00"),
        "none.json": "[]",
        "text.html": "<!doctype html><p>nothing",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "script.py").write_text(pack["verifier"]["source"], encoding="utf-8")
    assert told.checkpoint is not None
    (tmp_path / "checkpoint.json").write_bytes(told.checkpoint.text())

    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "script.py", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    for name in ("pack.json", "pack.html"):
        status, told_text = run(name, "checkpoint.json")
        assert (status, told_text.startswith("whole: ")) == (0, True), told_text
    for name in ("forged.json", "forged.html", "none.json", "text.html", "absent.json"):
        status, told_text = run(name)
        assert (status, told_text.startswith("BROKEN: ")) == (1, True), told_text


def test_a_broken_log_is_no_evidence_and_a_long_one_takes_its_time(told: Told) -> None:
    made = Told()
    payment = made.desk.books.get(Payment, made.payment_id)
    assert payment is not None
    log = made.desk.store.logs[made.desk.books.scope]
    del log[3]
    found = evidence_of(made.desk.environment, made.desk.books, payment, None)
    assert isinstance(found, BrokenLog)
    assert found.proof.broken_at == 4
    assert issubclass(TooLong, Exception)
