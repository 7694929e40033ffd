"""Walk a whole list of the store, page by page."""

from __future__ import annotations

from typing import TypeVar

from rowcol.service.store import Aggregate, Books

A = TypeVar("A", bound=Aggregate)
HELD = "held#"
PAGE_IDS = 100


def every_id(books: Books, kind: type[A], prefix: str, page_ids: int = PAGE_IDS) -> list[str]:
    """All ids whose list key starts with `prefix`, in list-key order (eventually consistent)."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = books.ids(kind, prefix=prefix, after=after, limit=page_ids)
        found += page.ids
        after = page.next_key
        if after is None:
            return found
