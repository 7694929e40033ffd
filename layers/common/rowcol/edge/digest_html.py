"""A digest's page as HTML for mail programs: tables and inline styles, nothing loaded, no script.

Mail programs drop SVG and style sheets, so a sparkline is a row of cells whose heights are the
values. Everything that came from outside is escaped; a link is one of ours or none.
"""

from __future__ import annotations

from html import escape

from rowcol.domain.tray import Severity
from rowcol.edge.digest_page import Line, Page, Section

SPARK_PIXELS = 24
_INK, _FAINT, _ALERT = "#1b1f24", "#57606a", "#b42318"
_FONT = "font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif"


def html_of(page: Page) -> str:
    """The whole document."""
    body = "".join(_section(section) for section in page.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(page.subject)}</title></head>"
        f'<body style="margin:0;padding:24px;background:#ffffff;color:{_INK};{_FONT}">'
        '<table role="presentation" width="100%" cellspacing="0" cellpadding="0"><tr><td>'
        f'<div style="max-width:680px;margin:0 auto"><p style="font-size:18px;margin:0 0 16px">'
        f"{escape(page.lead)}</p>{body}</div></td></tr></table></body></html>"
    )


def _section(section: Section) -> str:
    rows = "".join(_row(line) for line in section.lines)
    if not rows:
        rows = f'<tr><td style="padding:6px 0;color:{_FAINT}">{escape(section.empty)}</td></tr>'
    return (
        f'<h2 style="font-size:14px;margin:24px 0 4px;border-bottom:1px solid #d0d7de;'
        f'padding-bottom:4px">{escape(section.title)}</h2>'
        f'<table width="100%" cellspacing="0" cellpadding="0" style="font-size:14px">{rows}</table>'
    )


def _row(line: Line) -> str:
    colour = _ALERT if line.severity is Severity.HIGH else _INK
    words = escape(line.words)
    if line.link is not None and line.link.startswith(("https://", "http://")):
        link = escape(line.link, quote=True)
        words = f'<a href="{link}" style="color:{colour}">{words}</a>'
    note = f'<div style="color:{_FAINT}">What helps: {escape(line.note)}</div>' if line.note else ""
    spark = _spark(line.spark) if line.spark else ""
    return (
        f'<tr><td style="padding:6px 0;color:{colour};vertical-align:top">{words}{note}{spark}'
        "</td></tr>"
    )


def _spark(values: tuple[int, ...]) -> str:
    low, high = min(*values, 0), max(*values, 1)
    cells = "".join(
        '<td style="vertical-align:bottom;padding:0 1px 0 0"><div style="width:6px;'
        f"height:{max(1, (value - low) * SPARK_PIXELS // (high - low))}px;"
        f'background:{_ALERT if value < 0 else "#0969da"};font-size:0;line-height:0">'
        "&nbsp;</div></td>"
        for value in values
    )
    said = f"Cash at the end of each of the next {len(values)} days"
    return (
        f'<table role="img" aria-label="{said}" cellspacing="0" cellpadding="0" '
        f'style="margin-top:4px;height:{SPARK_PIXELS}px"><tr>{cells}</tr></table>'
    )
