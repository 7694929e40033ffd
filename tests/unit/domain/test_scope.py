from __future__ import annotations

import pytest

from rowcol.domain.directory import tenant_key
from rowcol.domain.scope import Member, Role, Scope, ScopeError, key_of, valid_id


@pytest.mark.parametrize("text", ["a", "A-9_z", "x" * 64, "--"])
def test_ids_of_keys_and_urls(text: str) -> None:
    assert valid_id(text)
    assert Scope("firm", text).client == text


@pytest.mark.parametrize("text", ["", "x" * 65, "a/b", "a#b", "a b", "é", "a\n", "\u0661"])
def test_what_could_break_out_of_a_key_is_no_id(text: str) -> None:
    assert not valid_id(text)
    with pytest.raises(ScopeError):
        Scope(text)
    with pytest.raises(ScopeError):
        Scope("firm", text)


def test_the_firm_as_a_whole_is_no_id_from_outside() -> None:
    assert Scope("firm").client == "-"
    assert not valid_id("-")


def test_long_tenant_ids_of_two_clients_never_meet() -> None:
    long = "t" * 80
    assert tenant_key("plaid", "item-1") == "plaid-item-1"
    keys = {tenant_key("plaid", long + "a"), tenant_key("plaid", long + "b")}
    assert len(keys) == 2
    assert all(valid_id(key) for key in keys)


@pytest.mark.parametrize("prefix", ["", "bank"])
@pytest.mark.parametrize("rail_id", ["", "a+b/c=", "\ud800", "x" * 500, "-"])
def test_any_id_of_a_rail_makes_a_key(prefix: str, rail_id: str) -> None:
    assert valid_id(key_of(prefix, rail_id))


def test_rights_are_for_a_client_or_for_all_and_end_with_the_membership() -> None:
    roles: dict[str, tuple[Role, ...]] = {"*": (Role.VIEWER,), "bluebird": (Role.RELEASER,)}
    member = Member("anna", 1, roles)
    assert member.roles_for("bluebird") == {Role.VIEWER, Role.RELEASER}
    assert member.roles_for("kestrel") == {Role.VIEWER}
    assert Member("anna", 2, roles, active=False).roles_for("bluebird") == frozenset()
