"""Keep Ramp's drafts as they are shown: not bills yet, and in no other list."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.draft import Draft
from rowcol.domain.facts import RailDraft
from rowcol.domain.scope import Scope, key_of
from rowcol.service.environment import Environment
from rowcol.service.hygiene.ledger_subjects import settle_draft
from rowcol.service.listing import every_id
from rowcol.service.ports import RailProtocolError
from rowcol.service.store import Books
from rowcol.service.sync.log import Notes


def sync_drafts(environment: Environment, scope: Scope, notes: Notes) -> None:
    """Read the list of drafts, and write those that differ from our copies, field by field.

    An account whose Ramp does not list drafts has none here. Raises RailError otherwise.
    """
    books = environment.store.books(scope)
    try:
        shown = {_key(draft.draft_id): draft for draft in _read(environment, scope)}
    except RailProtocolError as odd:
        notes.detail = f"drafts: {odd.detail}"[:80]
        return
    notes.count("drafts", len(shown))
    listed = every_id(books, Draft, "")
    known = books.get_many(Draft, dict.fromkeys((*shown, *listed)))
    for key, draft in shown.items():
        if _keep(books, key, known.get(key), draft) and key in known:
            settle_draft(environment, scope, replace(known[key], rail=draft, gone=False))
    for key, before in known.items():
        if key not in shown and not before.gone:
            settle_draft(environment, scope, replace(before, gone=True))
            books.save(replace(before, gone=True))


def _read(environment: Environment, scope: Scope) -> list[RailDraft]:
    return list(environment.rails.execution(scope.firm, scope.client).drafts())


def _key(draft_id: str) -> str:
    return key_of("", draft_id)


def _keep(books: Books, key: str, before: Draft | None, draft: RailDraft) -> bool:
    """Whether it differs from our copy."""
    if (
        before is not None
        and not before.gone
        and replace(draft, read=before.rail.read) == before.rail
    ):
        return False
    books.save(Draft(key, before.version if before is not None else 0, draft))
    return True
