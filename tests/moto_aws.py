"""AWS in this process: tables, queues and secrets on moto, for contracts and handlers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

REGION = "us-east-1"


@contextmanager
def aws() -> Iterator[None]:
    """Let every boto3 client within talk to an empty account of its own."""
    with mock_aws():
        yield


def client(service: str) -> Any:
    """Return a client of the account."""
    return boto3.client(service, region_name=REGION, config=Config(retries={"mode": "standard"}))


def create_table(name: str, *, with_sort_key: bool = False) -> str:
    """Create a table as the template has it and return its name."""
    keys = [("pk", "HASH"), ("sk", "RANGE")][: 2 if with_sort_key else 1]
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
    )
    return name


def item_bytes(item: dict[str, Any]) -> int:
    """Return the size of an item as DynamoDB counts it for write units.

    AWS: "DynamoDB item sizes and formats": names and texts in UTF-8, a number about one byte for
    two digits and one more, a list or map three bytes and one for each member.
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return (len(content) + 1) // 2 + 1
        case "M":
            return 3 + sum(len(k.encode()) + _value_bytes(v) + 1 for k, v in content.items())
        case "L":
            return 3 + sum(_value_bytes(member) + 1 for member in content)
        case _:
            return 1
