"""Walks the pages of a list of Ramp's (ramp contract, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

from rowcol.rails.http import Answer
from rowcol.service.ports import RailProtocolError

RAIL = "ramp"
PAGE_SIZE = 100
PAGES_MAX = 1000


class Linked(Protocol):
    """Where the next page is: a complete URL, or None at the end."""

    @property
    def next(self) -> str | None:
        """The URL."""
        ...


class Paged(Protocol):
    """A page that links to the next one."""

    @property
    def page(self) -> Linked:
        """The link."""
        ...


P = TypeVar("P", bound=Paged)


def walk(
    fetch: Callable[[Mapping[str, str]], tuple[Answer, P]],
    base_url: str,
    path: str,
    query: Mapping[str, str],
) -> Iterator[tuple[Answer, P]]:
    """Every page of a list in Ramp's order. Raises RailProtocolError for pages without an end."""
    asked: dict[str, str] = {**query, "page_size": str(PAGE_SIZE)}
    seen: set[str] = set()
    for _ in range(PAGES_MAX):
        answer, page = fetch(asked)
        yield answer, page
        following = page.page.next
        if following is None:
            return
        if following in seen:
            raise RailProtocolError(RAIL, "paging goes in a circle")
        seen.add(following)
        asked = next_query(following, base_url, path)
    raise RailProtocolError(RAIL, f"more than {PAGES_MAX} pages")


def next_query(url: str, base_url: str, path: str) -> dict[str, str]:
    """The query of `page.next`, which must stay on this host and path: it is a URL from outside."""
    base, parts = urlsplit(base_url), urlsplit(url)
    same = (parts.scheme, parts.netloc, parts.path) == (
        base.scheme,
        base.netloc,
        f"{base.path}{path}",
    )
    if not same:
        raise RailProtocolError(RAIL, "page.next leaves the rail")
    return dict(parse_qsl(parts.query, keep_blank_values=True))
