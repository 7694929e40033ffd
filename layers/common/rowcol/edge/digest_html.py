"""A digest's page as HTML for mail programs: tables and inline styles, nothing loaded, no script.

Mail programs drop SVG and most style sheets, so a sparkline is a row of cells whose lower borders
are the values, and all colours are inline. The one style sheet is for programs that know dark mode;
where it is dropped the light colours hold. Everything that came from outside is escaped; a link is
one of ours or none.
"""

from __future__ import annotations

from html import escape

from rowcol.domain.tray import Severity
from rowcol.edge.digest_page import Line, Page, Section

SPARK_PIXELS = 24
_INK, _FAINT, _ALERT, _BAR = "#1b1f24", "#57606a", "#b42318", "#0969da"
_FONT = "font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif"
_DARK = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media(prefers-color-scheme:dark){"
    ".p,.p body{background:#16191d!important;color:#e6e8eb!important}"
    ".p a,.p .t,.p h2{color:#e6e8eb!important}.p .f{color:#a5adb6!important}"
    ".p .h,.p .h a{color:#ff9088!important}}"
)


def html_of(page: Page) -> str:
    """The whole document."""
    body = "".join(_section(section) for section in page.sections)
    foot = _linked(page.foot, _FAINT)
    return (
        '<!doctype html><html lang="en" class="p"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(page.subject)}</title><style>{_DARK}</style></head>"
        f'<body style="margin:0;padding:24px;background:#ffffff;color:{_INK};{_FONT}">'
        '<table role="presentation" width="100%" cellspacing="0" cellpadding="0"><tr><td>'
        '<div style="max-width:680px;margin:0 auto"><p style="font-size:18px;margin:0 0 16px">'
        f"{escape(page.lead)}</p>{body}"
        f'<p class="f" style="font-size:12px;margin:32px 0 0;color:{_FAINT}">{foot}</p>'
        "</div></td></tr></table></body></html>"
    )


def _section(section: Section) -> str:
    rows = "".join(_row(line) for line in section.lines)
    if not rows:
        rows = f'<tr><td class="f" style="padding:6px 0;color:{_FAINT}">{escape(section.empty)}'
        rows += "</td></tr>"
    return (
        f'<h2 style="font-size:14px;margin:24px 0 4px;border-bottom:1px solid #8c959f;'
        f'padding-bottom:4px">{escape(section.title)}</h2>'
        '<table class="t" role="presentation" width="100%" cellspacing="0" cellpadding="0" '
        f'style="font-size:14px;color:{_INK}">{rows}</table>'
    )


def _row(line: Line) -> str:
    high = line.severity is Severity.HIGH
    colour = _ALERT if high else _INK
    note = (
        f'<div class="f" style="color:{_FAINT}">What helps: {escape(line.note)}</div>'
        if line.note
        else ""
    )
    spark = _spark(line.spark) if line.spark else ""
    shown = f"{_linked(line, colour)}{note}{spark}"
    if not high:
        return f'<tr><td style="padding:5px 0 5px 11px">{shown}</td></tr>'
    style = f"padding:5px 0 5px 8px;border-left:3px solid {_ALERT};color:{_ALERT}"
    return f'<tr><td class="h" style="{style}">{shown}</td></tr>'


def _linked(line: Line, colour: str) -> str:
    words = escape(line.words)
    if line.head:
        words = f"<b>{escape(line.head)}</b> {words}"
    if line.link is None or not line.link.startswith(("https://", "http://")):
        return words
    link, style = escape(line.link, quote=True), f"color:{colour};text-decoration:none"
    return f'<a href="{link}" style="{style}">{words}</a>'


def _spark(values: tuple[int, ...]) -> str:
    low, high = min(*values, 0), max(*values, 1)
    top = high - low
    cells = "".join(
        f'<td style="border-bottom:{max(1, (value - low) * SPARK_PIXELS // top)}px solid'
        f'{f" {_ALERT}" if value < 0 else ""}">'
        for value in values
    )
    said = f"Cash at the end of each of the next {len(values)} days"
    return (
        f'<table role="img" aria-label="{said}" cellspacing="1" cellpadding="0" width="240" '
        f'style="margin-top:4px;font-size:0;color:{_BAR}"><tr valign="bottom">{cells}</tr></table>'
    )
