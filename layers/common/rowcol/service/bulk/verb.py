"""What a batch does with each of its items: the very plan of the single command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.tray import TrayItem
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.wishes import Outcome

Plan = Callable[[Environment, Change, str], "Payment | Outcome | TrayItem | Refusal"]
Reads = Callable[[Change, Sequence[str]], None]

NO_PAYMENT = Refusal(Code.NOT_FOUND, "no such payment")


def payments_of(change: Change, items: Sequence[str]) -> None:
    """Read the payments of some items that are ids."""
    change.load(Payment, [item for item in items if valid_id(item)])


def itself(item: str) -> str | None:
    """Items that are ids."""
    return item


def no_line(_item: str) -> int | None:
    """Items that did not come in a file."""
    return None


def _no_tale(_change: Change, _item: str, _refusal: Refusal) -> None:
    """The results tell it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """How an item is kept for a batch that does all or nothing.

    `take` keeps it, with what others could use up before its turn comes; or says why not. Then one
    of two, each once: `take_over` ends the claim and leaves what it took to the plan, or says that
    it is no longer what was claimed; `let_go` ends it and gives that back. `tell`: it was promised,
    and could not be done.
    """

    take: Callable[[Environment, Change, str], Refusal | None]
    take_over: Callable[[Change, str], Refusal | None]
    let_go: Callable[[Change, str], None]
    tell: Callable[[Change, str, Refusal], None] = _no_tale


@dataclass(frozen=True, slots=True)
class Verb:
    """`plan` is handed one item as it was asked; `reads` loads at once what the plans will read.

    `needs`: what must be permitted, as for the single command. `named`: the id that an item is
    about, which must be one and come once; None for records yet to be made. `unknown`: the answer
    to what cannot be an id. `line`: where an item stood in a file. Without `claims` there is no all
    or nothing beyond one write.
    """

    name: str
    needs: Permission
    plan: Plan
    reads: Reads = payments_of
    named: Callable[[str], str | None] = itself
    unknown: Refusal = NO_PAYMENT
    line: Callable[[str], int | None] = no_line
    claims: Claims | None = None


Verbs = Mapping[str, Verb]


class UnknownVerb(Exception):
    """A stored batch of a verb that this code does not have: a newer version's, or a defect."""


def verb_of(verbs: Verbs, name: str) -> Verb:
    """The verb of a batch. Raises UnknownVerb."""
    if name not in verbs:
        raise UnknownVerb(name)
    return verbs[name]
