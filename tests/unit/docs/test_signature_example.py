"""The example of docs/api.md that signs a request is run, and the API takes what it makes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rowcol.domain.permission import Permission
from rowcol.edge.operation import Body, Call, Operation, Reply, table
from rowcol.service.onboard import register_firm
from tests.support.desk import Desk
from tests.support.signing import (
    HOST,
    STAGE,
    Request,
    Robot,
    key_id,
    machine,
    private_key,
    registered,
)

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
PATH = "/clients/{client}/things"


class Thing(Body):
    """Anything."""

    name: str = ""


def _done(_call: Call) -> Reply:
    return Reply({})


OPERATIONS = table(
    Operation(method, PATH, method, "", "", _done, Permission.DECIDE, {200: dict}, Thing)
    for method in ("POST", "DELETE")
)


def example() -> Callable[..., dict[str, str]]:
    """The function that the page shows."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(compile(code, "docs/api.md", "exec"), namespace)  # noqa: S102  # our own page
    found: Callable[..., dict[str, str]] = namespace["signed"]
    return found


def test_the_example_signs_what_the_api_takes() -> None:
    desk = Desk(now=datetime.now(UTC))  # the example asks the machine's own clock
    register_firm(desk.store, "maple", "Maple Street")
    machine(desk.store, "maple")
    key = private_key()
    registered(desk.store, "maple", key, desk.clock.now())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    robot = Robot(desk.environment, OPERATIONS, key)
    for method, body in (("POST", '{"name": "\u00fcber"}'.encode()), ("DELETE", b"")):
        url = f"https://{HOST}/{STAGE}{PATH.format(client='bluebird')}"
        headers = example()(method, url, "token", pem, key_id(key), body)
        answer = robot.send(Request(method, PATH, {"client": "bluebird"}, body, headers))
        assert answer.status == 200, answer.body
