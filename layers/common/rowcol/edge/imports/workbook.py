"""What is inside a workbook's zip, read within limits: nothing is extracted or expanded blindly.

A zip can say anything of itself. Sizes are looked at before a member is opened, and `zipfile` never
gives out more than the size that was looked at. XML with a document type is refused, so no entity
is ever defined.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from xml.parsers import expat

from rowcol.edge.imports.rows import RECORDS, Limits, UnreadableFile

MEMBERS_MAX = 500
RATIO_MAX = 200
# Below this size a high ratio is only a tidy file.
RATIO_FROM_BYTES = 1_000_000
_BLOCK_BYTES = 65_536
_ENCRYPTED = 0x1
_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
# What `zipfile` lets through besides its own when a zip is broken; NotImplementedError is one of
# the RuntimeErrors.
_BROKEN = (EOFError, RuntimeError, zlib.error, struct.error)
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Start = Callable[[str, dict[str, str]], None]


class Finished(Exception):
    """A handler has read what it wanted; the rest of the member is left alone."""


def is_workbook(content: bytes) -> bool:
    """Whether bytes begin as a zip, or as the container of old and of encrypted workbooks."""
    return content.startswith((_ZIP, _OLE))


class Workbook:
    """A workbook's members by name. Raises UnreadableFile."""

    def __init__(self, content: bytes, limits: Limits = RECORDS) -> None:
        if content.startswith(_OLE):
            raise UnreadableFile(
                "encrypted_or_legacy", "it is encrypted, or an old .xls; save it as .xlsx"
            )
        try:
            self._zip = zipfile.ZipFile(BytesIO(content))
            members = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, *_BROKEN) as error:
            raise UnreadableFile("not_a_workbook", f"it is no .xlsx: {error}") from None
        self._members = {member.filename: member for member in members}
        _check(members, limits)

    @property
    def strange_names(self) -> tuple[str, ...]:
        """Members whose names lead out of a folder; they are never read."""
        return tuple(name for name in self._members if _leads_out(name))

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._members

    def parse(
        self,
        name: str,
        start: Start,
        end: Callable[[str], None] = lambda _name: None,
        text: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Read a member as XML; names come without their namespace. Raises UnreadableFile."""
        if name not in self._members:
            raise UnreadableFile("not_a_workbook", f"it has no {name}")
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda tag, attributes: start(
            _local(tag), {_local(key): value for key, value in attributes.items()}
        )
        parser.EndElementHandler = lambda tag: end(_local(tag))
        parser.CharacterDataHandler = text
        try:
            with self._zip.open(self._members[name]) as member:
                while block := member.read(_BLOCK_BYTES):
                    parser.Parse(block, False)
                parser.Parse(b"", True)
        except Finished:
            return
        except (expat.ExpatError, zipfile.BadZipFile, ValueError, OSError, *_BROKEN) as error:
            raise UnreadableFile("damaged", f"{name}: {str(error)[:120]}") from None


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def _check(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    sizes = [member.file_size for member in members]
    if len(members) > MEMBERS_MAX:
        raise UnreadableFile("too_large_inside", f"it has more than {MEMBERS_MAX} members")
    if sum(sizes) > limits.bytes or max(sizes, default=0) > limits.member_bytes:
        raise UnreadableFile("too_large_inside", "it is too large when it is unpacked")
    for member in members:
        packed = max(1, member.compress_size)
        if member.file_size > RATIO_FROM_BYTES and member.file_size > RATIO_MAX * packed:
            raise UnreadableFile("too_large_inside", f"{member.filename[:60]} unpacks too far")
        if member.compress_type not in _PACKED:
            raise UnreadableFile("damaged", f"{member.filename[:60]} is packed in an unknown way")
        if member.flag_bits & _ENCRYPTED:
            raise UnreadableFile("encrypted_or_legacy", "it is encrypted")


def _refuse(*_: object) -> None:
    raise UnreadableFile("document_type", "a workbook's XML has no document type")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
