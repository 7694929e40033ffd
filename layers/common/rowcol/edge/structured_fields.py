"""Structured field values (RFC 9651), as far as signatures need them: dictionaries.

Stricter than the RFC where it lets a later value win silently: a key or parameter that comes twice
is refused, because two readers might choose differently. No decimals, dates or display strings.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

TEXT_CHARACTERS_MAX = 8_192
MEMBERS_MAX = 32

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_SPACE = re.compile(r"[ \t]*")
_SP = re.compile(r" *")


class Malformed(ValueError):
    """The text is no such field, or more of it than anybody needs."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word without quotes."""

    text: str


Bare = str | int | bool | bytes | Token


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its parameters, in their order."""

    value: Bare
    parameters: dict[str, Bare]

    def __str__(self) -> str:
        """As it is sent."""
        return _bare_text(self.value) + _parameters_text(self.parameters)


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in parentheses, with the list's own parameters."""

    items: tuple[Item, ...]
    parameters: dict[str, Bare]

    def __str__(self) -> str:
        """As it is sent."""
        return f"({' '.join(map(str, self.items))}){_parameters_text(self.parameters)}"


Member = Item | InnerList


def dictionary(text: str) -> dict[str, Member]:
    """A dictionary field. Raises Malformed."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Malformed("too long")
    reader = _Reader(text.strip(" "))
    found: dict[str, Member] = {}
    while not reader.at_end():
        key = reader.take(_KEY)
        if key in found:
            raise Malformed("a key comes twice")
        found[key] = reader.member() if reader.skip("=") else Item(True, reader.parameters())
        if len(found) > MEMBERS_MAX:
            raise Malformed("too many members")
        reader.take(_SPACE)
        if reader.at_end():
            return found
        reader.need(",")
        reader.take(_SPACE)
        if reader.at_end():
            raise Malformed("ends with a comma")
    return found


class _Reader:
    """A text and how far it was read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def at_end(self) -> bool:
        return self._place == len(self._text)

    def skip(self, character: str) -> bool:
        found = self._text.startswith(character, self._place)
        self._place += found
        return found

    def need(self, character: str) -> None:
        if not self.skip(character):
            raise Malformed(f"no {character!r} at {self._place}")

    def take(self, pattern: re.Pattern[str]) -> str:
        found = self.match(pattern)
        if found is None:
            raise Malformed(f"cannot be read at {self._place}")
        return found[0]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._place)
        if found is not None:
            self._place = found.end()
        return found

    def member(self) -> Member:
        return self.inner_list() if self.skip("(") else Item(self.bare(), self.parameters())

    def inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            self.take(_SP)
            if self.skip(")"):
                return InnerList(tuple(items), self.parameters())
            if items and self._text[self._place - 1] != " ":
                raise Malformed("items of a list touch")
            items.append(Item(self.bare(), self.parameters()))
            if len(items) > MEMBERS_MAX:
                raise Malformed("too many items")

    def parameters(self) -> dict[str, Bare]:
        found: dict[str, Bare] = {}
        while self.skip(";"):
            self.take(_SP)
            key = self.take(_KEY)
            if key in found or len(found) == MEMBERS_MAX:
                raise Malformed("a parameter comes twice, or there are too many")
            found[key] = self.bare() if self.skip("=") else True
        return found

    def bare(self) -> Bare:
        if found := self.match(_STRING):
            return re.sub(r"\\(.)", r"\1", found[1])
        if found := self.match(_BYTES):
            return _decoded(found[1])
        if found := self.match(_BOOLEAN):
            return found[1] == "1"
        if found := self.match(_INTEGER):
            return int(found[0])
        return Token(self.take(_TOKEN))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Malformed("no base64") from None


def _parameters_text(parameters: dict[str, Bare]) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_bare_text(value)}"
        for key, value in parameters.items()
    )


def _bare_text(value: Bare) -> str:
    match value:
        case bool():
            return "?1" if value else "?0"
        case int():
            return str(value)
        case bytes():
            return f":{base64.b64encode(value).decode()}:"
        case Token():
            return value.text
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
