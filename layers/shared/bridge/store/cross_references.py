"""The cross-reference table: pairs and pointers, read consistently, written conditionally.

Every write stores the whole row at the next revision, so that what is stored is what was decided.
A call that had succeeded unseen and is repeated (boto3 repeats after a time-out) is recognised.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from bridge.errors import UnavailableError
from bridge.model import CrossReference, LinkFate, PairKey, Pointer, PointerKey
from bridge.store.faults import code_of, is_refused_condition, translated
from bridge.store.rows import Item, item_of, milliseconds, pair_of, pk_of, pointer_of

KEYS_PER_READ = 100
TRIES = 5

_IS_FREE = "(attribute_not_exists(#until) OR #until <= :now)"
_IS_NEW = "attribute_not_exists(pk)"
_REFUSED = "ConditionalCheckFailed"

Row = CrossReference | Pointer


@dataclass(frozen=True)
class CrossReferenceTable:
    """The rows that tie records together, in one DynamoDB table."""

    client: Any
    table: str
    now: Callable[[], datetime]
    wait: Callable[[float], None]

    def read_pairs(self, keys: Sequence[PairKey]) -> Mapping[PairKey, CrossReference]:
        """Read pairs, a hundred a call."""
        items = self._read(keys)
        return {key: pair_of(key, items.get(pk_of(key))) for key in keys}

    def read_pointers(self, keys: Sequence[PointerKey]) -> Mapping[PointerKey, Pointer]:
        """Read pointers, a hundred a call."""
        items = self._read(keys)
        return {key: pointer_of(key, items.get(pk_of(key))) for key in keys}

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision if nobody has decided since; also the decision to do nothing."""
        item = item_of(row, now)
        if self._put(item, _unmoved(row, now)):
            return True
        return row.owner is not None and self._stored(row) == item

    def record(self, row: Row, worker: str) -> bool:
        """Store what is known after writing, if the claim is still the worker's."""
        item = item_of(row, self.now())
        if self._put(item, _condition("own = :me", {":me": {"S": worker}})):
            return True
        return self._stored(row) == item

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store pair and pointer in one transaction.

        Raises:
            UnavailableError: whether the rows are linked is not known, or they are locked.
        """
        puts = [
            {"TableName": self.table, "Item": item_of(row, now), **_unmoved(row, now, worker)}
            for row in (pair, pointer)
        ]
        # Made from the content, so that DynamoDB itself recognises a call that it has carried out.
        token = hashlib.sha256(json.dumps(puts, default=repr).encode()).hexdigest()[:36]
        for attempt in range(TRIES):
            reasons = self._transact(puts, token)
            if not reasons:
                return LinkFate.LINKED
            if _REFUSED in reasons:
                return self._refusal(reasons, pair, pointer)
            self.wait(_backoff_s(attempt))
        raise UnavailableError("row_locked", operation="link")

    def _transact(self, puts: Sequence[Item], token: str) -> list[str]:
        """Return why each of the two was refused; nothing when both were stored."""
        with translated("link"):
            try:
                self.client.transact_write_items(
                    TransactItems=[{"Put": put} for put in puts], ClientRequestToken=token
                )
            except ClientError as error:
                if code_of(error) != "TransactionCanceledException":
                    raise
                return [reason.get("Code", "") for reason in error.response["CancellationReasons"]]
        return []

    def _refusal(self, reasons: list[str], pair: CrossReference, pointer: Pointer) -> LinkFate:
        if reasons[0] == _REFUSED:
            return LinkFate.REFUSED
        stored = self.read_pointers([pointer.key])[pointer.key]
        is_taken = stored.salesforce_id not in (None, pair.key.salesforce_id)
        return LinkFate.TAKEN if is_taken else LinkFate.SEEN

    def _put(self, item: Item, condition: Item) -> bool:
        with translated("put_item"):
            try:
                self.client.put_item(TableName=self.table, Item=item, **condition)
            except ClientError as error:
                if not is_refused_condition(error):
                    raise
                return False
        return True

    def _stored(self, row: Row) -> Item | None:
        return self._read([row.key]).get(pk_of(row.key))

    def _read(self, keys: Sequence[PairKey | PointerKey]) -> dict[str, Item]:
        pks = list(dict.fromkeys(pk_of(key) for key in keys))
        items: dict[str, Item] = {}
        for start in range(0, len(pks), KEYS_PER_READ):
            items |= self._read_some(pks[start : start + KEYS_PER_READ])
        return items

    def _read_some(self, pks: Sequence[str]) -> dict[str, Item]:
        items: dict[str, Item] = {}
        asked = {self.table: {"Keys": [{"pk": {"S": pk}} for pk in pks], "ConsistentRead": True}}
        for attempt in range(TRIES):
            with translated("batch_get_item"):
                answer = self.client.batch_get_item(RequestItems=asked)
            items |= {item["pk"]["S"]: item for item in answer["Responses"].get(self.table, [])}
            asked = answer.get("UnprocessedKeys")
            if not asked:
                return items
            self.wait(_backoff_s(attempt))
        raise UnavailableError("aws_unavailable", operation="batch_get_item", code="Unprocessed")


def _unmoved(row: Row, now: datetime, worker: str | None = None) -> Item:
    """Return the condition that nobody has decided since a row was read.

    A pair that the worker has claimed is its own whatever its revision (protocol: `own = :me`); a
    claimed pointer as well, at the revision given.
    """
    if not row.revision:
        return _condition(_IS_NEW, {})
    values: Item = {
        ":rev": {"N": str(row.revision)},
        ":now": {"N": str(milliseconds(now))},
    }
    if worker is None:
        return _condition(f"rev = :rev AND {_IS_FREE}", values)
    values[":me"] = {"S": worker}
    if isinstance(row, Pointer):
        return _condition(f"rev = :rev AND ({_IS_FREE} OR own = :me)", values)
    return _condition(f"own = :me OR (rev = :rev AND {_IS_FREE})", values)


def _condition(text: str, values: Item) -> Item:
    """Return the arguments of a conditional write; what a condition does not use is not allowed."""
    arguments: Item = {"ConditionExpression": text}
    if values:
        arguments["ExpressionAttributeValues"] = values
    if "#until" in text:  # `until` is a reserved word
        arguments["ExpressionAttributeNames"] = {"#until": "until"}
    return arguments


def _backoff_s(attempt: int) -> float:
    return float(0.05 * 2**attempt)
