"""`make log`: what became of the last changes, from the table of outcomes.

Reads the stack that `make run` keeps up on this machine, or a deployed one: `make log STACK=name`,
with the AWS credentials at hand. LIMIT=50 says how many.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import CREDENTIALS
from local.processes import REGION, ROOT

# Written by `make run`: where the emulator listens and what the table is called.
STATE_FILE = ROOT / ".run" / "stack.json"
LOOK_BACK = timedelta(days=3)
COLUMNS = ("time", "status", "decision", "entity", "Salesforce", "QuickBooks", "what", "ms")


class LogError(Exception):
    """There is nothing to read from; the message says what to do."""


@dataclass(frozen=True)
class Outcome:
    """What became of a pair in one run of the worker."""

    at: datetime
    status: str
    decision: str = ""
    entity: str = ""
    salesforce_id: str = ""
    quickbooks_id: str = ""
    reason: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()
    attempt: int = 0
    duration_ms: int = 0

    @property
    def is_echo(self) -> bool:
        """Say whether both sides were found as they had last agreed: nothing was to be done."""
        return self.status == "skipped" and not self.reason


def latest(dynamodb: Any, table: str, limit: int, now: datetime) -> list[Outcome]:
    """Return the last outcomes, newest first, as far back as three days."""
    found: list[Outcome] = []
    hour = now
    while len(found) < limit and hour > now - LOOK_BACK:
        for item in _runs(dynamodb, table, hour):
            at = datetime.fromisoformat(item["sk"]["S"].partition("|")[0])
            found += [_outcome(at, json.loads(text["S"])) for text in item["list"]["L"]]
        hour -= timedelta(hours=1)
    return found[:limit]


def table_of(outcomes: Sequence[Outcome]) -> str:
    """Return outcomes, newest first, as lines to read from top to bottom."""
    rows = [COLUMNS, *(_row(outcome) for outcome in reversed(outcomes))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = (
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def main() -> int:
    """Print the last outcomes."""
    try:
        dynamodb, table = _source(os.environ.get("STACK", ""))
        limit = int(os.environ.get("LIMIT") or 50)
        outcomes = latest(dynamodb, table, limit, datetime.now(UTC))
    except (LogError, BotoCoreError, ClientError, ValueError) as error:
        print(f"make log: {error}", file=sys.stderr)
        return 1
    print(table_of(outcomes) if outcomes else "No outcomes in the last three days.")
    return 0


def _source(stack: str) -> tuple[Any, str]:
    """Return a client of DynamoDB and the name of the table.

    Raises:
        LogError: no stack of that name, or none that runs here.
    """
    if stack:
        description = boto3.client("cloudformation").describe_stacks(StackName=stack)
        outputs = {
            each["OutputKey"]: each["OutputValue"]
            for each in description["Stacks"][0].get("Outputs", [])
        }
        if "OutcomesTable" not in outputs:
            raise LogError(f"the stack {stack} has no output OutcomesTable")
        return boto3.client("dynamodb"), outputs["OutcomesTable"]
    if not STATE_FILE.exists():
        raise LogError("no local stack runs: start one with `make run`, or name one with STACK=...")
    state = json.loads(STATE_FILE.read_text())
    client = boto3.client(
        "dynamodb",
        endpoint_url=state["aws"],
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    return client, state["outcomes_table"]


def _runs(dynamodb: Any, table: str, hour: datetime) -> Iterator[dict[str, Any]]:
    """Yield the runs of an hour, newest first; one item holds the outcomes of one run."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :hour",
        ExpressionAttributeValues={":hour": {"S": hour.astimezone(UTC).strftime("%Y-%m-%dT%H")}},
        ScanIndexForward=False,
    )
    for page in pages:
        yield from page["Items"]


def _outcome(at: datetime, members: dict[str, Any]) -> Outcome:
    known = {name: members[name] for name in Outcome.__dataclass_fields__ if name in members}
    return Outcome(at, **{**known, "fields": tuple(known.get("fields", ()))})


def _row(outcome: Outcome) -> tuple[str, ...]:
    what = [outcome.reason, outcome.code, ", ".join(outcome.fields)]
    if outcome.attempt:
        what.append(f"try {outcome.attempt + 1}")
    return (
        outcome.at.astimezone().strftime("%m-%d %H:%M:%S"),
        outcome.status,
        outcome.decision,
        outcome.entity,
        outcome.salesforce_id or "-",
        outcome.quickbooks_id or "-",
        " · ".join(text for text in what if text),
        str(outcome.duration_ms),
    )


if __name__ == "__main__":
    sys.exit(main())
