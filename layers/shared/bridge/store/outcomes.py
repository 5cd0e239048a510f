"""The outcome table: what became of changes, kept thirty days for people to read.

pk   hour, `2026-11-22T10`       sk    time and id of the run
list outcomes, one JSON text each; empty members left out
ttl  epoch seconds               v     schema version
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.model import Outcome, OutcomeStatus
from bridge.store.faults import translated

OUTCOME_SCHEMA = 1
LIFE = timedelta(days=30)
# An item may hold 400 KB; a run of a hundred records needs about twenty.
ITEM_BYTES = 200_000
LOOK_BACK = timedelta(days=3)


@dataclass(frozen=True)
class KeptOutcome:
    """An outcome with the time of its run."""

    at: datetime
    outcome: Outcome


@dataclass(frozen=True)
class OutcomeTable:
    """What became of changes, one item a run, in one DynamoDB table."""

    client: Any
    table: str
    new_id: Callable[[], str]

    def keep(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Store the outcomes of one run; write units go by kilobyte, not by record."""
        for texts in _portions([_text_of(outcome) for outcome in outcomes]):
            item = {
                "pk": {"S": _hour(now)},
                "sk": {"S": f"{now.astimezone(UTC).isoformat()}|{self.new_id()}"},
                "v": {"N": str(OUTCOME_SCHEMA)},
                "list": {"L": [{"S": text} for text in texts]},
                "ttl": {"N": str(int((now + LIFE).timestamp()))},
            }
            with translated("put_item"):
                self.client.put_item(TableName=self.table, Item=item)

    def latest(self, limit: int, now: datetime) -> list[KeptOutcome]:
        """Return the last outcomes, newest run first, as far back as three days."""
        kept: list[KeptOutcome] = []
        hour = now
        while len(kept) < limit and hour > now - LOOK_BACK:
            for item in self._runs(hour):
                kept += _outcomes_of(item)
                if len(kept) >= limit:
                    break
            hour -= timedelta(hours=1)
        return kept[:limit]

    def _runs(self, hour: datetime) -> Iterator[dict[str, Any]]:
        """Yield the runs of an hour, newest first."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            KeyConditionExpression="pk = :hour",
            ExpressionAttributeValues={":hour": {"S": _hour(hour)}},
            ScanIndexForward=False,
        )
        with translated("query"):
            for page in pages:
                yield from page["Items"]


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def _text_of(outcome: Outcome) -> str:
    members = {name: value for name, value in asdict(outcome).items() if value}
    return json.dumps(members, separators=(",", ":"))


def _outcomes_of(item: dict[str, Any]) -> list[KeptOutcome]:
    at = datetime.fromisoformat(item["sk"]["S"].partition("|")[0])
    return [KeptOutcome(at, _outcome_of(text["S"])) for text in item["list"]["L"]]


def _outcome_of(text: str) -> Outcome:
    members = json.loads(text)
    members["status"] = OutcomeStatus(members["status"])
    members["fields"] = tuple(members.get("fields", ()))
    for name in ("decision", "realm", "entity"):
        members.setdefault(name, "")
    return Outcome(**members)


def _portions(texts: Sequence[str]) -> Iterator[list[str]]:
    portion: list[str] = []
    size = 0
    for text in texts:
        if portion and size + len(text) > ITEM_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(text)
        size += len(text)
    if portion:
        yield portion
