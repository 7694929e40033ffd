"""The main job, told as `make run` tells it, with the functions' roles enforced."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from local.cli import main
from local.demo import firm
from local.demo.api import Api
from local.demo.local_stack import CannotStart, LocalStack, Ports, running
from local.demo.stories import Stories
from local.demo.told import Told
from local.engine.settings import REPOSITORY
from tests.support.rig.stack import free_ports

MakeStack = Callable[[Path, Ports], LocalStack]
LOOK_SECONDS = 0.6
STORIES = (
    "paid, booked, debited: verified",
    "webhook lost, proved by the sweep",
    "ledger differs, in the tray",
    "refused by the guardrail",
    "stopped by a delay",
    "a check recorded: it stands in the journal",
    "refused by a limit of two people",
    "many decisions, two people",
    "a bank's file imported and matched",
    "Stripe's payout, from charges to the bank",
    "the tray: asked, fixed, accepted",
    "the morning's digest, sent once",
    "logs verified, evidence checked offline",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stories")


@pytest.fixture(scope="module")
def stack(data: Path, make_stack: MakeStack) -> Iterator[LocalStack]:
    made = make_stack(data, free_ports())
    try:
        made.start(lambda _: None)
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def told(stack: LocalStack, lines: list[str]) -> dict[str, Told]:
    stories = Stories(stack, lambda who, text: lines.append(f"{who} {text}"), LOOK_SECONDS)
    return {story.name: story for story in stories.tell()}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_as_it_should(told: dict[str, Told], lines: list[str], name: str) -> None:
    assert told[name].ok, "\n".join([told[name].shown, *lines])


def test_no_role_was_too_small(told: dict[str, Told], stack: LocalStack) -> None:
    denied = [line for line in stack.engine.log().splitlines() if "AccessDenied" in line]
    assert denied == []


def test_every_story_can_be_read_back(told: dict[str, Told], stack: LocalStack) -> None:
    ann = Api(stack, "ann-advisor")
    for story in told.values():
        assert ann.get(story.path)
    for client in firm.CLIENTS:
        assert ann.get(f"/clients/{client.id}/audit/verify")["intact"] is True


def test_a_second_run_says_that_it_is_running(
    stack: LocalStack, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), "run"]) == 0
    shown = capsys.readouterr().out
    assert "already running" in shown
    assert stack.api_url in shown


def test_commands_beside_a_running_stack(
    stack: LocalStack, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data), "token", "--step-up"]) == 0
    claims = jwt.decode(capsys.readouterr().out.strip(), options={"verify_signature": False})
    assert "multi-factor" in claims["acr"]
    assert main(["--data", str(data), "token", "vera-viewer"]) == 0
    token = capsys.readouterr().out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert stack.http.get(f"{stack.api_url}/console", headers=headers).status_code == 200
    sample = REPOSITORY / "events" / "due_work" / "minute.json"
    assert main(["--data", str(data), "send", str(sample)]) == 0
    assert json.loads(capsys.readouterr().out)["done"] >= 0
    assert main(["--data", str(data), "clock"]) == 0
    assert stack.timeline.now().date().isoformat() in capsys.readouterr().out


def test_a_taken_port_is_one_clear_line(
    tmp_path: Path, make_stack: MakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--data", str(tmp_path), "run", "--once", "--api-port", str(port)]) == 1
        shown = capsys.readouterr().err.strip()
        assert shown.splitlines() == [shown]
        assert f"port {port} (API) is taken" in shown
        assert "--api-port" in shown
        ports = free_ports()
        stack = make_stack(tmp_path, Ports(port, ports.engine, ports.simulators))
        with pytest.raises(CannotStart, match="is taken"):
            stack.start(lambda _: None)
        stack.stop()
    assert running(tmp_path) is None


def test_nothing_running_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "token"]) == 1
    assert "nothing is running" in capsys.readouterr().err


def test_a_restart_keeps_state_and_address(
    told: dict[str, Told], stack: LocalStack, data: Path, make_stack: MakeStack
) -> None:
    def seen(of: LocalStack) -> dict[str, Any]:
        ann = Api(of, "ann-advisor")
        found = {story.path: ann.get(story.path) for story in told.values()}
        for client in firm.CLIENTS:
            found[client.id] = ann.get(f"/clients/{client.id}/audit/verify")["length"]
        return found

    before = seen(stack)
    stack.stop()
    again = make_stack(data, stack.ports)
    again.start(lambda _: None)
    try:
        assert again.fresh is False
        assert again.api_url == stack.api_url
        after = seen(again)
        for client in firm.CLIENTS:
            assert after.pop(client.id) >= before.pop(client.id)
        for path, shown in before.items():
            assert after[path].keys() == shown.keys()
            assert _settled(after[path]) == _settled(shown)
    finally:
        again.stop()


def _settled(shown: dict[str, Any]) -> Any:
    """What of a resource no sweep changes any more."""
    match shown:
        case {"payment": {"id": name, "status": status, **payment}}:
            return name, status, payment["verification"], payment["changes"]
        case (
            {"seal": _, "payment": name}
            | {"payout": {"id": name}}
            | {"shown": {"item": {"id": name}}}
        ):
            return name
        case {"id": name, "results": results}:
            return name, results
        case {"id": name, "counts": counts}:
            return name, counts
        case {"clients": clients}:
            return {one["client"] for one in clients}
        case _:
            return shown["id"], shown["decision"]["id"]
