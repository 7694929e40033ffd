"""Check an evidence pack of RowCol offline, with Python 3.11 and nothing else.

    python verify_evidence.py pack.json|pack.html [checkpoint.json]

Prints what the pack proves, or what is broken, and exits with 0 or 1. Every entry is hashed again
and led to the root of the client's log and, where one covers it, to a daily checkpoint. All that a
person reads in a pack is derived from the entries once more and compared. The checkpoint is one
that you were given by another way than the pack: only it shows that the pack's was not made up.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

FORMAT = "rowcol-evidence-1"
OPEN, CLOSE = '<script type="application/json" id="pack">', "</script>"
DIGITS = {**dict.fromkeys(("JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF", "PYG"), 0),
          **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)}  # fmt: skip
# Title, where in an entry's data, and of which types of entries (all, when empty).
TOLD: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Decision", ("bill", "decision"), ""),
    ("Override", ("bill", "override"), ""),
    ("Limits that were agreed", ("limits",), "limits."),
    ("What limits count of it", ("payment", "counted"), ""),
    ("Balance", ("balance",), "balance."),
    ("Cash protection at release", ("numbers",), "guardrail."),
    ("Route", ("payment", "route"), ""),
    ("What the rail said", ("payment", "rail"), ""),
    ("What the ledger said", ("payment", "ledger"), ""),
    ("What the bank said", ("payment", "cash"), ""),
    ("Verdicts", ("payment", "verdict"), ""),
    ("Control journal", ("entries",), ""),
    ("Evidence that people showed", ("payment", "evidence"), ""),
)
STYLE = (
    "body{font:14px sans-serif;max-width:60em;margin:2em auto}td,th{border-bottom:1px solid #ccc;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}tr{break-inside:avoid}"
)


def canonical(value: Any) -> str:
    """The text that hashes cover."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def sha256(content: bytes) -> str:
    """As hex."""
    return hashlib.sha256(content).hexdigest()


def digest(value: dict[str, Any], but: str = "") -> str:
    """The hash of a value without one of its members."""
    return sha256(canonical({key: value[key] for key in value if key != but}).encode())


def root_by(leaf: bytes, index: int, size: int, path: list[str]) -> str | None:
    """The root of a tree of `size` leaves that a path leads to (RFC 6962, section 2.1)."""
    found, last, rest = sha256(b"\0" + leaf), size - 1, list(path)
    if not 0 <= index < size:
        return None
    while last:
        if index % 2 or index < last:
            if not rest:
                return None
            pair = (rest.pop(0), found) if index % 2 else (found, rest.pop(0))
            found = sha256(b"\1" + bytes.fromhex(pair[0]) + bytes.fromhex(pair[1]))
        index, last = index // 2, last // 2
    return None if rest else found


def problems(pack: dict[str, Any], trusted: dict[str, Any] | None = None) -> list[str]:
    """What is broken in a pack; empty when it is whole. `trusted`: a checkpoint from elsewhere."""
    try:
        return list(_problems(pack, trusted))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        return [f"the pack is not complete: {type(problem).__name__} {problem}"]


def _problems(pack: dict[str, Any], trusted: dict[str, Any] | None) -> Iterator[str]:
    if pack["format"] != FORMAT:
        yield f"another format: {pack['format']}"
    if pack["seal"] != digest(pack, "seal"):
        yield "the pack was changed after it was made: its seal does not match"
    before: dict[str, Any] = {"sequence": 0, "hash": "0" * 64}
    for proved in pack["entries"]:
        yield from _entry_problems(pack, proved, before)
        before = proved["entry"]
    head = pack["head"]
    size, last = head["sequence"], bytes.fromhex(head["hash"])
    if root_by(last, size - 1, size, head["path"]) != head["root"]:
        yield "the head is not the last entry of its own log"
    if not any(one["entry"]["payment_id"] == pack["payment"] for one in pack["entries"]):
        yield f"no entry is of payment {pack['payment']}"
    if pack["sections"] != sections_of([one["entry"] for one in pack["entries"]]):
        yield "the readable part does not say what the entries say"
    if pack["checkpoint"] is not None:
        yield from _checkpoint_problems(pack, pack["checkpoint"])
    if trusted:
        yield from _trust_problems(pack["checkpoint"], trusted)


def _entry_problems(
    pack: dict[str, Any], proved: dict[str, Any], before: dict[str, Any]
) -> Iterator[str]:
    entry, head, point = proved["entry"], pack["head"], pack["checkpoint"]
    sequence, leaf = entry["sequence"], bytes.fromhex(entry["hash"])
    if digest(entry, "hash") != entry["hash"]:
        yield f"entry {sequence}: content does not match its hash"
    if (entry["firm"], entry["client"]) != (pack["firm"], pack["client"]):
        yield f"entry {sequence}: of another client"
    if root_by(leaf, sequence - 1, head["sequence"], proved["path"]) != head["root"]:
        yield f"entry {sequence}: not in the log that ends at {head['sequence']}"
    if point is not None and sequence <= point["head"]["sequence"]:
        tree, path = point["head"], proved["checkpoint_path"]
        if root_by(leaf, sequence - 1, tree["sequence"], path) != tree["root"]:
            yield f"entry {sequence}: not in the log as the checkpoint knew it"
    if before["sequence"] >= sequence:
        yield f"entry {sequence}: not in order"
    if before["sequence"] + 1 == sequence and entry["previous"] != before["hash"]:
        yield f"entry {sequence}: does not continue the entry before it"


def _checkpoint_problems(pack: dict[str, Any], point: dict[str, Any]) -> Iterator[str]:
    head, statement = point["head"], point["statement"]
    if (head["firm"], head["client"]) != (pack["firm"], pack["client"]):
        yield "the checkpoint's head is of another client"
    leaf = canonical(head).encode()
    if root_by(leaf, point["place"], statement["count"], point["path"]) != statement["root"]:
        yield "the checkpoint does not hold this head"
    if digest(statement) != point["hash"]:
        yield "the checkpoint's statement does not match its hash"


def _trust_problems(point: dict[str, Any] | None, trusted: dict[str, Any]) -> Iterator[str]:
    if trusted["hash"] != digest(trusted["statement"]):
        yield "the checkpoint that you gave does not match its own hash"
    elif point is None or point["hash"] != trusted["hash"]:
        yield f"the pack does not rest on the checkpoint that you gave, {trusted['hash']}"


def sections_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people read, derived from nothing but the entries."""
    rows = [_row(entry, entry["at"], _who(entry)) for entry in entries]
    sections: list[dict[str, Any]] = [{"title": "What happened, and by whom", "rows": rows}]
    for title, path, kind in TOLD:
        rows, before = [], None
        for entry in entries:
            value = at(entry["data"], path) if entry["type"].startswith(kind) else None
            if value in (None, [], {}, before):
                continue
            rows += [_row(entry, label, text) for label, text in leaves(value)]
            if kind == "balance.":
                rows += _ages(entry, value, entries)
            before = value
        if rows:
            sections.append({"title": title, "rows": rows})
    return sections


def _row(entry: dict[str, Any], label: str, value: str) -> dict[str, Any]:
    return {"position": entry["sequence"], "label": label, "value": value}


def _who(entry: dict[str, Any]) -> str:
    actor = entry["actor"]
    factor = actor.get("authenticated_at")
    shown = f", second factor shown {factor}" if factor else ""
    return f"{entry['type']} - {actor['kind']} {actor['id']}{shown}"


def _ages(
    entry: dict[str, Any], balance: Any, entries: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """How old a balance was when it was counted on, until the next one came."""
    if not isinstance(balance, dict) or "observed_at" not in balance:
        return []
    rows = []
    for later in entries:
        if later["sequence"] > entry["sequence"] and later["type"].startswith("balance."):
            break
        used = later["type"] in ("payment.created", "guardrail.passed")
        if used and later["sequence"] > entry["sequence"]:
            seen = datetime.fromisoformat(balance["observed_at"])
            age = int((datetime.fromisoformat(later["at"]) - seen).total_seconds())
            rows.append(_row(later, "age when used", f"{age} seconds"))
    return rows


def at(data: Any, path: tuple[str, ...]) -> Any:
    """What is there, None for nothing."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def leaves(value: Any, label: str = "") -> Iterator[tuple[str, str]]:
    """Every value that is there with its name, as a person reads it."""
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        yield label, money(value["minor"], value["currency"])
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from leaves(value[key], f"{label}.{key}" if label else key)
    elif isinstance(value, list):
        for place, item in enumerate(value, 1):
            yield from leaves(item, f"{label} {place}".strip())
    elif value is not None:
        yield label, masked(value if isinstance(value, str) else json.dumps(value))


def money(minor: int, currency: str) -> str:
    """An amount in major units."""
    digits = DIGITS.get(currency, 2)
    text = f"{abs(minor):0{digits + 1}d}"
    rest = "." + text[-digits:] if digits else ""
    return f"{'-' if minor < 0 else ''}{int(text[: len(text) - digits]):,}{rest} {currency}"


def masked(text: str) -> str:
    """Without what could be the number of an account or a card: its last four digits are left."""
    return _NUMBER.sub(lambda one: "****" + one[0][-4:], text)


_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.:-])(\d{8,}|\d{4}(?:[ -]\d{4}){2,}|[A-Z]{2}\d{2}[A-Z0-9]{11,30})"
    r"(?![A-Za-z0-9_])"
)


def render(pack: dict[str, Any]) -> str:
    """The pack as a page: nothing is loaded from anywhere, everything is escaped."""
    told = [
        f"Firm {pack['firm']}, client {pack['client']}, made at {pack['made_at']}.",
        f"It rests {_rests_on(pack['checkpoint'])}.",
        "Check it with verify_evidence.py, which is in the JSON pack and on docs/audit.md.",
    ]
    body = "".join(f"<p>{html.escape(text)}</p>" for text in told)
    for section in pack["sections"]:
        rows = "".join(
            f"<tr><td>{row['position']}</td><th>{html.escape(row['label'])}</th>"
            f"<td>{html.escape(row['value'])}</td></tr>"
            for row in section["rows"]
        )
        body += f"<h2>{html.escape(section['title'])}</h2><table>{rows}</table>"
    data = re.sub("[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", canonical(pack))
    title = html.escape(f"Evidence for payment {pack['payment']}")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style>'
        f"</head><body><h1>{title}</h1>{body}{OPEN}{data}{CLOSE}</body></html>\n"
    )


def read(text: str) -> tuple[dict[str, Any], list[str]]:
    """The pack in a file, and what is wrong with the page around it."""
    if not text.lstrip().lower().startswith("<!doctype html"):
        return json.loads(text), []
    pack = json.loads(text.split(OPEN, 1)[1].rsplit(CLOSE, 1)[0])
    wrong = [] if render(pack) == text else ["the page does not say what the pack in it says"]
    return pack, wrong


def main(arguments: list[str]) -> int:
    """Check one file; the exit status."""
    try:
        pack, found = read(Path(arguments[0]).read_text(encoding="utf-8"))
        trusted = json.loads(Path(arguments[1]).read_text("utf-8")) if arguments[1:] else None
        told = [f"BROKEN: {one}" for one in (*found, *problems(pack, trusted))] or _told(pack)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as problem:
        told = [f"BROKEN: not an evidence pack: {type(problem).__name__} {problem}"]
    sys.stdout.write("\n".join(told) + "\n")
    return int(told[0].startswith("BROKEN"))


def _told(pack: dict[str, Any]) -> list[str]:
    """What a whole pack proves."""
    return [
        f"whole: payment {pack['payment']} of {pack['client']}, {len(pack['entries'])} entries",
        f"in the log that ends at entry {pack['head']['sequence']}, {pack['head']['hash']}",
        _rests_on(pack["checkpoint"]),
    ]


def _rests_on(point: dict[str, Any] | None) -> str:
    if not point:
        return "on no checkpoint yet: ask again after the next day's"
    day, last = point["statement"]["day"], point["head"]["sequence"]
    return f"on the checkpoint of {day}, {point['hash']}, for entries up to {last}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
