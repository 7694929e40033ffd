"""Dead letters in the tray: each message of a queue is an item of the client whose work it was.

A message stays in its queue, and its alarm on, until its item is closed: by a replay that went
through, by a person, or because the work was done in another way. One that holds only a position in
a stream is exchanged for messages that say whose work it was; one that names nobody stays for
whoever runs RowCol.
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
from rowcol.service.lost_positions import EVENTS, OF_LOG, payloads_of
from rowcol.service.replay import LETTER_SUBJECT
from rowcol.service.replay_ports import DeadLetter, DeadLetters
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
PAYLOAD_CHARACTERS_MAX = 4_000
# Whose work may be asked for again as it was: it goes on where it stands, or only reads.
ASKABLE = frozenset({"payment_batch", "plaid_balance_refresh", "connections_admin"})
# Who is fed by a stream: all that they do may be repeated.
STREAMED = frozenset({EVENTS, *OF_LOG})


@dataclass
class Looked:
    """How many letters were told, taken away as settled, exchanged, and left as nobody's."""

    told: int = 0
    settled: int = 0
    exchanged: int = 0
    nobodys: int = 0


def letter_subject(letter: DeadLetter) -> str:
    """What the item of a letter is about."""
    return f"{LETTER_SUBJECT}{key_of('', letter.id)[:40]}"


def tell_letters(environment: Environment, letters: DeadLetters) -> Looked:
    """Bring the tray up to the queues. One letter's trouble does not stop the others."""
    looked = Looked()
    for letter in letters.look():
        try:
            _tell(environment, letters, letter, looked)
        except Exception:
            logger.exception("a dead letter could not be told", extra={"letter": letter.id})
            looked.nobodys += 1
    return looked


def _tell(
    environment: Environment, letters: DeadLetters, letter: DeadLetter, looked: Looked
) -> None:
    if letter.position is not None and letter.worker in STREAMED:
        letters.exchange(letter, payloads_of(environment, letters, letter))
        looked.exchanged += 1
        return
    text = canonical({"worker": letter.worker, "payload": letter.payload})
    if letter.scope is None or letter.payload is None or len(text) > PAYLOAD_CHARACTERS_MAX:
        looked.nobodys += 1
        return
    item = environment.store.books(letter.scope).get(
        TrayItem, tray_id(letter_subject(letter), DEAD_LETTER)
    )
    if item is None and not _is_done(environment, letter):
        looked.told += _write(environment, letter.scope, _opening(letter, text))
        return
    if item is not None and item.is_live and _is_done(environment, letter):
        settle_letters(environment, letter.scope, {item.id: item.subject}, "the work was done")
        item = None
    if item is None or item.state is TrayState.CLOSED:
        letters.forget(letter)
        looked.settled += 1


def _is_done(environment: Environment, letter: DeadLetter) -> bool:
    """Whether stored events were applied, or put aside, after all: by the redrive, or by people."""
    keys = (letter.payload or {}).get("inbox_keys")
    if letter.worker != EVENTS or not isinstance(keys, list) or environment.replaying is None:
        return False
    return not environment.replaying.waiting([str(key) for key in keys])


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
            source=text if letter.worker in ASKABLE | STREAMED else None,
        )
        return True

    return plan


def settle_letters(
    environment: Environment,
    scope: Scope,
    names: dict[str, str],
    because: str = "it was asked for again",
) -> None:
    """Letters whose work was asked for again are settled: should it fail anew, a new one comes.

    `names`: subjects by item id.
    """

    def plan(change: Change) -> bool:
        for subject in names.values():
            close_item(change, subject, DEAD_LETTER, because)
        return True

    _write(environment, scope, plan)


def _write(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> bool:
    try:
        transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    except UnknownClient:
        logger.warning("a dead letter of nobody", extra={"client": scope.client})
        return False
    return True
