"""The conformance suite runs what it has: a test of one part never hides one of another."""

from __future__ import annotations

from collections import Counter

from tests.conformance.store_suite import StoreSuite


def test_no_two_parts_have_a_test_of_the_same_name() -> None:
    names = Counter(
        name for part in StoreSuite.__mro__ for name in vars(part) if name.startswith("test_")
    )
    assert [name for name, count in names.items() if count > 1] == []
