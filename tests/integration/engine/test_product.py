"""The product's own template on the engine."""

from dataclasses import replace

import httpx

from local.engine.settings import REPOSITORY
from local.engine.stack import Stack
from rowcol.domain.scope import Scope
from rowcol.service.view_ports import FacetRow, FacetSpan, ViewOrder, ViewRow
from rowcol.storage.views import DynamoViews
from tests.conformance.ordered_views import facets
from tests.support.queue_world import client_names, closed_rows, open_rows


def test_the_template_deploys_every_function_table_and_machine(stack: Stack) -> None:
    folders = {path.parent.name for path in REPOSITORY.glob("functions/*/handler.py")}
    assert set(stack.functions) == folders
    assert len(stack.tables) == 5
    assert len(stack.machines) == len(list(REPOSITORY.glob("statemachines/*.asl.json")))


def test_the_api_asks_for_a_token(stack: Stack) -> None:
    assert httpx.get(f"{stack.api_url}/console").status_code == 401


def test_expiring_tables_expire(stack: Stack) -> None:
    dynamodb = stack.client("dynamodb")
    for table in ("InboxTable", "IdempotencyTable"):
        found = dynamodb.describe_time_to_live(TableName=stack.tables[table])
        assert found["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"


def test_views_are_read_in_order_on_the_table_as_deployed(stack: Stack) -> None:
    dynamodb, scope = stack.client("dynamodb"), Scope("oak", "orders")
    views = DynamoViews(stack.tables["ViewsTable"], lambda: dynamodb)
    shown = {f"pay_{number}": facets(number) for number in (0, 1, 2)}
    views.apply([ViewRow(scope, "payments", key, 1, {}, shown[key]) for key in shown])
    page = views.facets(scope, "payments", ViewOrder.AMOUNT, FacetSpan())
    assert page.rows == tuple(FacetRow(key, shown[key]) for key in ("pay_2", "pay_0", "pay_1"))


def test_the_queue_is_read_on_the_table_as_deployed(stack: Stack) -> None:
    dynamodb, names = stack.client("dynamodb"), client_names(3)
    views = DynamoViews(stack.tables["ViewsTable"], lambda: dynamodb)
    rows = list(open_rows("birch", names, 30, seed=1))
    views.apply([*rows, *closed_rows("birch", names, 5)])
    found = views.queue("birch")
    assert {row.key: row.queue for row in found} == {row.key: row.queue for row in rows}
    assert views.queue("birch", names[1]) == tuple(
        row for row in found if row.scope.client == names[1]
    )
    views.apply([replace(row, sequence=2, queue=None) for row in rows])
    assert views.queue("birch") == ()
