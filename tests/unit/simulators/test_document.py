"""State survives a kill at any moment: what was committed is there, what was not is gone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from local.simulators.document import Document


def test_a_commit_survives_without_a_close(tmp_path: Path) -> None:
    first = Document(tmp_path)
    first.put("bills", "a", {"amount": Decimal("12.34"), "tags": ["x"]})
    first.commit()
    first.put("bills", "b", {})  # never committed
    first._journal.close()  # type: ignore[union-attr]  # as the kernel does at a kill
    again = Document(tmp_path)
    assert dict(again.rows("bills")) == {"a": {"amount": Decimal("12.34"), "tags": ["x"]}}
    again.close()


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    first = Document(tmp_path)
    first.put("t", "a", 1)
    first.commit()
    first.close()
    second = Document(tmp_path)
    second.put("t", "b", 2)
    second.commit()
    second.close()
    journal = tmp_path / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 2])
    third = Document(tmp_path)
    assert dict(third.rows("t")) == {"a": 1}
    third.put("t", "c", 3)
    third.commit()
    third.close()
    fourth = Document(tmp_path)
    assert dict(fourth.rows("t")) == {"a": 1, "c": 3}
    fourth.close()


def test_get_gives_a_copy_and_rollback_restores() -> None:
    document = Document()
    document.put("t", "a", {"list": [1]})
    document.commit()
    row = document.get("t", "a")
    assert row is not None
    row["list"].append(2)
    assert document.rows("t")["a"] == {"list": [1]}
    document.put("t", "a", row)
    document.delete("t", "a")
    document.put("t", "b", 1)
    document.rollback()
    assert dict(document.rows("t")) == {"a": {"list": [1]}}


def test_deletes_and_counters_are_durable(tmp_path: Path) -> None:
    document = Document(tmp_path)
    assert [document.next_number("n") for _ in range(3)] == [1, 2, 3]
    document.put("t", "a", 1)
    document.commit()
    document.delete("t", "a")
    document.commit()
    document.put_soft("m", "used", 7)
    document.commit()
    document.close()
    again = Document(tmp_path)
    assert again.next_number("n") == 4
    assert dict(again.rows("t")) == {}
    assert again.rows("m")["used"] == 7
    again.close()


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    document = Document(tmp_path)
    with pytest.raises(BlockingIOError):
        Document(tmp_path)
    document.close()
