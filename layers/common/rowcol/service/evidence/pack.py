"""The evidence of one payment, for people who do not have RowCol: what the log says, and its proof.

It holds the entries of the payment as they were sealed, those of its bill, and the limits and the
balance that stood when it was decided. Each is proved to be in the log by a path of a hash tree, so
that nothing of any other payment is shown.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rowcol.domain.chain import ChainProof, Link, Mark, link_of, walk
from rowcol.domain.checkpoint import Checkpoint, entry_leaf
from rowcol.domain.log import Entry, signed_body
from rowcol.domain.merkle import Tree
from rowcol.domain.payment import Payment
from rowcol.domain.plain import instant_text, to_plain
from rowcol.service.audit import ENTRIES_PER_READ, entries_from, head_of
from rowcol.service.environment import Environment
from rowcol.service.evidence import verify_evidence
from rowcol.service.store import Books

# What stands until the next of its kind, and is counted on when a payment is made or released.
_STANDING = ("balance.accepted", "balance.manual_approved", "limits.approved")
_COUNTED_ON = frozenset({"payment.created", "guardrail.passed", "guardrail.refused"})


@dataclass(frozen=True, slots=True)
class BrokenLog:
    """The log itself is not whole: it proves nothing until somebody has looked at it."""

    proof: ChainProof


class TooLong(Exception):
    """The time was up before the log was walked."""


def evidence_of(
    environment: Environment,
    books: Books,
    payment: Payment,
    checkpoint: Checkpoint | None,
    is_time_up: Callable[[], bool] = lambda: False,
) -> dict[str, object] | BrokenLog:
    """The pack, as plain values that `verify_evidence` accepts. Walks the whole log.

    Raises TooLong when the time is up before that.
    """
    head = head_of(books)
    hashes: list[str] = []
    chosen = _Chosen(payment)

    def accepted(at: Mark) -> bool:
        # Asked after each entry that fits: only such ones are evidence.
        hashes.append(at.hash)
        if at.sequence % ENTRIES_PER_READ == 0 and is_time_up():
            raise TooLong(f"{at.sequence} of {head.sequence} entries")
        return False

    def links() -> Iterator[Link]:
        for entry in entries_from(books, 0, head.sequence):
            chosen.look_at(entry)
            yield link_of(books.scope, entry)

    known = checkpoint.head_of(books.scope) if checkpoint else None
    proof = walk(links(), (head, *([known.mark] if known else [])), None, accepted)
    if not proof.intact:
        return BrokenLog(proof)
    return _pack(environment, books, payment, chosen.entries, hashes, checkpoint)


class _Chosen:
    """Picks what belongs to a payment from its client's log, in order."""

    def __init__(self, payment: Payment) -> None:
        self._payment = payment
        self._standing: dict[str, Entry] = {}
        self._found: dict[int, Entry] = {}

    def look_at(self, entry: Entry) -> None:
        kind = entry.type.partition(".")[0]
        if entry.type in _STANDING:
            self._standing[kind] = entry
        own = entry.payment_id == self._payment.id
        of_bill = entry.payment_id is None and entry.bill_id is not None
        if own or (of_bill and entry.bill_id == self._payment.bill_id):
            self._found[entry.sequence] = entry
        if own and entry.type in _COUNTED_ON:
            for standing in self._standing.values():
                self._found[standing.sequence] = standing

    @property
    def entries(self) -> list[Entry]:
        return [self._found[sequence] for sequence in sorted(self._found)]


def _pack(
    environment: Environment,
    books: Books,
    payment: Payment,
    entries: Sequence[Entry],
    hashes: Sequence[str],
    checkpoint: Checkpoint | None,
) -> dict[str, object]:
    known = checkpoint.head_of(books.scope) if checkpoint else None
    leaves = [entry_leaf(one) for one in hashes]
    whole = Tree(leaves)
    then = Tree(leaves[: known.sequence]) if known else None
    shown = [to_plain({**signed_body(entry), "hash": entry.hash}) for entry in entries]
    source = inspect.getsource(verify_evidence)
    pack: dict[str, object] = {
        "format": verify_evidence.FORMAT,
        "firm": books.scope.firm,
        "client": books.scope.client,
        "payment": payment.id,
        "made_at": instant_text(environment.now()),
        "head": {
            "sequence": len(hashes),
            "hash": hashes[-1],
            "root": whole.root,
            "path": whole.path(len(hashes) - 1),
        },
        "entries": [
            {
                "entry": plain,
                "path": whole.path(entry.sequence - 1),
                "checkpoint_path": then.path(entry.sequence - 1)
                if then and known and entry.sequence <= known.sequence
                else None,
            }
            for entry, plain in zip(entries, shown, strict=True)
        ],
        "checkpoint": _point(books, checkpoint),
        "sections": verify_evidence.sections_of(shown),
        "verifier": {
            "name": "verify_evidence.py",
            "sha256": hashlib.sha256(source.encode()).hexdigest(),
            "source": source,
        },
    }
    plain_pack: dict[str, object] = to_plain(pack)
    text = verify_evidence.canonical(plain_pack)
    return {**plain_pack, "seal": hashlib.sha256(text.encode()).hexdigest()}


def _point(books: Books, checkpoint: Checkpoint | None) -> dict[str, object] | None:
    """A checkpoint as far as it concerns this client."""
    known = checkpoint.head_of(books.scope) if checkpoint else None
    if checkpoint is None or known is None or known.sequence == 0:
        return None
    place = checkpoint.places[books.scope]
    return {
        "statement": to_plain(checkpoint.statement),
        "hash": checkpoint.statement.hash,
        "head": to_plain(known),
        "place": place,
        "path": list(checkpoint.tree.path(place)),
    }
