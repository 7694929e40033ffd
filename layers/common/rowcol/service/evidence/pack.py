"""The evidence of one payment, for people who do not have RowCol: what the log says, and its proof.

It holds the entries of the payment as they were sealed, those of its bill, and the limits and the
balance that stood when it was decided. Each is proved to be in the log by a path of a hash tree, so
that nothing of any other payment is shown.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rowcol.domain.chain import ChainProof, Link, Mark, link_of, walk
from rowcol.domain.checkpoint import Checkpoint, entry_leaf
from rowcol.domain.log import Entry, signed_body
from rowcol.domain.merkle import Paths, Peaks
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
    known = checkpoint.head_of(books.scope) if checkpoint else None
    chosen = _Chosen(payment, head.sequence)

    def accepted(at: Mark) -> bool:
        # Asked after each entry that fits: only such ones are evidence.
        chosen.accept(at)
        if known is not None and at.sequence == known.sequence:
            chosen.then = Peaks(at.sequence, chosen.paths.peaks)
        if at.sequence % ENTRIES_PER_READ == 0 and is_time_up():
            raise TooLong(f"{at.sequence} of {head.sequence} entries")
        return False

    def links() -> Iterator[Link]:
        for entry in entries_from(books, 0, head.sequence):
            chosen.look_at(entry)
            yield link_of(books.scope, entry)

    proof = walk(links(), (head, *([known.mark] if known else [])), None, accepted)
    if not proof.intact:
        return BrokenLog(proof)
    return _pack(environment, books, payment, chosen, head, checkpoint)


class _Chosen:
    """Picks what belongs to a payment from its client's log, in order, and keeps its paths.

    Only these entries, what stands at the moment and a few hashes are in memory, however long the
    log is.
    """

    def __init__(self, payment: Payment, last: int) -> None:
        self.paths = Paths()
        # The tree as the checkpoint knew it.
        self.then: Peaks | None = None
        self._payment, self._last = payment, last
        self._standing: dict[str, Entry] = {}
        self._found: dict[int, Entry] = {}
        self._keep = False

    def look_at(self, entry: Entry) -> None:
        """Whether it is of interest; it may still turn out not to fit."""
        kind, own = entry.type.partition(".")[0], entry.payment_id == self._payment.id
        of_bill = entry.payment_id is None and entry.bill_id is not None
        is_found = own or (of_bill and entry.bill_id == self._payment.bill_id)
        if entry.type in _STANDING:
            before = self._standing.pop(kind, None)
            if before is not None and before.sequence not in self._found:
                self.paths.forget(before.sequence - 1)
            self._standing[kind] = entry
        if is_found:
            self._found[entry.sequence] = entry
        if own and entry.type in _COUNTED_ON:
            self._found |= {one.sequence: one for one in self._standing.values()}
        self._keep = is_found or entry.type in _STANDING

    def accept(self, at: Mark) -> None:
        """The entry that was looked at last fits."""
        self.paths.add(entry_leaf(at.hash), keep=self._keep or at.sequence == self._last)

    @property
    def entries(self) -> list[Entry]:
        """All that is evidence, in the order of the log."""
        return [self._found[sequence] for sequence in sorted(self._found)]


def _pack(
    environment: Environment,
    books: Books,
    payment: Payment,
    chosen: _Chosen,
    head: Mark,
    checkpoint: Checkpoint | None,
) -> dict[str, object]:
    entries, paths, then = chosen.entries, chosen.paths, chosen.then
    shown = [to_plain({**signed_body(entry), "hash": entry.hash}) for entry in entries]
    source = inspect.getsource(verify_evidence)
    pack: dict[str, object] = {
        "format": verify_evidence.FORMAT,
        "firm": books.scope.firm,
        "client": books.scope.client,
        "payment": payment.id,
        "made_at": instant_text(environment.now()),
        "head": {
            "sequence": head.sequence,
            "hash": head.hash,
            "root": paths.root,
            "path": paths.path(head.sequence - 1),
        },
        "entries": [
            {
                "entry": plain,
                "path": paths.path(entry.sequence - 1),
                "checkpoint_path": paths.path(entry.sequence - 1, then)
                if then is not None and entry.sequence <= then.size
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
