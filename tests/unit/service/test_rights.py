"""May this actor do X for this client: roles, sets, machines and who answers for them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.memory_store import MemoryStore
from rowcol.domain.permission import (
    NEVER_OF_A_MACHINE,
    ROLE_PERMISSIONS,
    SENSITIVE,
    Permission,
    Role,
    permissions_of,
    roles_with,
)
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.refusal import Code
from rowcol.domain.scope import FIRM_WIDE, Actor, ActorKind, Member, Scope
from rowcol.service.change import transact
from rowcol.service.limits import within_limits
from rowcol.service.payment_commands.asking import now_of
from rowcol.service.payment_story import story_of
from rowcol.service.rights import Rights, rights_of
from tests.support.alone import BOT, SOLO, Alone
from tests.support.domain.builders import NOW, payment, usd
from tests.support.limits import House, limit_set, of_user
from tests.support.payment_desk import PaymentDesk

FIRM = Scope("maple")
CLIENTS = ("bluebird", "cedar", "*")
ROLES = st.dictionaries(
    st.sampled_from(CLIENTS), st.lists(st.sampled_from(Role), max_size=3).map(tuple), max_size=3
)
SETS = st.dictionaries(
    st.sampled_from(CLIENTS),
    st.lists(st.sampled_from(["pst_1", "pst_2", "pst_gone", "pst_never"]), max_size=3).map(tuple),
    max_size=3,
)
HELD = st.lists(st.sampled_from(Permission), max_size=5).map(tuple)


def store_of(*kept: Member | PermissionSet) -> MemoryStore:
    store = MemoryStore(lambda: NOW)
    for one in kept:
        assert store.books(FIRM).save(one)
    return store


def rights(store: MemoryStore, name: str) -> Rights:
    found = rights_of(store, FIRM.firm, name)
    assert found is not None
    return found


def test_the_built_in_roles_grow_by_one_line() -> None:
    line = [ROLE_PERMISSIONS[role] for role in Role]
    assert all(less < more for less, more in itertools.pairwise(line))
    assert line[-1] == set(Permission)
    assert roles_with(Permission.VIEW) == tuple(Role)
    assert roles_with(Permission.PEOPLE) == (Role.FIRM_ADMIN,)
    assert NEVER_OF_A_MACHINE < SENSITIVE
    assert permissions_of(()) == frozenset()


@given(roles=ROLES, sets=SETS, one=HELD, two=HELD, client=st.sampled_from([*CLIENTS[:2], "x"]))
def test_a_person_holds_what_roles_and_sets_hold_together(
    roles: dict[str, tuple[Role, ...]],
    sets: dict[str, tuple[str, ...]],
    one: tuple[Permission, ...],
    two: tuple[Permission, ...],
    client: str,
) -> None:
    gone = PermissionSet("pst_gone", 0, "Gone", tuple(Permission), NOW)
    store = store_of(
        PermissionSet("pst_1", 0, "One", one),
        PermissionSet("pst_2", 0, "Two", two),
        gone,
        Member("anna", 0, roles, sets=sets),
    )
    found = rights(store, "anna")
    named = {*sets.get("*", ()), *sets.get(client, ())}
    expected = {
        *(p for where in ("*", client) for role in roles.get(where, ()) for p in _of(role)),
        *(one if "pst_1" in named else ()),
        *(two if "pst_2" in named else ()),
    }
    assert found.permissions(client) == expected
    checked = {(check.kind, check.id) for check in found.checks(client)}
    assert checked == {
        ("member", "anna"),
        *(("permission_set", name) for name in named & {"pst_1", "pst_2"}),
    }
    assert found.permissions(FIRM_WIDE) <= found.permissions(client)


def _of(role: Role) -> frozenset[Permission]:
    return ROLE_PERMISSIONS[role]


@given(own=ROLES, theirs=ROLES, client=st.sampled_from(CLIENTS[:2]))
def test_a_machine_holds_what_both_hold_and_never_sets_rules(
    own: dict[str, tuple[Role, ...]], theirs: dict[str, tuple[Role, ...]], client: str
) -> None:
    machine = Member("robot", 0, own, True, ActorKind.MACHINE, "anna")
    store = store_of(Member("anna", 0, theirs), machine)
    person, found = rights(store, "anna"), rights(store, "robot")
    held = found.permissions(client)
    assert held <= person.permissions(client)
    assert held == (found.granted(client) & person.permissions(client)) - NEVER_OF_A_MACHINE
    assert {check.id for check in found.checks(client)} == {"anna", "robot"}


@pytest.mark.parametrize(
    "anna",
    [
        None,
        Member("anna", 0, {"*": tuple(Role)}, active=False),
        Member("anna", 0, {"*": tuple(Role)}, True, ActorKind.MACHINE, "robot"),
    ],
    ids=["nobody", "inactive", "machine"],
)
def test_a_machine_of_no_active_person_holds_nothing(anna: Member | None) -> None:
    robot = Member("robot", 0, {"*": tuple(Role)}, True, ActorKind.MACHINE, "anna")
    store = store_of(*((anna,) if anna else ()), robot)
    found = rights(store, "robot")
    assert not found.stands
    assert found.permissions("bluebird") == frozenset()
    refused = found.refusal("bluebird", Permission.VIEW)
    assert refused is not None
    assert refused.code is Code.FORBIDDEN


def test_nobody_of_the_firm_has_no_rights() -> None:
    assert rights_of(store_of(), "maple", "nobody") is None


# ---- the second factor's age, and limits of hands


def test_the_age_of_a_second_factor_counts_from_when_it_was_asked() -> None:
    shown = NOW - timedelta(seconds=90)
    assert Actor(ActorKind.PERSON, "anna").second_factor_age_seconds(NOW) is None
    assert Actor(ActorKind.PERSON, "anna", shown).second_factor_age_seconds(NOW) == 90
    asked = Actor(ActorKind.PERSON, "anna", shown, asked_at=NOW - timedelta(seconds=60))
    assert asked.second_factor_age_seconds(NOW) == 30


def test_what_a_machine_asks_for_is_bounded_by_its_persons_limits_too() -> None:
    house = House()
    house.set(of_user("anna"), limit_set(per_transaction="100"))
    robot = Actor(ActorKind.MACHINE, "robot", None, "anna")
    asked = payment(id="pay_1", version=0, amount=usd("100.01"), created_by="robot")
    scope, surroundings = Scope("maple", "bluebird"), house.environment.surroundings
    refused = transact(
        house.store,
        surroundings,
        scope,
        robot,
        lambda change: within_limits(house.environment, change, asked) or now_of(change, "pay_1"),
    )
    assert getattr(refused, "code", None) is Code.LIMIT_TRANSACTION


def test_a_payments_story_tells_the_age_of_each_second_factor() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.on_its_day(name)
    told = story_of(desk.books.entries_of_payment(name))
    ages = {(one.actor.id, one.second_factor_age_seconds) for one in told}
    assert ("boris", 0) in ages  # the desk's people show it as they ask
    assert ("rowcol", None) in ages


def test_a_machine_and_its_person_share_the_persons_day() -> None:
    """One person counts once: what the robot decided is gone from Anna's limit of the day."""
    firm = Alone((Role.APPROVER,))
    books = firm.store.books(FIRM)
    limits = of_user(SOLO).found(None)
    assert books.save(replace(limits, limits=limit_set(per_day="2000")))
    assert firm.books.save(replace(firm.client(), dual_control_from=None))
    firm.read(bill_id="bill-2", invoice_number="INV-2", payment=None)
    path = {"client": "bluebird"}
    for bill, who, status, code in (
        ("bill-1", BOT, 202, None),
        ("bill-2", SOLO, 422, "limit_daily"),
    ):
        route = "/clients/{client}/bills/{bill}/stage"
        staged = firm.call(who, "POST", route, {}, {**path, "bill": bill})
        assert staged.status == 201
        wish = {"bill_id": bill, **firm.wish(pay_now=False)}
        answer = firm.call(who, "POST", "/clients/{client}/decisions", wish, path)
        assert (answer.status, answer.code) == (status, code), answer.body
    [payment] = firm.payments
    assert (payment.created_by, payment.created_hands) == (BOT, SOLO)
    counted = {name for _, name in firm.store.counters}
    assert {f"user-USD-{payment.pay_on}-{who}" for who in (SOLO, BOT)} <= counted
