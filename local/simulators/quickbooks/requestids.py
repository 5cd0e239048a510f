"""Remembers the replies to writes by their requestid, so that a repeat does nothing new.

Rules: Intuit, learn/learn-basic-field-definitions. How long replies are kept, what becomes of a
changed body and of a refusal is not documented: switches.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.simulators.clock import Clock
from local.simulators.quickbooks.errors import ApiFault, business
from local.simulators.quickbooks.switches import Switches

LONGEST = 50
_MOST_KEPT = 100_000
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """The outcome of a write, and of what content."""

    outcome: Value | ApiFault
    content: int
    at: datetime


class Replies:
    """The stored replies of all realms."""

    def __init__(self, switches: Switches, clock: Clock) -> None:
        self._switches = switches
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], Kept] = OrderedDict()

    def once(
        self,
        realm: str,
        key: str,
        content: bytes,
        act: Callable[[], Value],
        *,
        is_item: bool = False,
    ) -> Value:
        """Act, or give the stored reply of the same key again; an empty key means each time.

        The key of a batch item is the requestid and its bId together (Java SDK issue 180).

        Raises:
            ApiFault: the refusal of the act or a stored one, 6000 for a key that is too long,
                600 for a changed body if the switch says so.
        """
        if len(key) > LONGEST:
            raise business(
                f"You cannot enter more than {LONGEST} characters in the request_id "
                f"field. You tried entering {key}, which is {len(key)} characters."
            )
        if not key or not self._switches.requestid_honoured:
            return act()
        kept = self._kept.get((realm, key))
        if kept and not self._is_over(kept):
            return self._again(kept, hash(content), is_item=is_item)
        return self._first((realm, key), content, act)

    def _first(self, key: tuple[str, str], content: bytes, act: Callable[[], Value]) -> Value:
        try:
            value = act()
        except ApiFault as fault:
            if self._switches.faults_replayed_by_requestid:
                self._keep(key, fault, content)
            raise
        self._keep(key, value, content)
        return value

    def _again(self, kept: Kept, content: int, *, is_item: bool) -> Value:
        if kept.content != content and self._switches.requestid_changed_body == "refused":
            raise ApiFault("600")
        if is_item and self._switches.batch_repeat == "fault_6000":
            # Seen once instead of the stored reply: quickbooks-ruby pull request 344.
            raise ApiFault("6000")
        if isinstance(kept.outcome, ApiFault):
            raise kept.outcome
        return kept.outcome

    def _is_over(self, kept: Kept) -> bool:
        life_s = self._switches.requestid_kept_s
        return bool(life_s) and self._clock.now() - kept.at >= timedelta(seconds=life_s)

    def _keep(self, key: tuple[str, str], outcome: Value | ApiFault, content: bytes) -> None:
        self._kept.pop(key, None)
        self._kept[key] = Kept(outcome, hash(content), self._clock.now())
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
