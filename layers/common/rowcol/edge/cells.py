"""Cells of text files that people open in a spreadsheet: none of them becomes a formula."""

from __future__ import annotations

# What a spreadsheet reads as the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain_cell(text: str) -> str:
    """The text, marked as one when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
