"""Files of exports in memory."""

from __future__ import annotations

from pathlib import Path


class MemoryExportFiles:
    """Port ExportFiles. `kept`: contents by key."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, file: Path, media_type: str, sha256: str) -> None:
        """Store a file."""
        del media_type, sha256
        self.kept[key] = file.read_bytes()

    def link(self, key: str, file_name: str, seconds: int) -> str:
        """Where it would be."""
        return f"https://files.test/{key}?name={file_name}&seconds={seconds}"
