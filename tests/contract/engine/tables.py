"""Short words for the requests of the DynamoDB contract."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.engine.stack import Stack

Item = dict[str, Any]


def text(words: str) -> dict[str, str]:
    return {"S": words}


def number(digits: object) -> dict[str, str]:
    return {"N": str(digits)}


def key(pk: str, sk: str = "a") -> Item:
    return {"pk": text(pk), "sk": text(sk)}


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> dict[str, Any]:
    """The error response of a request that must be refused."""
    try:
        call(*arguments, **options)
    except ClientError as error:
        return dict(error.response)
    raise AssertionError("the request was accepted")


def code(call: Callable[..., Any], *arguments: Any, **options: Any) -> str:
    """The error code of a request that must be refused."""
    return str(refusal(call, *arguments, **options)["Error"]["Code"])


def race(threads: int, work: Callable[[int], str]) -> list[str]:
    """Run `work(i)` on threads that start together; its answers, or the codes of refusals."""
    barrier = threading.Barrier(threads)
    outcomes: list[str] = []

    def run(index: int) -> None:
        barrier.wait()
        try:
            outcomes.append(work(index))
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    runners = [threading.Thread(target=run, args=(index,)) for index in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return outcomes


@dataclass(frozen=True)
class Table:
    """A table with a numeric-sorted, sparse index and a stream."""

    name: str
    client: Any
    streams: Any

    @classmethod
    def create(cls, emulator: Stack, name: str) -> "Table":
        client = emulator.client("dynamodb", parameter_validation=False, max_pool_connections=20)
        kinds = (("pk", "S"), ("sk", "S"), ("owner", "S"), ("amount", "N"))
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in kinds],
            KeySchema=schema("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_owner",
                    "KeySchema": schema("owner", "amount"),
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["shown"]},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        return cls(name, client, emulator.client("dynamodbstreams"))

    def put(self, pk: str, sk: str = "a", attributes: Item | None = None, **options: Any) -> Any:
        item = {**key(pk, sk), **(attributes or {})}
        return self.client.put_item(TableName=self.name, Item=item, **options)

    def get(self, pk: str, sk: str = "a") -> Item:
        found = self.client.get_item(TableName=self.name, Key=key(pk, sk), ConsistentRead=True)
        return dict(found.get("Item", {}))

    def update(self, pk: str, expression: str, values: Item | None = None, **options: Any) -> Any:
        if values:
            options["ExpressionAttributeValues"] = values
        return self.client.update_item(
            TableName=self.name, Key=key(pk), UpdateExpression=expression, **options
        )

    def delete(self, pk: str, **options: Any) -> Any:
        return self.client.delete_item(TableName=self.name, Key=key(pk), **options)

    def query(
        self, pk: str, condition: str = "", values: Item | None = None, **options: Any
    ) -> Any:
        return self.client.query(
            TableName=self.name,
            KeyConditionExpression="pk = :pk" + condition,
            ExpressionAttributeValues={":pk": text(pk), **(values or {})},
            **options,
        )

    def transact(self, *actions: Item, **options: Any) -> Any:
        return self.client.transact_write_items(TransactItems=list(actions), **options)

    def action_put(
        self, pk: str, sk: str = "a", attributes: Item | None = None, **more: Any
    ) -> Item:
        item = {**key(pk, sk), **(attributes or {})}
        return {"Put": {"TableName": self.name, "Item": item, **more}}

    def action_add(self, pk: str, amount: int, **more: Any) -> Item:
        values = {":amount": number(amount), **more.pop("values", {})}
        return {
            "Update": {
                "TableName": self.name,
                "Key": key(pk),
                "UpdateExpression": "ADD used :amount",
                "ExpressionAttributeValues": values,
                **more,
            }
        }

    def action_check(self, pk: str, condition: str) -> Item:
        check = {"TableName": self.name, "Key": key(pk), "ConditionExpression": condition}
        return {"ConditionCheck": check}

    def action_delete(self, pk: str) -> Item:
        return {"Delete": {"TableName": self.name, "Key": key(pk)}}

    def stream(self, pk: str) -> list[Item]:
        """Stream records of one partition, oldest first."""
        arn = self.client.describe_table(TableName=self.name)["Table"]["LatestStreamArn"]
        records: list[Item] = []
        shards = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        for shard in shards:
            iterator = self.streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator:
                page = self.streams.get_records(ShardIterator=iterator)
                records += page["Records"]
                iterator = page["Records"] and page.get("NextShardIterator")
        return [record for record in records if record["dynamodb"]["Keys"]["pk"]["S"] == pk]


def schema(hash_name: str, range_name: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_name, "KeyType": "HASH"},
        {"AttributeName": range_name, "KeyType": "RANGE"},
    ]
