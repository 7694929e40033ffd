"""One execution, driven from outside: `step` does one state or one task call, nothing blocks.

Whoever drives it decides what runs next, when time has passed, and where everything dies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from local.walker.choice import holds
from local.walker.data import as_json, fill, need, place
from local.walker.definition import INVOKE_AND_WAIT, Machine
from local.walker.errors import NO_CHOICE, TIMEOUT, StateFailed, failure_of, pause_seconds, takes
from local.walker.flow import branches, items, parameters, shown, state_input
from local.walker.runs import Platform, Run, Status, Stepped, Waiting

RETRY_ATTEMPTS_DEFAULT = 3


class Execution:
    """A walk through a machine, from its input to its end."""

    def __init__(self, machine: Machine, name: str, given: Any, platform: Platform) -> None:
        self.name = name
        self.machine = machine
        self.history: list[str] = []
        self._platform = platform
        self._tokens: dict[str, Waiting] = {}
        self._token_count = 0
        data = as_json(given)
        context = {
            "Execution": {"Name": name, "Id": f"execution:{machine.name}:{name}", "Input": data},
            "StateMachine": {"Name": machine.name},
        }
        self._root = Run(machine.block, machine.block.start, data, context)

    # ---- what can be seen

    @property
    def status(self) -> Status:
        """How it stands."""
        return self._root.status

    @property
    def output(self) -> Any:
        """What it succeeded with."""
        return self._root.output

    @property
    def failure(self) -> StateFailed | None:
        """What it failed with."""
        return self._root.failure

    @property
    def tokens(self) -> tuple[str, ...]:
        """Tokens that nobody has answered yet."""
        return tuple(token for token, waiting in self._tokens.items() if waiting.answer is None)

    @property
    def is_ready(self) -> bool:
        """Whether a step would do something."""
        return self.status is Status.RUNNING and bool(self._ready(self._root))

    # ---- what can be done from outside

    def step(self) -> Stepped:
        """One state transition or task call; of several branches that can go on, one is drawn."""
        if self.status is not Status.RUNNING:
            return Stepped.ENDED
        ready = self._ready(self._root)
        if not ready:
            return Stepped.WAITING
        run = ready[0] if len(ready) == 1 else self._platform.random.choice(ready)
        self._act(run)
        return Stepped.MOVED

    def run(self, steps_max: int = 10_000) -> Status:
        """Step until it ends or waits. Raises RuntimeError when it does neither."""
        for _ in range(steps_max):
            if self.step() is not Stepped.MOVED:
                return self.status
        raise RuntimeError(f"{self.name} goes on after {steps_max} steps")

    def succeed(self, token: str, output: object) -> bool:
        """Answer a token. False when nobody waits with it (any more)."""
        return self._answer(token, (as_json(output),))

    def fail(self, token: str, error: str, cause: str = "") -> bool:
        """Answer a token with an error."""
        return self._answer(token, StateFailed(error, cause))

    def abort(self) -> None:
        """End it at once, as a lost engine or StopExecution does."""
        if self.status is Status.RUNNING:
            self._root.status = Status.ABORTED
            self._tokens.clear()

    # ---- steps

    def _answer(self, token: str, answer: tuple[Any] | StateFailed) -> bool:
        waiting = self._tokens.get(token)
        late = waiting is None or (waiting.until and self._platform.now() >= waiting.until)
        if waiting is None or late or waiting.answer is not None:
            return False
        waiting.answer = answer
        return True

    def _ready(self, run: Run) -> list[Run]:
        if run.children:
            going = [child for child in run.children if child.status is Status.RUNNING]
            going = going[: run.at_once_max or None]
            return [leaf for child in going for leaf in self._ready(child)]
        now = self._platform.now()
        if run.waiting is not None and run.waiting.called:
            over = run.waiting.until is not None and now >= run.waiting.until
            return [run] if run.waiting.answer is not None or over else []
        asleep = run.sleeps_until is not None and run.sleeps_until > now
        return [] if asleep else [run]

    def _act(self, run: Run) -> None:
        self.history.append(run.at)
        run.context["State"] = {"Name": run.at}
        try:
            self._ACTIONS[run.state["Type"]](self, run)
        except StateFailed as failure:
            self._failed(run, failure)

    def _pass(self, run: Run) -> None:
        result = as_json(run.state["Result"]) if "Result" in run.state else parameters(run)
        self._done(run, result)

    def _choice(self, run: Run) -> None:
        data = state_input(run)
        for rule in run.state["Choices"]:
            if holds(rule, data, run.context):
                self._go(run, rule["Next"], shown(run, data))
                return
        if "Default" not in run.state:
            raise StateFailed(NO_CHOICE, run.at)
        self._go(run, run.state["Default"], shown(run, data))

    def _wait(self, run: Run) -> None:
        if not run.slept:
            run.slept = True
            data = state_input(run)
            state = run.state
            seconds = (
                state["Seconds"]
                if "Seconds" in state
                else need(state["SecondsPath"], data, run.context)
            )
            self._sleep(run, float(seconds))
            return
        self._done(run, state_input(run))

    def _succeed(self, run: Run) -> None:
        self._end(run, shown(run, state_input(run)))

    def _fail(self, run: Run) -> None:
        raise StateFailed(run.state.get("Error", ""), run.state.get("Cause", ""))

    def _task(self, run: Run) -> None:
        if run.waiting is not None:
            self._token_answered(run, run.waiting)
            return
        waits = run.state["Resource"] == INVOKE_AND_WAIT
        if waits:
            run.waiting = self._new_token(run)
        asked = parameters(run)
        function = self._platform.functions[asked["FunctionName"]]
        try:
            result = as_json(function(as_json(asked["Payload"])))
        except Exception as raised:
            # An answer that came before the function failed has ended the task already.
            if run.waiting is None or run.waiting.answer is None:
                raise failure_of(raised) from raised
            result = None
        if run.waiting is None:
            self._done(run, {"Payload": result, "StatusCode": 200})
        else:
            run.waiting.called = True

    def _new_token(self, run: Run) -> Waiting:
        self._token_count += 1
        token = f"token/{self.name}/{self._token_count}"
        seconds = run.state.get("TimeoutSeconds")
        until = self._platform.now() + timedelta(seconds=seconds) if seconds is not None else None
        run.context["Task"] = {"Token": token}
        self._tokens[token] = Waiting(token, until)
        return self._tokens[token]

    def _token_answered(self, run: Run, waiting: Waiting) -> None:
        if waiting.answer is None:
            raise StateFailed(TIMEOUT, "nobody answered in time")
        if isinstance(waiting.answer, StateFailed):
            raise waiting.answer
        self._done(run, waiting.answer[0])

    def _parallel(self, run: Run) -> None:
        run.children = branches(run)

    def _map(self, run: Run) -> None:
        run.children = items(run)
        run.at_once_max = int(run.state.get("MaxConcurrency", 0))
        if not run.children:
            self._done(run, [])

    # ---- ends of states

    def _done(self, run: Run, result: Any) -> None:
        """A state ended well: its result finds its place, and the next state begins."""
        state = run.state
        if "ResultSelector" in state:
            result = fill(state["ResultSelector"], result, run.context)
        # Results join the raw input of the state, whatever InputPath showed of it.
        data = place(run.data, state.get("ResultPath", "$"), result)
        self._go(run, state.get("Next"), shown(run, data))

    def _go(self, run: Run, target: str | None, data: Any) -> None:
        self._leave(run)
        if target is None:
            self._end(run, data)
        else:
            run.at, run.data, run.retried = target, data, {}

    def _leave(self, run: Run) -> None:
        if run.waiting is not None:
            self._tokens.pop(run.waiting.token, None)
        run.context.pop("Task", None)
        run.waiting, run.sleeps_until, run.slept, run.children = None, None, False, []
        run.at_once_max = 0

    def _end(self, run: Run, output: Any) -> None:
        run.status, run.output = Status.SUCCEEDED, output
        parent = run.parent
        if parent is not None and all(
            child.status is Status.SUCCEEDED for child in parent.children
        ):
            try:
                self._done(parent, [child.output for child in parent.children])
            except StateFailed as failure:
                self._failed(parent, failure)

    def _failed(self, run: Run, failure: StateFailed) -> None:
        """A state ended in an error: tried again, caught, or the end of everything around it."""
        state = run.state
        for tokens in self._tokens_below(run):
            self._tokens.pop(tokens, None)
        for number, rule in enumerate(state.get("Retry", [])):
            if takes(rule, failure):
                attempts = run.retried.get(number, 0)
                if attempts >= rule.get("MaxAttempts", RETRY_ATTEMPTS_DEFAULT):
                    break
                run.retried[number] = attempts + 1
                self._leave(run)
                self._sleep(run, pause_seconds(rule, attempts, self._platform.random))
                return
        for rule in state.get("Catch", []):
            if takes(rule, failure):
                error = {"Error": failure.error, "Cause": failure.cause}
                try:
                    data = place(run.data, rule.get("ResultPath", "$"), error)
                except StateFailed as no_place:
                    failure = no_place
                    break
                self._go(run, rule["Next"], data)
                return
        run.status, run.failure = Status.FAILED, failure
        if run.parent is not None:
            self._failed(run.parent, failure)

    def _tokens_below(self, run: Run) -> list[str]:
        own = [run.waiting.token] if run.waiting is not None else []
        return own + [token for child in run.children for token in self._tokens_below(child)]

    def _sleep(self, run: Run, seconds: float) -> None:
        pause = seconds * self._platform.wait_scale
        run.sleeps_until = self._platform.now() + timedelta(seconds=pause) if pause else None

    _ACTIONS: Mapping[str, Callable[[Execution, Run], None]] = {
        "Pass": _pass,
        "Choice": _choice,
        "Wait": _wait,
        "Succeed": _succeed,
        "Fail": _fail,
        "Task": _task,
        "Parallel": _parallel,
        "Map": _map,
    }
