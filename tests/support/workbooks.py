"""Workbooks made by hand, cell by cell, as the programs in the wild write them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# Styles by position: general, a built-in date, a date of its own, an elapsed time, a colour.
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="dd\\-mmm\\-yyyy"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="166" formatCode="[Red]0.00&quot;day&quot;"/></numFmts>'
    '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>'
)


def text_cell(place: str, text: str) -> str:
    """A text written in its cell."""
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def number_cell(place: str, number: str, style: int = 0) -> str:
    """A number, perhaps a date."""
    return f'<c r="{place}" s="{style}"><v>{number}</v></c>'


def sheet(*rows: str) -> str:
    """A sheet of rows, each the cells of one."""
    inner = "".join(f'<row r="{place}">{cells}</row>' for place, cells in enumerate(rows, 1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'


def texts(*cells: str, line: int) -> str:
    """A row of texts."""
    return "".join(text_cell(f"{chr(65 + place)}{line}", cell) for place, cell in enumerate(cells))


def book(
    *sheets: str,
    states: Sequence[str] = (),
    strings: str | None = None,
    is_1904: bool = False,
    members: Mapping[str, bytes] | None = None,
    target: str = "worksheets/sheet{}.xml",
) -> bytes:
    """A workbook of some sheets; `members` add to its files or replace them."""
    names = range(1, len(sheets) + 1)
    shown = "".join(
        f'<sheet name="S{name}" sheetId="{name}" r:id="rId{name}"'
        + (f' state="{states[name - 1]}"' if states else "")
        + "/>"
        for name in names
    )
    relations = "".join(
        f'<Relationship Id="rId{name}" Target="{target.format(name)}" Type="{OFFICE}/worksheet"/>'
        for name in names
    )
    files = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        f'<workbookPr date1904="{int(is_1904)}"/><sheets>{shown}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{relations}'
        "</Relationships>",
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{name}.xml": sheets[name - 1] for name in names},
    }
    if strings is not None:
        files["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    content = {name: text.encode() for name, text in files.items()} | dict(members or {})
    return packed(content)


def packed(content: Mapping[str, bytes]) -> bytes:
    """Files in a zip."""
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return into.getvalue()
