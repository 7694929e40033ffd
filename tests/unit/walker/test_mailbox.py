"""The local stack's mailbox: a message is a file, its page another, whatever the address says."""

from __future__ import annotations

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

from local.engine.mail import Mailbox


def mime(text: str, page: str | None) -> str:
    """A message as the emulator builds it."""
    if page is None:
        return MIMEText(text, "plain", "utf-8").as_string()
    message = MIMEMultipart("alternative")
    message.attach(MIMEText(text, "plain", "utf-8"))
    message.attach(MIMEText(page, "html", "utf-8"))
    return message.as_string()


def test_messages_are_numbered_and_their_pages_lie_beside_them(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "mail")
    box.keep("digest@rowcol.example", ["ann@maple.example"], mime("text", "<p>▁▂▃ naïve</p>"))
    box.keep("digest@rowcol.example", ["ben@maple.example"], mime("only text", None))
    # Another start goes on where this one ended.
    Mailbox(tmp_path / "mail").keep("x@y.example", ["c@d.example"], mime("third", None))
    assert sorted(file.name for file in (tmp_path / "mail").iterdir()) == [
        "0001-ann@maple.example.eml",
        "0001-ann@maple.example.html",
        "0002-ben@maple.example.eml",
        "0003-c@d.example.eml",
    ]
    page = (tmp_path / "mail" / "0001-ann@maple.example.html").read_text(encoding="utf-8")
    assert page.strip() == "<p>▁▂▃ naïve</p>"


def test_an_address_leads_to_no_other_folder(tmp_path: Path) -> None:
    Mailbox(tmp_path / "mail").keep("a@b.example", ["../../up/x@y.example"], mime("text", None))
    [file] = tmp_path.rglob("*.eml")
    assert file.parent == tmp_path / "mail"
