"""What a batch does with each of its items: the very plan of the single command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.change import Change
from rowcol.service.environment import Environment

Plan = Callable[[Environment, Change, str], "Payment | Refusal"]
Reads = Callable[[Change, Sequence[str]], None]


def payments_of(change: Change, items: Sequence[str]) -> None:
    """Read the payments of some items that are ids."""
    change.load(Payment, [item for item in items if valid_id(item)])


def nothing_to_reserve(_change: Change, _payment: Payment) -> Refusal | None:
    """Claiming the payment is enough."""
    return None


def nothing_to_give_back(_change: Change, _payment: Payment) -> None:
    """Claiming the payment was enough."""


def no_line(_item: str) -> int | None:
    """Items that did not come in a file."""
    return None


@dataclass(frozen=True, slots=True)
class Verb:
    """`plan` is handed one item as it was asked; `reads` loads at once what the plans will read.

    `needs`: what must be permitted, as for the single command. `by_id`: items are ids of payments,
    and not records yet to be made; only these can be claimed, and so be all or nothing. `line`:
    where an item stood in a file. `reserve` takes, with the claim, what others could use up before
    the item's turn comes; `give_back` returns it, to be taken by the plan or by anybody.
    """

    name: str
    needs: Permission
    plan: Plan
    reads: Reads = payments_of
    by_id: bool = True
    line: Callable[[str], int | None] = no_line
    reserve: Callable[[Change, Payment], Refusal | None] = nothing_to_reserve
    give_back: Callable[[Change, Payment], None] = nothing_to_give_back


Verbs = Mapping[str, Verb]


class UnknownVerb(Exception):
    """A stored batch of a verb that this code does not have: a newer version's, or a defect."""


def verb_of(verbs: Verbs, name: str) -> Verb:
    """The verb of a batch. Raises UnknownVerb."""
    if name not in verbs:
        raise UnknownVerb(name)
    return verbs[name]
