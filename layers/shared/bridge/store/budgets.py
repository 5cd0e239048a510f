"""The shared budget of calls to one realm: smooth slots, handed out by one row for all workers.

Intuit allows a realm 500 requests a minute and 10 a second, and 40 batches a minute (Intuit:
learn/limits-and-throttles). Slots are reserved as in the generic cell rate algorithm: the row holds
for each lane the time at which it is next even; a request may run one step ahead of it.

    pk       pace|<realm>
    req, bat epoch ms at which the lane of requests, of batches is even
    mYYYYMM  metered reads of that month
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError

from bridge.errors import RateLimitedError
from bridge.observability import count
from bridge.store.faults import is_refused_condition, translated
from bridge.store.rows import milliseconds

REQUEST_STEP_MS = 125
BATCH_STEP_MS = 1_550
LONGEST_WAIT_S = 8.0
TRIES = 10

STEP_MS = {"req": REQUEST_STEP_MS, "bat": BATCH_STEP_MS}
AHEAD_MS = {"req": REQUEST_STEP_MS, "bat": 0}
LANES = {"request": ("req",), "batch": ("req", "bat")}


@dataclass
class RealmPace:
    """Hands out slots of one realm's budget; every worker asks the same row.

    One conditional write a call; a second one where the row has moved between busy and idle since
    this worker last saw it.
    """

    client: Any
    table: str
    realm: str
    now: Callable[[], datetime]
    wait: Callable[[float], None]
    longest_wait_s: float = LONGEST_WAIT_S
    _seen: dict[str, int] = field(default_factory=dict)

    def take(self, kind: str, *, metered: int = 0) -> None:
        """Wait for the next slot of a `request` or a `batch`; a batch is a request as well.

        Raises:
            RateLimitedError: the slot is further away than a worker may wait.
        """
        lanes = LANES[kind]
        for _ in range(TRIES):
            now = milliseconds(self.now())
            self._refuse_far(lanes, now)
            if self._reserve(lanes, now, metered):
                count("MeteredReads", metered)
                self._wait_until(max(self._slot(lane) for lane in lanes))
                return
        raise RateLimitedError("own_budget", retry_after_s=1.0, system="quickbooks")

    def back_off(self, seconds: float) -> None:
        """Let nobody call for a while: the vendor has said that it is too much."""
        until = milliseconds(self.now() + timedelta(seconds=seconds))
        for lane, ahead in AHEAD_MS.items():
            self._push(lane, until + ahead)

    def metered_reads(self) -> int:
        """Return how many reads of this month have been counted."""
        with translated("get_item"):
            answer = self.client.get_item(TableName=self.table, Key=self._key())
        return int(answer.get("Item", {}).get(self._month(), {"N": "0"})["N"])

    def _refuse_far(self, lanes: tuple[str, ...], now: int) -> None:
        # What was seen can only be too early, so a slot that looks too far off is.
        slot = max(self._seen.get(lane, 0) - AHEAD_MS[lane] for lane in lanes)
        if slot - now > self._longest_wait_ms():
            retry_after_s = (slot - now) / 1000
            raise RateLimitedError("own_budget", retry_after_s=retry_after_s, system="quickbooks")

    def _longest_wait_ms(self) -> int:
        return int(self.longest_wait_s * 1000)

    def _slot(self, lane: str) -> int:
        return self._seen[lane] - STEP_MS[lane] - AHEAD_MS[lane]

    def _wait_until(self, slot: int) -> None:
        pause_ms = slot - milliseconds(self.now())
        if pause_ms > 0:
            self.wait(pause_ms / 1000)

    def _reserve(self, lanes: tuple[str, ...], now: int, metered: int) -> bool:
        """Move each lane on if it is as busy as this worker believes; else learn how it is."""
        update, condition, numbers = _plan(lanes, self._seen, now, self._longest_wait_ms())
        if metered:
            update += f" ADD {self._month()} :metered"
            numbers[":metered"] = metered
        with translated("update_item"):
            try:
                answer = self.client.update_item(
                    TableName=self.table,
                    Key=self._key(),
                    UpdateExpression=update,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=_numbers(numbers),
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if not is_refused_condition(error):
                    raise
                self._learn(cast(Any, error.response).get("Item", {}))
                return False
        self._learn(answer["Attributes"])
        return True

    def _push(self, lane: str, until: int) -> None:
        with translated("update_item"):
            try:
                self.client.update_item(
                    TableName=self.table,
                    Key=self._key(),
                    UpdateExpression=f"SET {lane} = :until",
                    ConditionExpression=f"attribute_not_exists({lane}) OR {lane} < :until",
                    ExpressionAttributeValues=_numbers({":until": until}),
                )
            except ClientError as error:
                if not is_refused_condition(error):
                    raise

    def _learn(self, row: Mapping[str, Any]) -> None:
        self._seen = {lane: int(row[lane]["N"]) for lane in STEP_MS if lane in row}

    def _key(self) -> dict[str, Any]:
        return {"pk": {"S": f"pace|{self.realm}"}}

    def _month(self) -> str:
        return self.now().strftime("m%Y%m")


def _plan(
    lanes: tuple[str, ...], seen: Mapping[str, int], now: int, longest_wait_ms: int
) -> tuple[str, str, dict[str, int]]:
    """Return update, condition and numbers that move each lane on by one step.

    DynamoDB has no `max`: a busy lane moves on from where it is, an idle one starts from now.
    """
    updates, conditions, numbers = [], [], {":now": now}
    for lane in lanes:
        if seen.get(lane, 0) >= now:
            updates.append(f"{lane} = {lane} + :{lane}")
            conditions.append(f"{lane} BETWEEN :now AND :{lane}_far")
            numbers[f":{lane}"] = STEP_MS[lane]
            numbers[f":{lane}_far"] = now + longest_wait_ms + AHEAD_MS[lane]
        else:
            updates.append(f"{lane} = :{lane}")
            conditions.append(f"(attribute_not_exists({lane}) OR {lane} < :now)")
            numbers[f":{lane}"] = now + STEP_MS[lane]
    return "SET " + ", ".join(updates), " AND ".join(conditions), numbers


def _numbers(numbers: Mapping[str, int]) -> dict[str, Any]:
    return {name: {"N": str(number)} for name, number in numbers.items()}
