"""A payment's story says of each fact what docs/events.md says of it."""

from __future__ import annotations

import re

from local.fact_types import stated_facts
from rowcol.service.payment_words import WORDS
from tests.unit.docs.test_events_page import TEXT

MEANING = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \| ([^|]*?) \|", re.MULTILINE)


def test_every_fact_of_a_payment_has_the_words_of_the_page() -> None:
    page = dict(MEANING.findall(TEXT))
    of_payments = {
        name for name, told in stated_facts().items() if "payment" in told.always | told.sometimes
    }
    assert {name: page[name] for name in of_payments} == WORDS
