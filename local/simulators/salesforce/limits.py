"""What an org may be asked in a day, and how much of it is used.

Salesforce: REST API Developer Guide, "Limits" and "Limit Info Header"; Salesforce Developer
Limits and Allocations, "API Request Limits and Allocations" (a rolling day).
"""

import json
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.simulators.clock import Clock
from local.simulators.salesforce.switches import Switches

_TABLE = Path(__file__).with_name("limits.json")
_DAY = timedelta(hours=24)


class Usage:
    """Counts the calls of the last 24 hours, by the hour."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._hours: deque[tuple[datetime, int]] = deque()
        self._used = 0

    @property
    def most(self) -> int:
        """Return how many calls a day the org has."""
        return self._switches.daily_request_limit

    @property
    def used(self) -> int:
        """Return how many calls were made in the last 24 hours."""
        if self._hours and self._hours[0][0] <= (oldest := self._clock.now() - _DAY):
            while self._hours and self._hours[0][0] <= oldest:
                self._used -= self._hours.popleft()[1]
        return self._used

    def count(self) -> bool:
        """Count a call, unless the limit is reached and enforced."""
        if self._switches.limit_enforced and self.used >= self.most:
            return False
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        last = self._hours[-1] if self._hours else None
        if last and last[0] == hour:
            self._hours[-1] = (hour, last[1] + 1)
        else:
            self._hours.append((hour, 1))
        self._used += 1
        return True

    def clear(self) -> None:
        """Begin again at nothing."""
        self._hours.clear()
        self._used = 0

    def header(self) -> str:
        """Return the value of Sforce-Limit-Info."""
        return f"api-usage={self.used}/{self.most}"

    def table(self) -> dict[str, Any]:
        """Return every limit with what is left of it."""
        table = {name: {"Max": most, "Remaining": most} for name, most in _most().items()}
        left = max(self.most - self.used, 0)
        table["DailyApiRequests"] = {"Max": self.most, "Remaining": left}
        return table


def _most() -> dict[str, int]:
    return dict(json.loads(_TABLE.read_text("utf-8")))
