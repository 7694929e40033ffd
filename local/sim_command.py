"""`rowcol sim`: fault switches, clocks, actions, settings and scenarios of running simulators."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from local.demo.local_stack import CannotStart, running
from local.demo.timeline import Timeline
from local.scenario import RAILS, ScenarioError, find_file, read_scenario, shipped
from local.scenario_play import Levers, SimulatorRefused, play
from local.simulators.clock import parse_instant

Command = Callable[[argparse.Namespace, "Running"], int]
_TEXT_HELP = "name=text, or name:=JSON for numbers, flags and tables"


class Running:
    """Simulators that run: their levers, and the timeline that moves all clocks."""

    def __init__(self, levers: Levers, timeline: Timeline) -> None:
        self.levers = levers
        self.timeline = timeline

    def advance(self, span: timedelta) -> None:
        """Every clock goes forward."""
        self.timeline.advance_to(self.timeline.now() + span)


def add_parser(commands: Any) -> None:
    """The `sim` command and what is below it."""
    sim = commands.add_parser("sim", help="the rail simulators' levers")
    sim.add_argument("--status", type=Path, help="status file of simulators started alone")
    below = sim.add_subparsers(required=True)
    _faults(below)
    _clock(below)
    act = below.add_parser("act", help="do what people and banks do; without ACTION, name all")
    act.add_argument("rail", choices=RAILS)
    act.add_argument("action", nargs="?")
    act.add_argument("with_", nargs="*", metavar="NAME=VALUE", help=_TEXT_HELP)
    _of(act, _act)
    settings = below.add_parser("settings", help="show a rail's settings, or change them")
    settings.add_argument("rail", choices=RAILS)
    settings.add_argument("values", nargs="*", metavar="NAME=VALUE", help=_TEXT_HELP)
    _of(settings, _settings)
    scenario = below.add_parser("scenario", help="play a file, or one that is shipped, by its name")
    scenario.add_argument("file", nargs="?", help="without it, name those that are shipped")
    scenario.add_argument("--check", action="store_true", help="only say whether it is right")
    scenario.set_defaults(command=lambda options: _guarded(lambda: _scenario(options)))


def _faults(below: Any) -> None:
    faults = below.add_parser("faults", help="fault switches").add_subparsers(required=True)
    shown = faults.add_parser("list", help="switches that are on, with their hits")
    shown.add_argument("rail", nargs="?", choices=RAILS)
    _of(shown, _list_faults)
    add = faults.add_parser("add", help="switch one on")
    add.add_argument("rail", choices=RAILS)
    add.add_argument("kind")
    add.add_argument("--times", type=int, help="how often, then no more")
    add.add_argument("--probability", type=float, help="of each call or notice, 0 to 1")
    add.add_argument("--match", action="append", default=[], metavar="NAME=VALUE", help=_TEXT_HELP)
    add.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help=_TEXT_HELP)
    _of(add, _add_fault)
    clear = faults.add_parser("clear", help="switch one off, or all of a rail, or all")
    clear.add_argument("rail", nargs="?", choices=RAILS)
    clear.add_argument("--id", help="of one switch of the rail")
    _of(clear, _clear_faults)


def _clock(below: Any) -> None:
    clock = below.add_parser("clock", help="show the clocks, advance all, freeze or run one")
    clock.add_argument("--advance-days", type=float, default=0.0)
    clock.add_argument("--advance-hours", type=float, default=0.0)
    clock.add_argument("--to", help="an instant, ISO 8601; without an offset it is UTC")
    clock.add_argument("--freeze", choices=RAILS, metavar="RAIL")
    clock.add_argument("--run", choices=RAILS, metavar="RAIL")
    _of(clock, _clocks)


def _of(parser: argparse.ArgumentParser, command: Command) -> None:
    def run(options: argparse.Namespace) -> int:
        def act() -> int:
            with _attached(options) as found:
                return command(options, found)

        return _guarded(act)

    parser.set_defaults(command=run)


def _guarded(act: Callable[[], int]) -> int:
    try:
        return act()
    except (SimulatorRefused, ScenarioError) as problem:
        print(f"rowcol: {problem}", file=sys.stderr)
        return 1


@contextmanager
def _attached(options: argparse.Namespace) -> Iterator[Running]:
    """The simulators of the running stack, or those of a status file. Raises CannotStart."""
    status, folder = running(options.data), options.data
    if options.status is not None:
        try:
            status = json.loads(options.status.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            raise CannotStart(f"{options.status}: {problem}") from None
        folder = options.status.resolve().parent
    if status is None:
        raise CannotStart("nothing is running; start it with `make run`")
    urls: dict[str, str] = status["urls"]
    with httpx.Client(timeout=60, trust_env=False) as http:
        yield Running(Levers(http, urls), Timeline(folder / "clock.json", urls, http))


def _pairs(texts: list[str]) -> dict[str, Any]:
    """`name=text` and `name:=JSON` as an object. Raises ScenarioError for anything else."""
    found: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.rstrip(":"):
            raise ScenarioError(f"{text}: {_TEXT_HELP}")
        if not name.endswith(":"):
            found[name] = value
            continue
        try:
            found[name[:-1]] = json.loads(value)
        except ValueError as problem:
            raise ScenarioError(f"{text}: not JSON: {problem}") from None
    return found


def _list_faults(options: argparse.Namespace, found: Running) -> int:
    for rail in [options.rail] if options.rail else found.levers.urls:
        for row in found.levers.call("GET", rail, "faults")["faults"]:
            left = "always" if row["times"] is None else f"{row['times']} left"
            chance = "" if row["probability"] is None else f" p={row['probability']}"
            told = {name: row[name] for name in ("match", "params") if row[name]}
            more = f" {json.dumps(told)}" if told else ""
            head = f"{rail:<7} {row['id']:<9} {row['kind']:<24}"
            print(f"{head} {left}{chance} hits={row['hits']}{more}")
    return 0


def _add_fault(options: argparse.Namespace, found: Running) -> int:
    body = {
        "kind": options.kind,
        "times": options.times,
        "probability": options.probability,
        "match": _pairs(options.match),
        "params": _pairs(options.param),
    }
    print(found.levers.call("POST", options.rail, "faults", body)["id"])
    return 0


def _clear_faults(options: argparse.Namespace, found: Running) -> int:
    if options.id and not options.rail:
        raise ScenarioError("--id needs the rail")
    for rail in [options.rail] if options.rail else found.levers.urls:
        known = [row["id"] for row in found.levers.call("GET", rail, "faults")["faults"]]
        if options.id and options.id not in known:
            raise ScenarioError(f"{rail} has no switch {options.id}; known: {', '.join(known)}")
        found.levers.call("DELETE", rail, f"faults/{options.id}" if options.id else "faults")
    return 0


def _clocks(options: argparse.Namespace, found: Running) -> int:
    for rail, frozen in ((options.freeze, True), (options.run, False)):
        if rail:
            found.levers.call("POST", rail, "clock", {"freeze": frozen})
    span = timedelta(days=options.advance_days, hours=options.advance_hours)
    if span < timedelta(0):
        raise ScenarioError("clocks only go forward")
    if options.to:
        target = _instant(options.to)
        if target < found.timeline.now():
            raise ScenarioError(f"clocks only go forward; it is {found.timeline.now().isoformat()}")
        found.timeline.advance_to(target)
    if span:
        found.advance(span)
    print(f"product {found.timeline.now().isoformat(timespec='seconds')}")
    for rail in found.levers.urls:
        row = found.levers.call("GET", rail, "clock")
        now = parse_instant(row["now"]).isoformat(timespec="seconds")
        print(f"{rail:<7} {now}{' frozen' if row['frozen_at'] else ''}")
    return 0


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError:
        raise ScenarioError(f"{text}: not an instant in ISO 8601") from None


def _act(options: argparse.Namespace, found: Running) -> int:
    if options.action is None:
        for name in found.levers.call("GET", options.rail, "actions")["actions"]:
            print(name)
        return 0
    body = {"action": options.action, **_pairs(options.with_)}
    answer = found.levers.call("POST", options.rail, "actions", body)
    if set(answer) == {"csv"}:  # a report is a file
        sys.stdout.write(answer["csv"])
        return 0
    print(json.dumps(answer, indent=2))
    return 0


def _settings(options: argparse.Namespace, found: Running) -> int:
    values = _pairs(options.values)
    method = "POST" if values else "GET"
    answer = found.levers.call(method, options.rail, "settings", values or None)
    for name in sorted(answer):
        print(f"{name} = {json.dumps(answer[name])}")
    return 0


def _scenario(options: argparse.Namespace) -> int:
    if options.file is None:
        for path in shipped():
            print(f"{path.stem:<32} {read_scenario(path).title}")
        return 0
    scenario = read_scenario(find_file(options.file))
    if options.check:
        print(f"{scenario.path}: {len(scenario.steps)} steps, nothing wrong")
        return 0
    with _attached(options) as found:
        print(scenario.title)

        def say(words: str) -> None:
            print(f"  {found.timeline.now():%a %m-%d %H:%M}  {words}", flush=True)

        play(scenario, found.levers, found.advance, say)
    print("done")
    return 0
