"""Writers that start together: one winner, no overspending, nothing lost."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from botocore.exceptions import ClientError

from local.engine.deploy import client
from tests.contract.engine.tables import Table, key, number, race

ROUNDS = 10
WRITERS = 8
LIMIT = 100
SHARE = 40


def test_one_of_eight_conditional_puts_wins(table: Table) -> None:
    for round_number in range(ROUNDS):

        def put(index: int, name: str = f"round{round_number}") -> str:
            condition = "attribute_not_exists(pk)"
            table.put(name, attributes={"by": number(index)}, ConditionExpression=condition)
            return "won"

        outcomes = Counter(race(WRITERS, put))
        assert outcomes == {"won": 1, "ConditionalCheckFailedException": WRITERS - 1}


def test_a_limit_in_a_transaction_is_never_passed(table: Table) -> None:
    for round_number in range(ROUNDS):
        name = f"limit{round_number}"
        table.put(name, attributes={"used": number(0)})

        def spend(index: int, name: str = name) -> str:
            table.transact(
                table.action_add(
                    name,
                    SHARE,
                    ConditionExpression="used <= :room",
                    values={":room": number(LIMIT - SHARE)},
                ),
                table.action_put(f"rows-{name}", f"{index}"),
            )
            return "spent"

        spent = race(WRITERS, spend).count("spent")
        assert table.get(name)["used"] == number(SHARE * spent)
        assert table.query(f"rows-{name}")["Count"] == spent
        assert spent == LIMIT // SHARE


def test_optimistic_versions_count_every_success(table: Table) -> None:
    table.put("version", attributes={"version": number(0)})

    def climb(_: int) -> str:
        succeeded = 0
        for _ in range(10):
            seen = table.get("version")["version"]
            values = {":seen": seen, ":next": number(int(seen["N"]) + 1)}
            try:
                table.update(
                    "version", "SET version = :next", values, ConditionExpression="version = :seen"
                )
            except ClientError:
                continue
            succeeded += 1
        return str(succeeded)

    successes = sum(map(int, race(WRITERS, climb)))
    assert table.get("version")["version"] == number(successes)


def add_from_a_process(endpoint: str, table_name: str, times: int) -> None:
    dynamodb = client("dynamodb", endpoint)
    for _ in range(times):
        dynamodb.update_item(
            TableName=table_name,
            Key=key("processes"),
            UpdateExpression="ADD used :one",
            ExpressionAttributeValues={":one": number(1)},
        )


def test_additions_from_processes_are_all_counted(table: Table) -> None:
    endpoint = table.client.meta.endpoint_url
    with ProcessPoolExecutor(4) as processes:
        jobs = [processes.submit(add_from_a_process, endpoint, table.name, 25) for _ in range(8)]
        for job in jobs:
            job.result(timeout=30)
    assert table.get("processes")["used"] == number(200)
