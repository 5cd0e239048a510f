"""How many records were deactivated lately: the guard against an emptied or mis-restored org.

pk   deletions|<realm>|<entity>|<hour>   n      deactivations        ttl  epoch seconds
pk   deletions|<realm>|allowed           until  epoch ms             written by an operator

in the connection table. The pairs are counted only when an hour has seen many.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.store.faults import translated
from bridge.store.rows import milliseconds

# So few in an hour are never too many; above, this share of an entity's pairs is.
FEW = 10
SHARE = 0.2
LIFE = timedelta(days=7)


@dataclass(frozen=True)
class DeletionTable:
    """Counts deactivations by the hour, and says when they are too many."""

    client: Any
    connections: str
    cross_references: str

    def take(self, realm: str, entity: str, number: int, now: datetime) -> bool:
        """Count some more deactivations; False, and not counted, where that would be too many."""
        hour = f"deletions|{realm}|{entity}|{now:%Y-%m-%dT%H}"
        total = number + self._number(hour, "n")
        is_allowed = total < FEW or self._is_allowed(realm, now)
        if not is_allowed and total > SHARE * self._pairs(realm, entity):
            return False
        with translated("update_item"):
            self.client.update_item(
                TableName=self.connections,
                Key={"pk": {"S": hour}},
                UpdateExpression="ADD n :n SET #ttl = :ttl",
                ExpressionAttributeNames={"#ttl": "ttl"},  # a reserved word
                ExpressionAttributeValues={
                    ":n": {"N": str(number)},
                    ":ttl": {"N": str(int((now + LIFE).timestamp()))},
                },
            )
        return True

    def _is_allowed(self, realm: str, now: datetime) -> bool:
        return self._number(f"deletions|{realm}|allowed", "until") > milliseconds(now)

    def _number(self, key: str, name: str) -> int:
        with translated("get_item"):
            answer = self.client.get_item(
                TableName=self.connections, Key={"pk": {"S": key}}, ConsistentRead=True
            )
        return int(answer.get("Item", {}).get(name, {"N": "0"})["N"])

    def _pairs(self, realm: str, entity: str) -> int:
        """Count the linked pairs of an entity, page by page."""
        asked: dict[str, Any] = {
            "TableName": self.cross_references,
            "Select": "COUNT",
            "FilterExpression": "begins_with(pk, :pairs) AND st = :linked",
            "ExpressionAttributeValues": {
                ":pairs": {"S": f"{realm}|{entity}|SF|"},
                ":linked": {"S": "linked"},
            },
        }
        counted = 0
        while True:
            with translated("scan"):
                page = self.client.scan(**asked)
            counted += int(page["Count"])
            if "LastEvaluatedKey" not in page:
                return counted
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
