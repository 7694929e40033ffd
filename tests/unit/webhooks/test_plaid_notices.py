"""What a notice of Plaid's may lack, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.rails.plaid.notices import read_notice
from rowcol.rails.untrusted import Unreadable
from rowcol.service.intake_ports import Endpoint

ENDPOINT = Endpoint("plaid", "endpoint-key-0001", "maple", "bluebird")
BODY: dict[str, Any] = {
    "webhook_type": "TRANSACTIONS",
    "webhook_code": "SYNC_UPDATES_AVAILABLE",
    "item_id": "item-1",
    "environment": "production",
}
FLAGS = ("initial_update_complete", "historical_update_complete")


@pytest.mark.parametrize("more", [{}, dict.fromkeys(FLAGS), {FLAGS[0]: True}])
def test_updates_are_looked_at_with_flags_or_without(more: dict[str, Any]) -> None:
    notice = read_notice({**BODY, **more}, ENDPOINT)
    assert (notice.type, notice.tenant_id, notice.ignored_reason) == (
        "TRANSACTIONS.SYNC_UPDATES_AVAILABLE",
        "item-1",
        None,
    )
    assert notice.details == {name: "true" for name, value in more.items() if value}


def test_a_flag_that_is_told_is_a_flag() -> None:
    with pytest.raises(Unreadable):
        read_notice({**BODY, FLAGS[0]: "yes"}, ENDPOINT)
