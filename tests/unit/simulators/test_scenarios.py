"""`rowcol sim` and scenario files against simulators that run as threads of this process."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local import cli
from local.scenario import ScenarioError, find_file, read_scenario, shipped
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.oidc import OidcCore
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.sample import sample_world
from local.simulators.server import SimulatorServer
from local.simulators.stripe import StripeCore

CORES: dict[str, type[SimulatorCore]] = {
    "ramp": RampCore,
    "plaid": PlaidCore,
    "qbo": QboCore,
    "oidc": OidcCore,
    "stripe": StripeCore,
}
NOWHERE = dict.fromkeys(("ramp", "plaid", "qbo", "stripe"), "http://127.0.0.1:9/{client}")


@dataclass
class Alone:
    """Running simulators with a seeded client, and the command that speaks with them."""

    cores: dict[str, SimulatorCore]
    status: Path

    def sim(self, *arguments: str) -> int:
        """`rowcol sim ...`; gives its exit status."""
        return cli.main(["sim", "--status", str(self.status), *arguments])


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    now = datetime.now(UTC)
    made = {
        rail: core(Document(), Ambient(lambda: datetime.now(UTC), "scenarios"))
        for rail, core in CORES.items()
    }
    sample_world(now.date(), webhooks=NOWHERE).load(**made)
    with contextlib.ExitStack() as stack:
        urls = {rail: stack.enter_context(SimulatorServer(one)).url for rail, one in made.items()}
        status = tmp_path / "status.json"
        status.write_text(json.dumps({"urls": urls}), encoding="utf-8")
        yield Alone(made, status)


# ---- what is shipped


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_a_shipped_scenario_plays_to_its_end(
    alone: Alone, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = alone.sim("scenario", path.stem)
    told = capsys.readouterr()
    assert (status, told.err) == (0, "")
    assert told.out.endswith("done\n")
    left = [row for core in alone.cores.values() for row in core.faults.list()]
    assert left == []  # it cleans up after itself


def test_four_are_shipped_and_named(alone: Alone, capsys: pytest.CaptureFixture[str]) -> None:
    assert alone.sim("scenario") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"lost-webhooks-day", "plaid-login-broken", "qbo-throttled-month-end"} <= set(names)
    assert "stripe-payout-fails-after-paid" in names
    assert alone.sim("scenario", "--check", names[0]) == 0


# ---- what is wrong, and where

HEAD = 'title = "t"\n\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('title = "t"\nstep = [\n', 2, "nvalid"),
        ("[[step]]\nclear = 'qbo'\n", 1, "needs a title"),
        (HEAD, 1, "at least one"),
        ("colour = 1\n" + HEAD, 1, "unknown key colour"),
        (HEAD + "[[step]]\nsay = 'x'\n", 3, "step 1: a step is one of"),
        (HEAD + "[[step]]\nclear = 'qbo'\nact = 'qbo'\n", 3, "this one has clear and act"),
        (HEAD + "[[step]]\nclear = 'xero'\n", 4, "'xero' is no rail"),
        (HEAD + "[[step]]\nfault = 'qbo'\n", 4, "fault needs kind"),
        (HEAD + "[[step]]\nfault = 'qbo'\nkind = 'fire'\n", 5, "qbo has no fault fire"),
        (HEAD + "[[step]]\nact = 'plaid'\naction = 'dance'\n", 5, "plaid has no act dance"),
        (HEAD + "[[step]]\nsettings = 'qbo'\nvalues = {speed = 1}\n", 5, "no setting speed"),
        (HEAD + "[[step]]\nfault = 'qbo'\nkind = 'throttle'\ntimes = 'two'\n", 6, "whole number"),
        (HEAD + "[[step]]\nadvance = {days = -1}\n", 4, "zero or more"),
        (HEAD + "[[step]]\nadvance = {weeks = 1}\n", 4, "advance is a table of days"),
        (HEAD + "[[step]]\nclear = 'qbo'\nname = 'x'\n", 5, "no earlier fault is kept as x"),
        (
            HEAD + "[[step]]\nclear = 'qbo'\n\n[[step]]\nact = 'plaid'\naction = 'repair'\n"
            "with = {item_id = '$item.key'}\n",
            9,
            "step 2: $item was not kept",
        ),
        (HEAD + "[[step]]\nwait = 'qbo'\ntable = 'x'\nfor = 'ever'\n", 6, "unknown key for"),
    ],
)
def test_a_wrong_file_is_told_by_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as raised:
        read_scenario(path)
    told = str(raised.value)
    assert told.startswith(f"{path}:{line}: ")
    assert words in told


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(ScenarioError, match="plaid-login-broken"):
        find_file("nothing-of-this-name")


def test_a_step_that_fails_tells_its_line(
    alone: Alone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "fails.toml"
    for step, words in (
        ("act = 'plaid'\naction = 'repair'\nwith = {item_id = 'none'}\n", "plaid: ControlError"),
        ("find = 'plaid'\ntable = 'items'\nwhere = {state = 'lost'}\nas = 'i'\n", "no such row"),
        ("wait = 'plaid'\ntable = 'items'\nat_least = 9\nseconds = 0.2\n", "wanted at least 9"),
    ):
        begun = f"{HEAD}[[step]]\nfault = 'qbo'\nkind = 'throttle'\n\n[[step]]\n"
        path.write_text(begun + step, encoding="utf-8")
        assert alone.sim("scenario", str(path)) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"rowcol: {path}:7: ")
        assert words in told
        assert alone.cores["qbo"].faults.list() == []  # its switches are off again


# ---- single levers


def test_faults_are_added_listed_and_cleared(
    alone: Alone, capsys: pytest.CaptureFixture[str]
) -> None:
    added = ("faults", "add", "qbo", "delay", "--times", "3", "--param", "seconds:=2.5")
    assert alone.sim(*added, "--match", "realm=934") == 0
    key = capsys.readouterr().out.strip()
    (row,) = alone.cores["qbo"].faults.list()
    assert (row["times"], row["params"], row["match"]) == (3, {"seconds": 2.5}, {"realm": "934"})
    assert alone.sim("faults", "add", "ramp", "throttle", "--probability", "0.5") == 0
    assert alone.sim("faults", "list") == 0
    listed = capsys.readouterr().out
    assert "delay" in listed
    assert "p=0.5" in listed
    assert alone.sim("faults", "clear", "qbo", "--id", key) == 0
    assert alone.sim("faults", "clear", "qbo", "--id", key) == 1
    assert alone.sim("faults", "clear") == 0
    assert alone.cores["ramp"].faults.list() == []
    assert alone.sim("faults", "add", "qbo", "fire") == 1
    assert "unknown fault fire" in capsys.readouterr().err


def test_clocks_advance_together_and_never_back(
    alone: Alone, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {rail: core.clock.now() for rail, core in alone.cores.items()}
    assert alone.sim("clock", "--advance-days", "2", "--advance-hours", "1") == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {
        "product",
        *CORES,
    }
    for rail, core in alone.cores.items():
        assert (core.clock.now() - before[rail]).total_seconds() > 2 * 86_400
    assert alone.sim("clock", "--to", "2020-01-01T00:00:00Z") == 1
    assert alone.sim("clock", "--advance-hours", "-1") == 1
    assert alone.sim("clock", "--to", "yesterday") == 1
    assert "only go forward" in capsys.readouterr().err
    assert alone.sim("clock", "--freeze", "qbo") == 0
    assert "frozen" in capsys.readouterr().out
    assert alone.sim("clock", "--run", "qbo") == 0


def test_actions_and_settings(alone: Alone, capsys: pytest.CaptureFixture[str]) -> None:
    assert alone.sim("act", "stripe") == 0
    assert "fail_payout" in capsys.readouterr().out.split()
    assert alone.sim("act", "stripe", "charge", "amount=12.34", 'metadata:={"a": "b"}') == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["amount"], made["metadata"]) == (1234, {"a": "b"})
    assert alone.sim("act", "stripe", "report", "layout=payments") == 0
    assert made["id"] in capsys.readouterr().out
    assert alone.sim("settings", "qbo", "calls_per_second:=3") == 0
    assert "calls_per_second = 3\n" in capsys.readouterr().out
    assert alone.sim("settings", "qbo", "speed:=3") == 1
    assert alone.sim("act", "stripe", "charge", "amount") == 1
    assert alone.sim("act", "stripe", "charge", "metadata:={") == 1


def test_nothing_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--data", str(tmp_path), "sim", "clock"]) == 1
    assert "make run" in capsys.readouterr().err
    status = str(tmp_path / "none.json")
    assert cli.main(["sim", "--status", status, "clock"]) == 1
    gone = tmp_path / "status.json"
    gone.write_text(json.dumps({"urls": {"qbo": "http://127.0.0.1:9"}}), encoding="utf-8")
    assert cli.main(["sim", "--status", str(gone), "settings", "qbo"]) == 1
    assert cli.main(["sim", "--status", str(gone), "settings", "ramp"]) == 1
    assert "no ramp is running; running: qbo" in capsys.readouterr().err
