"""Keep what Stripe's webhooks and files say of its objects: conditional puts beside the log.

Like bank lines, words are what a rail says and not what RowCol decides; each put may be repeated,
in any order, and a crash between two of them loses nothing that a repeat does not bring again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rowcol.domain.receivables.told import StripeObject, Told, heard, object_id, unheard
from rowcol.service.change import TRIES_MAX, Contention
from rowcol.service.store import Books

Revise = Callable[[StripeObject], StripeObject]


@dataclass(frozen=True, slots=True)
class Kept:
    """Objects after a change of their words; `changed` are ids of those that it changed."""

    objects: Mapping[str, StripeObject]
    before: Mapping[str, StripeObject]
    changed: frozenset[str]


def hear(books: Books, told: Iterable[Told], claim: str) -> Kept:
    """Keep words, claimed by an import or by EVENTS. Raises Contention."""
    by_object: dict[str, list[Told]] = {}
    for word in told:
        by_object.setdefault(object_id(word.kind, word.stripe_id), []).append(word)
    fresh = {name: unheard(words[0].kind, words[0].stripe_id) for name, words in by_object.items()}

    def revise(known: StripeObject) -> StripeObject:
        return heard(known, by_object[known.id], claim)

    return _revised(books, by_object, fresh, revise)


def forget(books: Books, names: Iterable[str], claim: str) -> Kept:
    """Take back what only one import says of objects, by our ids. Raises Contention."""
    return _revised(books, names, {}, lambda known: known.without(claim))


def _revised(
    books: Books, names: Iterable[str], fresh: Mapping[str, StripeObject], revise: Revise
) -> Kept:
    objects: dict[str, StripeObject] = {}
    before: dict[str, StripeObject] = {}
    changed: set[str] = set()
    left = list(dict.fromkeys(names))
    for _ in range(TRIES_MAX):
        found = books.get_many(StripeObject, left)
        again: list[str] = []
        for name in left:
            known = found.get(name) or fresh.get(name)
            if known is None:
                continue
            after = revise(known)
            if after.words != known.words:
                if not books.save(after):
                    again.append(name)
                    continue
                changed.add(name)
            before[name], objects[name] = known, after
        left = again
        if not left:
            return Kept(objects, before, frozenset(changed))
    raise Contention(f"{TRIES_MAX} conflicting writers of an object of Stripe's")
