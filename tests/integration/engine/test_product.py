"""The product's own template on the engine."""

import httpx

from local.engine.settings import REPOSITORY
from local.engine.stack import Stack


def test_the_template_deploys_every_function_table_and_machine(stack: Stack) -> None:
    folders = {path.parent.name for path in REPOSITORY.glob("functions/*/handler.py")}
    assert set(stack.functions) == folders
    assert len(stack.tables) == 5
    assert len(stack.machines) == 2


def test_the_api_asks_for_a_token(stack: Stack) -> None:
    assert httpx.get(f"{stack.api_url}/console").status_code == 401


def test_expiring_tables_expire(stack: Stack) -> None:
    dynamodb = stack.client("dynamodb")
    for table in ("InboxTable", "IdempotencyTable"):
        found = dynamodb.describe_time_to_live(TableName=stack.tables[table])
        assert found["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
