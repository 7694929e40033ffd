"""The journal file by itself: torn lines, damage, snapshots."""

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.engine.journal import Contents, Journal, JournalDamaged, encode

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/things"


def write(path: Path, *lines: dict[str, object]) -> None:
    path.write_bytes(b"".join(map(encode, lines)))


def put(key: str, version: int) -> dict[str, object]:
    return {"op": "PutItem", "changes": [[TABLE, key, "", {"v": {"N": str(version)}}]]}


def remove(key: str) -> dict[str, object]:
    return {"op": "DeleteItem", "changes": [[TABLE, key, "", None]]}


def values(contents: Contents) -> dict[str, str]:
    return {key: item["v"]["N"] for (_, key, _), item in contents.items.items()}


def test_last_write_of_each_item_counts(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write(path, put("a", 1), put("b", 1), put("a", 2), remove("b"))
    contents = Journal(path).read()
    assert values(contents) == {"a": "2"}


@pytest.mark.parametrize("cut_bytes", [1, 2, 20])
def test_a_torn_last_line_is_cut_off(tmp_path: Path, cut_bytes: int) -> None:
    path = tmp_path / "journal"
    write(path, put("a", 1), put("b", 1))
    path.write_bytes(path.read_bytes()[:-cut_bytes])
    journal = Journal(path)
    assert values(journal.read()) == {"a": "1"}
    journal.open()
    journal.append(put("c", 1))
    assert values(Journal(path).read()) == {"a": "1", "c": "1"}


def test_damage_before_the_last_line_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(encode(put("a", 1)) + b'{"op": "Pu\n' + encode(put("b", 1)))
    with pytest.raises(JournalDamaged, match="line 2"):
        Journal(path).read()


def test_a_deleted_table_takes_its_items_along(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write(path, put("a", 1), {"op": "DeleteTable", "table": TABLE}, put("b", 1))
    assert values(Journal(path).read()) == {"b": "1"}


def test_an_empty_start_has_nothing(tmp_path: Path) -> None:
    assert Journal(tmp_path / "journal").read() == Contents()


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.open()
    journal.append(put("a", 1))
    real_write, calls = os.write, []

    def write_a_little(descriptor: int, data: bytes) -> int:
        calls.append(data)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "no space left")
        return real_write(descriptor, data[:5])

    monkeypatch.setattr(os, "write", write_a_little)
    with pytest.raises(OSError, match="no space left"):
        journal.append(put("b", 1))
    monkeypatch.undo()
    journal.append(put("c", 1))
    assert values(Journal(path).read()) == {"a": "1", "c": "1"}


changes = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 9))), max_size=200
)


@given(changes)
def test_a_snapshot_adds_up_to_the_same(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int | None]]
) -> None:
    path = tmp_path_factory.mktemp("snapshot") / "journal"
    write(path, *(remove(key) if number is None else put(key, number) for key, number in history))
    journal = Journal(path)
    before = journal.read()
    before.tokens.append({"value": "t", "at": 1.0})
    journal.compact(before)
    assert Journal(path).read() == before
    assert not path.with_suffix(".new").exists()


def test_events_follow_from_changes_and_unchanged_items_make_none(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write(path, put("a", 1), put("a", 1), put("a", 2), {**put("b", 1), "op": "Expiry"}, remove("a"))
    one, two = {"v": {"N": "1"}}, {"v": {"N": "2"}}
    events = Journal(path).read().events[TABLE]
    assert events == [("INSERT", None, one), ("MODIFY", one, two), ("REMOVE", two, None)]


def test_only_what_some_consumer_has_not_seen_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    seen = [
        {"op": "Delivered", "consumer": consumer, "position": position}
        for consumer, position in (("fast", 1), ("slow", 2), ("fast", 4), ("gone", 0))
    ]
    write(path, *(put(key, 1) for key in "abcde"), *seen)
    contents = Journal(path).read()
    contents.keep_pending({"fast": TABLE, "slow": TABLE})
    assert len(contents.events[TABLE]) == 3
    assert contents.delivered == {"fast": 2, "slow": 0}
    Journal(path).compact(contents)
    again = Journal(path).read()
    again.keep_pending({"fast": TABLE, "slow": TABLE})
    assert again == contents
    again.keep_pending({})
    assert again.events == {}


def test_clearing_forgets_everything_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.open()
    journal.append(put("a", 1))
    journal.clear()
    journal.append(put("b", 1))
    assert [json.loads(line)["changes"][0][1] for line in path.read_text().splitlines()] == ["b"]
