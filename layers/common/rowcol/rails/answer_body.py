"""The body of an answer, whole and within bounds: what a rail sends is never trusted to end, and a
few compressed bytes never to stay few.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

ANSWER_BYTES_MAX = 8 * 1024 * 1024
# What is asked for and understood; anything else is read as it is, or not at all.
ACCEPT_ENCODING = "gzip"
_PIECE_BYTES = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class BadBody(Exception):
    """Too long, cut short, or packed in a way that was not asked for."""


def in_time(raw: Iterator[bytes], now: Callable[[], datetime], until: datetime) -> Iterator[bytes]:
    """The same while there is time: a body that comes by drops is given up. Raises BadBody."""
    for piece in raw:
        if now() > until:
            raise BadBody("it does not end")
        yield piece


def pieces_of(raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The body unpacked, at most a few pieces ahead of what is taken. Raises BadBody."""
    if encoding in ("", "identity"):
        yield from raw
    elif encoding in ("gzip", "x-gzip"):
        yield from _unpacked(raw)
    else:
        raise BadBody("packed in an unknown way")


def _unpacked(raw: Iterator[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(_GZIP)
    try:
        for packed in raw:
            rest = packed
            while rest and not unpack.eof:
                yield unpack.decompress(rest, _PIECE_BYTES)
                rest = unpack.unconsumed_tail
            if rest or unpack.unused_data:
                raise BadBody("something follows the packed body")
    except zlib.error:
        raise BadBody("not gzip") from None
    if not unpack.eof:
        raise BadBody("the packed body is cut short")


def whole(raw: Iterator[bytes], encoding: str, bytes_max: int = ANSWER_BYTES_MAX) -> bytes:
    """Everything, packed or not. Raises BadBody beyond `bytes_max` on either side."""
    pieces: list[bytes] = []
    size = 0
    for piece in pieces_of(_counted(raw, bytes_max), encoding):
        size += len(piece)
        if size > bytes_max:
            raise BadBody(f"beyond {bytes_max} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _counted(raw: Iterator[bytes], bytes_max: int) -> Iterator[bytes]:
    size = 0
    for piece in raw:
        size += len(piece)
        if size > bytes_max:
            raise BadBody(f"beyond {bytes_max} bytes")
        yield piece
