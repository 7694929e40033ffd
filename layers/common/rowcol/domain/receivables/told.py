"""What Stripe's webhooks and files say of one object, and how many words become one state.

Events come in any order, twice, late or never, and the same object stands in several exports. So an
object is the set of what was said of it; its state is worked out from the set and from nothing
else: field by field, the word that knows most. The same words in another order, or again, give the
same state, and an import is undone by taking its words away (decision 0050).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.plain import instant_text
from rowcol.domain.scope import key_of

# Who claims what a webhook told: no import, so nobody can undo it.
EVENTS = "events"
_UNKNOWN = "-"
DISPUTES_OVER = frozenset({"warning_closed", "won", "lost", "prevented"})


class ObjectKind(StrEnum):
    """Objects of Stripe that are kept. An entry is a balance transaction: what moved the balance.

    An invoice is one of Stripe's own, which may name the ledger's.
    """

    ENTRY = "entry"
    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    INVOICE = "invoice"


class Field(StrEnum):
    """What may be said of an object. Amounts are whole minor units, days and instants ISO 8601.

    `charge`, `entry`, `invoice`, `payout`, `source`: ids of other objects. `reference`: the number
    of the ledger's invoice, `reference_by` where it stood. `settled`, `settled_currency`: a
    charge's amount as it reached the balance, with `fee`.
    """

    AMOUNT = "amount"
    ARRIVES_ON = "arrives_on"
    AUTOMATIC = "automatic"
    AVAILABLE_ON = "available_on"
    CATEGORY = "category"
    CHARGE = "charge"
    CREATED_AT = "created_at"
    CURRENCY = "currency"
    CUSTOMER = "customer"
    CUSTOMER_NAME = "customer_name"
    DESCRIPTION = "description"
    DUE_AT = "due_at"
    ENTRY = "entry"
    FAILURE_CODE = "failure_code"
    FEE = "fee"
    GROSS = "gross"
    INVOICE = "invoice"
    LEDGER_CUSTOMER = "ledger_customer"
    PAYOUT = "payout"
    REASON = "reason"
    RECONCILED = "reconciled"
    REFERENCE = "reference"
    REFERENCE_BY = "reference_by"
    REFUNDED = "refunded"
    SETTLED = "settled"
    SETTLED_CURRENCY = "settled_currency"
    SOURCE = "source"
    STATUS = "status"
    TRACE_ID = "trace_id"


@dataclass(frozen=True, slots=True)
class Told:
    """One source's word on one object: fields that it knows, by name.

    `rank`, then `at`, then `key` say which of two words knows more: a later stage of the object's
    life, a later instant at Stripe (never ours), and any fixed order after that.
    """

    kind: ObjectKind
    stripe_id: str
    fields: Mapping[str, str]
    at: datetime
    rank: int = 0
    key: str = ""


def file_key(fields: Mapping[str, str]) -> str:
    """The key of a row of a file: equal rows of two files are one word."""
    return hashlib.sha256(_text(fields).encode()).hexdigest()[:16]


def _text(fields: Mapping[str, str]) -> str:
    """Equal fields give equal text; all of it is text already, so nothing has to be converted."""
    return json.dumps(sorted(fields.items()))


@dataclass(frozen=True, slots=True)
class Word:
    """A kept word; `claims` name the imports that hold it, or EVENTS."""

    fields: Mapping[str, str]
    at: datetime
    rank: int
    key: str
    claims: tuple[str, ...]

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Its place among the words on one object; the last knows most."""
        return (self.rank, instant_text(self.at), self.key, _text(self.fields))

    @property
    def is_event(self) -> bool:
        """Whether a webhook said it, and no file."""
        return self.claims == (EVENTS,)


@dataclass(frozen=True, slots=True)
class StripeObject(NeverDue):
    """The aggregate: all words on one object of Stripe. `id` is made of kind and Stripe's id."""

    id: str
    version: int
    type: ObjectKind
    stripe_id: str
    words: tuple[Word, ...] = ()

    kind = "stripe_object"

    @property
    def told(self) -> dict[str, str]:
        """Each field by the word that knows most of those that know it."""
        found: dict[str, str] = {}
        for word in sorted(self.words, key=lambda one: one.order):
            found |= word.fields
        return found

    @property
    def is_gone(self) -> bool:
        """Whether nobody says anything of it any more: all that did was undone."""
        return not self.words

    @property
    def list_key(self) -> str | None:
        """Sort key within the client: by type, then what belongs together, then in time."""
        if self.is_gone:
            return None
        told = self.told
        named = [told.get(field, _UNKNOWN)[:64] for field in _PLACES[self.type]]
        if self.type is ObjectKind.DISPUTE:
            named.insert(0, "over" if told.get(Field.STATUS) in DISPUTES_OVER else "open")
        return "#".join((self.type.value, *named, self.id))

    def hearing(self, told: Told, claim: str) -> StripeObject:
        """The same with one word more, claimed by an import or by EVENTS."""
        words = [*self.words, Word(told.fields, told.at, told.rank, told.key, (claim,))]
        return replace(self, words=_tidied(words))

    def without(self, claim: str) -> StripeObject:
        """The same without what only this import said."""
        left = (
            replace(word, claims=tuple(one for one in word.claims if one != claim))
            for word in self.words
        )
        return replace(self, words=tuple(word for word in left if word.claims))


# What a list of each type goes by, before the id.
_PLACES: Mapping[ObjectKind, tuple[Field, ...]] = {
    ObjectKind.ENTRY: (Field.PAYOUT, Field.CREATED_AT),
    ObjectKind.CHARGE: (Field.PAYOUT, Field.CREATED_AT),
    ObjectKind.REFUND: (Field.CREATED_AT,),
    ObjectKind.DISPUTE: (Field.DUE_AT,),
    ObjectKind.PAYOUT: (Field.ARRIVES_ON,),
    ObjectKind.INVOICE: (Field.CREATED_AT,),
}


def object_id(kind: ObjectKind, stripe_id: str) -> str:
    """Our id of an object of Stripe."""
    return key_of(kind.value, stripe_id)


def unheard(kind: ObjectKind, stripe_id: str) -> StripeObject:
    """An object that nobody has said anything of yet."""
    return StripeObject(object_id(kind, stripe_id), 0, kind, stripe_id)


def heard(known: StripeObject | None, told: Iterable[Told], claim: str) -> StripeObject:
    """The object after words on it. Raises ValueError for none at all."""
    found = known
    for one in told:
        found = (found or unheard(one.kind, one.stripe_id)).hearing(one, claim)
    if found is None:
        raise ValueError("nothing was told")
    return found


def _tidied(words: Iterable[Word]) -> tuple[Word, ...]:
    """Equal words once with all their claims, and no event that a later one outdoes in every field.

    The state is the same with and without such an event. Words of files stay: the later one may be
    undone.
    """
    once: dict[tuple[int, str, str, str], Word] = {}
    for word in words:
        before = once.get(word.order)
        claims = {*word.claims, *(before.claims if before is not None else ())}
        once[word.order] = replace(word, claims=tuple(sorted(claims)))
    in_order = [once[order] for order in sorted(once)]
    kept = [
        word
        for place, word in enumerate(in_order)
        if not (word.is_event and any(_outdoes(word, later) for later in in_order[place + 1 :]))
    ]
    return tuple(kept)


def _outdoes(word: Word, later: Word) -> bool:
    return EVENTS in later.claims and word.fields.keys() <= later.fields.keys()
