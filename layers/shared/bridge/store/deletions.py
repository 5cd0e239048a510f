"""How many records were deactivated lately: the guard against an emptied or mis-restored org.

pk   deletions|<realm>|<entity>|<hour>   m00 to m59  deactivations   ttl  epoch seconds
pk   deletions|<realm>|allowed           until       epoch ms        written by an operator

in the connection table. An hour is any sixty minutes, whenever they began. The pairs are counted
only when there were many.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bridge.errors import BridgeError
from bridge.store.faults import translated
from bridge.store.rows import milliseconds

# So few in an hour are never too many; above, this share of an entity's pairs is.
FEW = 10
SHARE = 0.2
HOUR = timedelta(hours=1)
LIFE = timedelta(days=7)
MINUTE = re.compile(r"m\d\d")
NOTHING = {"N": "0"}


@dataclass(frozen=True)
class DeletionTable:
    """Counts deactivations by the minute, and says when they are too many."""

    client: Any
    connections: str
    cross_references: str

    def take(self, realm: str, entity: str, number: int, now: datetime) -> bool:
        """Count some more deactivations; False, and not counted, where that would be too many.

        They are counted before they are judged: of several workers that come at once each sees the
        others.
        """
        total = self._add(realm, entity, number, now)
        try:
            is_too_many = total >= FEW and self._is_too_many(realm, entity, total, now)
        except BridgeError:
            self._add(realm, entity, -number, now)
            raise
        if is_too_many:
            self._add(realm, entity, -number, now)
        return not is_too_many

    def give_back(self, realm: str, entity: str, number: int, now: datetime) -> None:
        """Count some less, which were not made after all."""
        self._add(realm, entity, -number, now)

    def _is_too_many(self, realm: str, entity: str, total: int, now: datetime) -> bool:
        allowed = self._item(f"deletions|{realm}|allowed").get("until", NOTHING)
        if int(allowed["N"]) > milliseconds(now):
            return False
        return total > SHARE * self._pairs(realm, entity)

    def _add(self, realm: str, entity: str, number: int, now: datetime) -> int:
        """Count some in this minute; return how many there were in the last sixty."""
        with translated("update_item"):
            answer = self.client.update_item(
                TableName=self.connections,
                Key={"pk": {"S": _key(realm, entity, now)}},
                UpdateExpression="ADD #minute :n SET #ttl = :ttl",
                ExpressionAttributeNames={"#minute": _minute(now), "#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":n": {"N": str(number)},
                    ":ttl": {"N": str(int((now + LIFE).timestamp()))},
                },
                ReturnValues="ALL_NEW",
            )
        before = self._item(_key(realm, entity, now - HOUR))
        late = {name: each for name, each in before.items() if name >= _minute(now)}
        return _sum(answer["Attributes"]) + _sum(late)

    def _item(self, key: str) -> Mapping[str, Any]:
        with translated("get_item"):
            answer = self.client.get_item(
                TableName=self.connections, Key={"pk": {"S": key}}, ConsistentRead=True
            )
        return dict(answer.get("Item", {}))

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


def _key(realm: str, entity: str, at: datetime) -> str:
    return f"deletions|{realm}|{entity}|{at:%Y-%m-%dT%H}"


def _minute(at: datetime) -> str:
    return f"m{at:%M}"


def _sum(counts: Mapping[str, Any]) -> int:
    return sum(int(each["N"]) for name, each in counts.items() if MINUTE.fullmatch(name))
