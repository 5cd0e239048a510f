"""How often a message that came again has been begun, in the connection table.

pk   begun|<message id>       n      times                              ttl  epoch seconds

A worker that is killed says nothing; what it had begun last is what killed it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.store.faults import translated

# As long as a message may stay on a lane (AWS: SQS, message retention period).
LIFE = timedelta(days=4)


@dataclass(frozen=True)
class TryTable:
    """Counts the beginnings of messages."""

    client: Any
    table: str

    def begun(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Return for each message how often it has been begun."""
        return {each: self._count(each) for each in ids}

    def begin(self, message_id: str, now: datetime) -> None:
        """Count one more beginning."""
        with translated("update_item"):
            self.client.update_item(
                TableName=self.table,
                Key=_key(message_id),
                UpdateExpression="ADD n :one SET #ttl = :ttl",
                ExpressionAttributeNames={"#ttl": "ttl"},  # a reserved word
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":ttl": {"N": str(int((now + LIFE).timestamp()))},
                },
            )

    def _count(self, message_id: str) -> int:
        with translated("get_item"):
            answer = self.client.get_item(
                TableName=self.table, Key=_key(message_id), ConsistentRead=True
            )
        return int(answer.get("Item", {}).get("n", {"N": "0"})["N"])


def _key(message_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"begun|{message_id}"}}
