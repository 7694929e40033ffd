"""Nobody pays alone what two people must agree to, whatever roles they hold and however they ask.

One person, all 64 combinations of roles, with a machine of their own that has every role: staging,
deciding, approving, changing, batches, recurrences, limits, rules, more rights, other hands.
"""

from __future__ import annotations

import itertools

import pytest

from rowcol.domain.scope import Role
from tests.support.alone import BILL, BOT, OTHER, SOLO, Alone
from tests.support.desk import SCOPE

COMBINATIONS = [
    roles for count in range(len(Role) + 1) for roles in itertools.combinations(Role, count)
]
_STAGE = "/clients/{client}/bills/{bill}/stage"
_DECIDE = "/clients/{client}/decisions"


@pytest.mark.parametrize("by_rule", [False, True], ids=["threshold", "rule"])
@pytest.mark.parametrize(
    "roles", COMBINATIONS, ids=lambda roles: "+".join(role.value for role in roles) or "none"
)
def test_nobody_pays_alone(roles: tuple[Role, ...], *, by_rule: bool) -> None:
    firm = Alone(roles, by_rule=by_rule)
    firm.try_everything(seed=COMBINATIONS.index(roles))
    assert firm.untouched()
    # Whoever may decide came as far as one person can, and no further.
    may_decide = bool(set(roles) - {Role.VIEWER, Role.PREPARER})
    assert ("decision.awaiting_second_person" in firm.facts()) is may_decide


@pytest.mark.parametrize("by_rule", [False, True], ids=["threshold", "rule"])
@pytest.mark.parametrize("seed", range(8))
def test_nobody_pays_alone_with_a_set_of_every_permission(seed: int, *, by_rule: bool) -> None:
    firm = Alone((), by_rule=by_rule, everything=True)
    firm.try_everything(seed)
    assert firm.untouched()
    assert "decision.awaiting_second_person" in firm.facts()


@pytest.mark.parametrize("by_rule", [False, True], ids=["threshold", "rule"])
@pytest.mark.parametrize("stager", [SOLO, BOT])
@pytest.mark.parametrize("decider", [SOLO, BOT])
def test_with_another_persons_yes_it_is_paid(stager: str, decider: str, *, by_rule: bool) -> None:
    """The attempts above fail for the right reason: one more person, and money is on its way."""
    firm = Alone((Role.APPROVER,), by_rule=by_rule)
    path = {"client": SCOPE.client}
    assert firm.call(stager, "POST", _STAGE, {}, {**path, "bill": BILL}).status == 201
    body = {"bill_id": BILL, **firm.wish(pay_now=True)}
    assert firm.call(decider, "POST", _DECIDE, body, path).status == 202
    assert firm.payments == []
    approve = f"{_DECIDE}/{{decision}}/approve"
    for alone in (SOLO, BOT):
        refused = firm.call(alone, "POST", approve, {}, {**path, "decision": firm.decision})
        expected = "same_person" if alone == SOLO else "second_person_required"
        assert (refused.status, refused.code) == (403, expected)
    yes = firm.call(OTHER, "POST", approve, {}, {**path, "decision": firm.decision})
    assert yes.status == 202, yes.body
    [payment] = firm.payments
    assert firm.bill().live_payment_id == payment.id
