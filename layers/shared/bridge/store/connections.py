"""The connection table: which realms and orgs are paused, and who may refresh a token.

pk   pause|<realm or org>     why    reason          at     epoch ms
pk   lease|<name>             own    holder          until  epoch ms        ttl  epoch seconds
pk   pace|<realm>             see `bridge.store.budgets`
pk   begun|<message id>       see `bridge.store.tries`
pk   deletions|<realm>|...    see `bridge.store.deletions`
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from bridge.store.faults import is_refused_condition, translated
from bridge.store.rows import milliseconds

LEASE_ROW_LIFE_S = 24 * 3600


@dataclass(frozen=True)
class ConnectionTable:
    """Which realms and orgs are paused, and why; a handful of rows."""

    client: Any
    table: str

    def paused(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return the reason for each of these that is paused."""
        reasons = {}
        for name in dict.fromkeys(names):
            with translated("get_item"):
                answer = self.client.get_item(
                    TableName=self.table, Key=_key("pause", name), ConsistentRead=True
                )
            if "Item" in answer:
                reasons[name] = answer["Item"]["why"]["S"]
        return reasons

    def pause(self, name: str, reason: str, now: datetime) -> bool:
        """Pause a realm or an org; the reason of an earlier pause stays."""
        item = _key("pause", name) | {
            "why": {"S": reason},
            "at": {"N": str(milliseconds(now))},
        }
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
        return _put_if(self.client, self.table, item, condition)

    def resume(self, name: str) -> bool:
        """End a pause; True when there was one."""
        with translated("delete_item"):
            answer = self.client.delete_item(
                TableName=self.table, Key=_key("pause", name), ReturnValues="ALL_OLD"
            )
        return bool(answer.get("Attributes"))


@dataclass(frozen=True)
class LeaseTable:
    """Time-limited rights to do something alone, in the connection table."""

    client: Any
    table: str

    def acquire(self, name: str, owner: str, now: datetime, life_s: float) -> bool:
        """Take a lease that nobody holds, or whose time is over, or that is the owner's already."""
        item = _key("lease", name) | {
            "own": {"S": owner},
            "until": {"N": str(milliseconds(now) + round(life_s * 1000))},
            "ttl": {"N": str(int(now.timestamp() + life_s) + LEASE_ROW_LIFE_S)},
        }
        condition = {
            "ConditionExpression": "attribute_not_exists(pk) OR #until <= :now OR own = :me",
            "ExpressionAttributeNames": {"#until": "until"},  # a reserved word
            "ExpressionAttributeValues": {
                ":now": {"N": str(milliseconds(now))},
                ":me": {"S": owner},
            },
        }
        return _put_if(self.client, self.table, item, condition)

    def release(self, name: str, owner: str) -> None:
        """Give a lease back, if it is still the owner's."""
        with translated("delete_item"):
            try:
                self.client.delete_item(
                    TableName=self.table,
                    Key=_key("lease", name),
                    ConditionExpression="own = :me",
                    ExpressionAttributeValues={":me": {"S": owner}},
                )
            except ClientError as error:
                if not is_refused_condition(error):
                    raise


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"pk": {"S": f"{kind}|{name}"}}


def _put_if(client: Any, table: str, item: dict[str, Any], condition: dict[str, Any]) -> bool:
    with translated("put_item"):
        try:
            client.put_item(TableName=table, Item=item, **condition)
        except ClientError as error:
            if not is_refused_condition(error):
                raise
            return False
    return True
