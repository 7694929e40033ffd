"""What every place of uploaded files must do (port: service/statements/ports.py Files)."""

from __future__ import annotations

import pytest

from rowcol.domain.scope import Scope
from rowcol.service.statements.ports import Files, FileTooLarge

HERE, THERE = Scope("maple", "bluebird"), Scope("maple", "cedar")


class FilesSuite:
    """Subclasses give a fixture `files` of an empty place."""

    def test_what_is_kept_is_read(self, files: Files) -> None:
        files.keep(HERE, "stm_1-ab", b"one")
        assert files.read(HERE, "stm_1-ab", 10) == b"one"
        assert files.has(HERE, "stm_1-ab")

    def test_what_is_not_there_is_nothing(self, files: Files) -> None:
        assert files.read(HERE, "stm_1", 10) is None
        assert not files.has(HERE, "stm_1")

    def test_another_clients_file_is_not_there(self, files: Files) -> None:
        files.keep(HERE, "stm_1", b"one")
        assert files.read(THERE, "stm_1", 10) is None
        files.drop(THERE, "stm_1")
        assert files.has(HERE, "stm_1")

    def test_a_second_one_takes_the_place_of_the_first(self, files: Files) -> None:
        files.keep(HERE, "stm_1", b"one")
        files.keep(HERE, "stm_1", b"two")
        assert files.read(HERE, "stm_1", 10) == b"two"

    def test_dropping_twice_is_dropping_once(self, files: Files) -> None:
        files.keep(HERE, "stm_1", b"one")
        files.drop(HERE, "stm_1")
        files.drop(HERE, "stm_1")
        assert files.read(HERE, "stm_1", 10) is None

    def test_a_file_that_is_too_large_is_not_read(self, files: Files) -> None:
        files.keep(HERE, "stm_1", b"x" * 11)
        with pytest.raises(FileTooLarge):
            files.read(HERE, "stm_1", 10)

    def test_a_link_says_what_may_be_put_and_until_when(self, files: Files) -> None:
        link = files.upload_link(HERE, "stm_1", 11)
        assert link.headers["Content-Length"] == "11"
        assert "stm_1" in link.url
        assert link.expires_at.tzinfo is not None
