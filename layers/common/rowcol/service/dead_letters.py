"""Dead letters in the tray: each message of a queue is an item of the client whose work it was.

A message stays in its queue, and its alarm on, until its item is closed: by a replay that went
through, or by a person. A letter that names nobody stays for whoever runs RowCol.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rowcol.domain.plain import canonical, instant_text
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.domain.tray_kinds import DEAD_LETTER
from rowcol.service.change import Change, UnknownClient, transact
from rowcol.service.environment import Environment
from rowcol.service.replay import LETTER_SUBJECT
from rowcol.service.replay_ports import DeadLetter, DeadLetters
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
PAYLOAD_CHARACTERS_MAX = 4_000
# Whose work may be asked for again as it was: it goes on where it stands, or only reads.
ASKABLE = frozenset({"payment_batch", "plaid_balance_refresh", "connections_admin"})


@dataclass(frozen=True, slots=True)
class Looked:
    """How many letters were told, taken away as settled, and left as nobody's."""

    told: int = 0
    settled: int = 0
    nobodys: int = 0


def letter_subject(letter: DeadLetter) -> str:
    """What the item of a letter is about."""
    return f"{LETTER_SUBJECT}{key_of('', letter.id)[:40]}"


def tell_letters(environment: Environment, letters: DeadLetters) -> Looked:
    """Bring the tray up to the queues. One letter's trouble does not stop the others."""
    told = settled = nobodys = 0
    for letter in letters.look():
        text = canonical({"worker": letter.worker, "payload": letter.payload})
        if letter.scope is None or letter.payload is None or len(text) > PAYLOAD_CHARACTERS_MAX:
            nobodys += 1
            continue
        books = environment.store.books(letter.scope)
        item = books.get(TrayItem, tray_id(letter_subject(letter), DEAD_LETTER))
        if item is not None and item.state is TrayState.CLOSED:
            letters.forget(letter)
            settled += 1
        elif item is None and _write(environment, letter.scope, _opening(letter, text)):
            told += 1
    return Looked(told, settled, nobodys)


def _opening(letter: DeadLetter, text: str) -> Callable[[Change], bool]:
    def plan(change: Change) -> bool:
        kind = str((letter.payload or {}).get("step", letter.worker))
        open_item(
            change,
            letter_subject(letter),
            DEAD_LETTER,
            f"{letter.worker} gave up: {letter.why[:120]}",
            expected="done",
            found=letter.why[:200],
            labels={
                "queue": letter.queue,
                "worker": letter.worker,
                "type": kind,
                "at": instant_text(letter.given_up_at),
            },
            source=text if letter.worker in ASKABLE else None,
        )
        return True

    return plan


def settle_letters(environment: Environment, scope: Scope, names: dict[str, str]) -> None:
    """Letters whose work was asked for again are settled: should it fail anew, a new one comes.

    `names`: subjects by item id.
    """

    def plan(change: Change) -> bool:
        for subject in names.values():
            close_item(change, subject, DEAD_LETTER, "it was asked for again")
        return True

    _write(environment, scope, plan)


def _write(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> bool:
    try:
        transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    except UnknownClient:
        logger.warning("a dead letter of nobody", extra={"client": scope.client})
        return False
    return True
