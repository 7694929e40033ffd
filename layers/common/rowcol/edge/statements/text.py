"""Bytes to text: by a byte order mark, strict UTF-8, or Windows-1252 with a warning; else no."""

from __future__ import annotations

import codecs

from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.edge.statements.common import RejectedFile, Told

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_BLOCK_BYTES = 65_536


def encoding_of(content: bytes, told: Told, declared: str | None = None) -> str:
    """The encoding in which all of it is text, checked piece by piece. Raises RejectedFile.

    `declared` is what the file says of itself: when it is Windows-1252, nothing was guessed.
    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked is not None:
        _check(content, marked)
        return marked
    try:
        _check(content, "utf-8")
    except RejectedFile as refused:
        if refused.code is not ProblemCode.UNDECODABLE_TEXT:
            raise
        _check(content, "cp1252")
        if declared != "1252":
            message = "it is no UTF-8 and was read as Windows-1252"
            told.warn(Problem(ProblemCode.ENCODING_GUESSED, message, refused.line))
        return "cp1252"
    return "utf-8"


def decoded(content: bytes, told: Told, declared: str | None = None) -> str:
    """All of it as text. Raises RejectedFile."""
    return content.decode(encoding_of(content, told, declared))


def _check(content: bytes, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 1
    for start in range(0, len(content), _BLOCK_BYTES):
        block = content[start : start + _BLOCK_BYTES]
        try:
            text = decoder.decode(block, start + _BLOCK_BYTES >= len(content))
        except UnicodeDecodeError as error:
            line = lines + error.object[: error.start].count(b"\n")
            message = f"byte {start + error.start} is not {encoding}"
            raise RejectedFile(ProblemCode.UNDECODABLE_TEXT, message, line) from None
        nul = text.find("\0")
        if nul >= 0:
            line = lines + text.count("\n", 0, nul)
            raise RejectedFile(ProblemCode.NUL_BYTE, "it holds a NUL character", line)
        lines += text.count("\n")
