"""Links to the rails' own pages, as they are where this stack's rails are.

What is kept and logged names the production sites, whatever rails a stack talks to: a link there is
a fact like any other, and part of what is hashed. Only what people are shown is put into words of
their own environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rowcol.domain.refusal import Refusal


def link_here(link: str, sites: Mapping[str, str]) -> str:
    """A link at the site that stands here for its own. `sites`: ours by the production one."""
    for known, ours in sites.items():
        if link == known or link.startswith(f"{known}/"):
            return ours + link.removeprefix(known)
    return link


def refusal_here(refusal: Refusal, sites: Mapping[str, str]) -> Refusal:
    """A refusal with its link here."""
    if refusal.link is None or not sites:
        return refusal
    return replace(refusal, link=link_here(refusal.link, sites))


def shown_here(plain: object, sites: Mapping[str, str]) -> object:
    """A plain answer with each `link` in it here; what carries its hash stays as it was hashed."""
    if not sites:
        return plain
    if isinstance(plain, list):
        return [shown_here(one, sites) for one in plain]
    if not isinstance(plain, dict) or "hash" in plain:
        return plain
    return {
        name: link_here(value, sites)
        if name == "link" and isinstance(value, str)
        else shown_here(value, sites)
        for name, value in plain.items()
    }
