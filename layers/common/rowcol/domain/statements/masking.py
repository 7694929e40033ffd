"""Numbers of accounts and cards are never shown in full, nor written to any log."""

from __future__ import annotations

import re

# IBANs, and nine digits or more, blanks and hyphens between them not counted.
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_DIGITS = re.compile(r"\d(?:[ -]?\d){8,}")


def masked(text: str) -> str:
    """The text with the last four characters of each such number, "…5678"."""
    return _DIGITS.sub(_ending, _IBAN.sub(_ending, text))


def _ending(found: re.Match[str]) -> str:
    return f"…{re.sub('[ -]', '', found[0])[-4:]}"
