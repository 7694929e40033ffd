"""`rowcol views rebuild`: fold logs into the views again, or compare them, with a progress bar.

The work is done by the function view_projection, a bounded part per invocation; this asks for one
part after the other. It may be stopped and begun again at any time, also while the stream runs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

Invoke = Callable[[dict[str, Any]], Any]
PASSING = frozenset({"StoreUnavailable", "Contention", "Sandbox.Timedout"})
TRIES_MAX = 5
PAUSE_SECONDS = 1.0


class CommandFailed(Exception):
    """The function answered with an error that does not pass; its class and message."""


@dataclass(frozen=True, slots=True)
class Target:
    """A client whose views are meant."""

    firm: str
    client: str

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"{self.firm}/{self.client}"


@dataclass
class Outcome:
    """What became of one client's views."""

    target: Target
    next: Any = None
    folded: int = 0
    of: int = 0
    removed: int = 0
    compared: int = 0
    unfoldable: list[dict[str, Any]] = field(default_factory=list)
    difference: dict[str, Any] | None = None

    @property
    def position(self) -> int:
        """The log position that the next part begins after; 0 while the views are walked."""
        if self.next is None or self.next["view"] is not None:
            return 0
        return int(self.next["after"] or 0)

    @property
    def is_good(self) -> bool:
        """Whether the views are what the log says."""
        return not self.unfoldable and self.difference is None


def all_targets(invoke: Invoke) -> list[Target]:
    """Every client of every firm."""
    found = _asked(invoke, {"clients": {}}, time.sleep)["clients"]
    return [Target(one["firm"], one["client"]) for one in found]


def run(
    invoke: Invoke,
    targets: Sequence[Target],
    console: Console,
    *,
    check: bool = False,
    after: int | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Rebuild or compare, client by client; gives the exit status. Raises CommandFailed.

    `after`: go on after this position of the log, where a run before was stopped.
    """
    outcomes: list[Outcome] = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        for target in targets:
            bar = progress.add_task(target.name, total=None)
            outcome = Outcome(target, next=_from(after))
            try:
                _work(invoke, outcome, Bar(progress, bar), check=check, pause=pause)
            except (CommandFailed, KeyboardInterrupt):
                _tell_stop(console, outcome)
                raise
            outcomes.append(outcome)
            progress.remove_task(bar)
            _tell(console, outcomes[-1], check=check)
    good = sum(outcome.is_good for outcome in outcomes)
    verb = "compared" if check else "rebuilt"
    console.print(f"clients {verb}: {len(outcomes)}, as their logs say: {good}")
    return 0 if good == len(outcomes) else 1


@dataclass(frozen=True, slots=True)
class Bar:
    """One client's bar: positions folded (or compared) of its log's length."""

    progress: Progress
    task: TaskID

    def show(self, name: str, asked: Any, done: int, total: int) -> None:
        """Where it stands. Before the log, the views are walked one by one."""
        view = (asked or {}).get("view", "bills")
        doing = f"{name}: {view}" if view else name
        self.progress.update(self.task, description=doing, completed=done, total=total or None)


def _from(after: int | None) -> Any:
    return None if after is None else {"view": None, "after": str(after)}


def _work(
    invoke: Invoke, outcome: Outcome, bar: Bar, *, check: bool, pause: Callable[[float], None]
) -> None:
    """Part after part, until the last one says so."""
    target = outcome.target
    while True:
        asked = {"firm": target.firm, "client": target.client, "next": outcome.next}
        answer = _asked(invoke, {"check" if check else "rebuild": asked}, pause)
        outcome.folded, outcome.of = answer["folded"], answer["of"]
        outcome.removed += answer.get("removed", 0)
        outcome.compared += answer.get("compared", 0)
        outcome.unfoldable += answer.get("unfoldable", [])
        outcome.difference = answer.get("difference")
        outcome.next = answer["next"]
        if outcome.next is None:
            return
        bar.show(target.name, outcome.next, outcome.position, outcome.of)


def _tell_stop(console: Console, outcome: Outcome) -> None:
    """Where it stood, and how to go on there."""
    name, target = outcome.target.name, outcome.target
    console.print(f"{name}: stopped at position {outcome.position} of {outcome.of}")
    if outcome.position:
        whom = f"--firm {target.firm} --client {target.client}"
        console.print(f"  go on with: {whom} --after {outcome.position}")


def _asked(invoke: Invoke, event: dict[str, Any], pause: Callable[[float], None]) -> Any:
    """One invocation; what passes by itself is asked again a few times."""
    for tried in range(1, TRIES_MAX + 1):
        answer = invoke(event)
        error = answer.get("errorType") if isinstance(answer, dict) else None
        if error is None:
            return answer
        if error not in PASSING or tried == TRIES_MAX:
            raise CommandFailed(f"{error}: {answer.get('errorMessage', '')}")
        pause(PAUSE_SECONDS * tried)
    raise AssertionError  # the last try returns or raises


def _tell(console: Console, outcome: Outcome, *, check: bool) -> None:
    name = outcome.target.name
    if check:
        behind = f", the stream is at {outcome.folded} of {outcome.of}"
        console.print(f"{name}: {outcome.compared} rows compared{behind}")
    else:
        taken = f", {outcome.removed} strange rows taken away" if outcome.removed else ""
        console.print(f"{name}: {outcome.folded} of {outcome.of} positions folded{taken}")
    for line in (*_unfoldable(outcome.unfoldable), *_difference(outcome.difference)):
        console.print(f"  {line}", soft_wrap=True)


def _unfoldable(found: Iterable[dict[str, Any]]) -> Iterable[str]:
    for one in found:
        yield f"cannot be folded: position {one['first']} ({one['error']})"


def _difference(found: dict[str, Any] | None) -> Iterable[str]:
    if found is None:
        return
    where = f"{found['view']}/{found['key']} " if found["view"] else ""
    yield f"first difference: {where}{found['what']} at position {found['position']}"
    for side in ("live", "log"):
        if found[side] is not None:
            yield f"{side:<4} {found[side]}"


def of_lambda(client: Any, function: str) -> Invoke:
    """Invocations of a function by a Lambda client."""

    def invoke(event: dict[str, Any]) -> Any:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())

    return invoke
