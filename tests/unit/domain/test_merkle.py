from __future__ import annotations

import pytest

from rowcol.domain.merkle import EMPTY, Paths, Peaks, Tree, leaf, node, root_by

LEAVES = [leaf(bytes((number,))) for number in range(70)]


def by_definition(leaves: list[str]) -> str:
    """RFC 6962, section 2.1, to the letter."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(71))
def test_a_tree_and_one_that_grew_are_what_the_rfc_says(size: int) -> None:
    grown = Peaks()
    for one in LEAVES[:size]:
        grown = Peaks(grown.size, grown.peaks)  # as it is stored between two days
        grown.add(one)
    assert grown.root == Tree(LEAVES[:size]).root == by_definition(LEAVES[:size])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33, 70])
def test_every_member_is_proved_and_nothing_else_is(size: int) -> None:
    tree = Tree(LEAVES[:size])
    for index in range(size):
        path = tree.path(index)
        assert root_by(LEAVES[index], index, size, path) == tree.root
        assert root_by(LEAVES[index], index, size, (*path, LEAVES[0])) is None
        for other in range(size + 1):
            if other != index:
                assert root_by(LEAVES[index], other, size, path) != tree.root
        for place in range(len(path)):
            changed = [*path]
            changed[place] = leaf(b"else")
            assert root_by(LEAVES[index], index, size, changed) != tree.root
        if path:
            assert root_by(LEAVES[index], index, size, path[:-1]) is None


@pytest.mark.parametrize("every", [1, 3, 8])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33, 64, 70])
def test_paths_kept_while_it_grows_are_those_of_the_whole_tree(size: int, every: int) -> None:
    grown, before = Paths(), []
    for at, one in enumerate(LEAVES[:size]):
        grown.add(one, keep=at % every == 0)
        before.append(Peaks(grown.size, grown.peaks))
    assert grown.root == Tree(LEAVES[:size]).root
    for then in before:
        tree = Tree(LEAVES[: then.size])
        for index in range(0, then.size, every):
            assert grown.path(index, then) == tree.path(index)
    assert [grown.path(index) for index in range(0, size, every)] == [
        Tree(LEAVES[:size]).path(index) for index in range(0, size, every)
    ]
    grown.forget(0)
    grown.forget(0)
    with pytest.raises(KeyError):
        grown.path(0)


def test_peaks_of_another_size_are_a_defect() -> None:
    with pytest.raises(ValueError, match="2 peaks"):
        Peaks(4, LEAVES[:2])
    with pytest.raises(IndexError):
        Tree(LEAVES[:2]).path(2)
