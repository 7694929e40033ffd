"""Uploaded files in memory: the promises of the bucket's adapter, held to the same conformance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from rowcol.domain.scope import Scope
from rowcol.service.statements.ports import FileTooLarge, UploadLink

LINK_LIVES = timedelta(minutes=15)


class MemoryFiles:
    """Port Files. `contents` by firm, client and name; `on_call` is told of every call first."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.contents: dict[tuple[str, str, str], bytes] = {}
        self.on_call: Callable[[str], None] = lambda _call: None
        self._clock = clock

    def keep(self, scope: Scope, name: str, content: bytes) -> None:
        """Store a file."""
        self.on_call("keep")
        self.contents[self._key(scope, name)] = content

    def read(self, scope: Scope, name: str, bytes_max: int) -> bytes | None:
        """A stored file, None when it is not there. Raises FileTooLarge."""
        self.on_call("read")
        content = self.contents.get(self._key(scope, name))
        if content is not None and len(content) > bytes_max:
            raise FileTooLarge(name)
        return content

    def has(self, scope: Scope, name: str) -> bool:
        """Whether it is there."""
        self.on_call("has")
        return self._key(scope, name) in self.contents

    def drop(self, scope: Scope, name: str) -> None:
        """Delete it."""
        self.on_call("drop")
        self.contents.pop(self._key(scope, name), None)

    def upload_link(self, scope: Scope, name: str, size_bytes: int) -> UploadLink:
        """A link that nobody can follow."""
        url = f"memory://{scope.firm}/{scope.client}/{name}"
        headers = {"Content-Length": str(size_bytes)}
        return UploadLink(url, headers, self._clock() + LINK_LIVES)

    @staticmethod
    def _key(scope: Scope, name: str) -> tuple[str, str, str]:
        return scope.firm, scope.client, name
