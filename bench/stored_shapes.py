"""Native attributes against one JSON text: codec time and item size of what is stored.

`PYTHONPATH=layers/common python -m bench.stored_shapes`, the basis of
docs/decisions/0008-stored-shapes.md. Time is the median of rounds for one item: from the value to
the JSON that is sent, and back, without the rest of botocore. Size is DynamoDB's measure (names,
values, 1 byte per element, 3 per map or list); a write costs a unit per begun KB.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rowcol.domain.log import Fact, sealed
from rowcol.domain.plain import canonical, from_plain, to_plain
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.storage.codec import attribute, plain
from tests.support.domain import builders
from tests.support.domain.builders import NOW
from tests.support.storage import samples

ROUNDS = 15
REPEATS = 200


def size_bytes(value: dict[str, Any]) -> int:
    """DynamoDB's measure of an attribute value."""
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(len(name) + 1 + size_bytes(one) for name, one in content.items())
    if kind == "L":
        return 3 + sum(1 + size_bytes(one) for one in content)
    if kind == "N":
        return len(content.lstrip("-").rstrip("0")) // 2 + 2
    return 1 if kind in ("NULL", "BOOL") else len(str(content).encode())


def microseconds(work: Callable[[], object]) -> float:
    """Median time of one run."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(REPEATS):
            work()
        rounds.append((time.perf_counter() - began) / REPEATS * 1e6)
    return statistics.median(rounds)


def native(value: Any) -> dict[str, Any]:
    """As records are stored."""
    return attribute(to_plain(value))


def as_text(value: Any) -> dict[str, Any]:
    """As the log's data is stored."""
    return {"S": canonical(value)}


def compare(name: str, value: Any) -> None:
    """One line per shape."""
    kind = type(value)
    shapes: tuple[tuple[str, Callable[[Any], dict[str, Any]], Callable[[Any], Any]], ...] = (
        ("native", native, plain),
        ("text", as_text, lambda stored: json.loads(stored["S"])),
    )
    for shape, encode, decode in shapes:
        sent = json.dumps(encode(value))
        write = microseconds(lambda encode=encode: json.dumps(encode(value)))  # type: ignore[misc]  # a lambda's default
        read = microseconds(
            lambda decode=decode, sent=sent: from_plain(kind, decode(json.loads(sent)))  # type: ignore[misc]  # a lambda's default
        )
        bytes_stored = size_bytes(encode(value))
        print(
            f"{name:14} {shape:7} write {write:7.0f} us  read {read:7.0f} us  "
            f"stored {bytes_stored:6d} B  sent {len(sent):6d} B"
        )


def main() -> None:
    """Print the comparison."""
    bill, payment = samples.full_bill(), samples.full_payment()
    data = {"payment": to_plain(payment), "bill": to_plain(bill), "workflow": "resume"}
    entry = sealed(Scope("oak", "bluebird"), 1, NOW, SYSTEM, Fact("moved", data), "0" * 64)
    compare("head", builders.head(builders.balance("81233.00", "1200.00")))
    compare("bill", replace(bill, version=7))
    compare("payment", payment)
    compare("bank line", samples.line("line-1"))
    compare("log entry", entry)


if __name__ == "__main__":
    main()
