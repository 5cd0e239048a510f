"""The vendor's limits, enforced: throttles as sliding windows, and the monthly metered quota.

Figures and what counts as metered: Intuit, learn/limits-and-throttles and the App Partner Program.
Whether they are enforced, and all figures, are switches.
"""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime

from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import PACIFIC

METERED = {"read", "pdf", "query", "cdc"}
_DAY_S = 24 * 60 * 60


@dataclass(slots=True)
class Window:
    """The weights of what was let through within the last seconds."""

    seconds: float
    total: int = 0
    _entries: deque[tuple[float, int]] = field(default_factory=deque)

    def has_room(self, at: float, weight: int, most: int) -> bool:
        """Tell whether one more fits in; something heavier than all fits into an empty one."""
        while self._entries and self._entries[0][0] <= at - self.seconds:
            self.total -= self._entries.popleft()[1]
        return self.total == 0 or self.total + weight <= most

    def add(self, at: float, weight: int) -> None:
        """Count one; times do not run backwards."""
        self._entries.append((at, weight))
        self.total += weight


@dataclass(slots=True)
class _App:
    """The windows that each app has to itself in one realm."""

    second: Window = field(default_factory=lambda: Window(1))
    batches: Window = field(default_factory=lambda: Window(60))


@dataclass(slots=True)
class _Realm:
    """The windows that all apps of one realm share, and those of each app."""

    minute: Window = field(default_factory=lambda: Window(60))
    batches: Window = field(default_factory=lambda: Window(60))
    emails: Window = field(default_factory=lambda: Window(_DAY_S))
    apps: defaultdict[str, _App] = field(default_factory=lambda: defaultdict(_App))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as the limits see it."""

    realm: str
    app: str
    kind: str
    at: datetime
    items: int = 0
    in_flight: int = 1
    has_queries: bool = False


class Limits:
    """Decides which requests are refused with 429, and counts them by the limit they met."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._realms: dict[str, _Realm] = {}
        self._month = (0, 0)
        self._hour = 0
        self._reads_in_month = 0
        self.refused: Counter[str] = Counter()

    def refusal(self, arrival: Arrival) -> str | None:
        """Return the limit that refuses a request, or None and count the request."""
        found = self._quota(arrival) or self._throttle(arrival)
        if found:
            self.refused[found] += 1
        return found

    def meter(self, kind: str, at: datetime) -> None:
        """Count a call or an item of a batch that succeeded."""
        if kind not in METERED:
            return
        self._turn_to(at)
        self._reads_in_month += 1

    def listing(self, at: datetime) -> dict[str, object]:
        """Show how many requests each limit refused, and the reads of this month."""
        self._turn_to(at)
        return {"refused": dict(self.refused), "metered_reads_this_month": self._reads_in_month}

    def reset(self) -> None:
        """Begin again at nothing; the month's reads too."""
        self._realms.clear()
        self.refused.clear()
        self._reads_in_month = 0

    def _quota(self, arrival: Arrival) -> str | None:
        if not self._switches.monthly_quota:
            return None
        self._turn_to(arrival.at)
        if self._reads_in_month < self._switches.monthly_quota:
            return None
        is_read = arrival.kind in METERED or arrival.has_queries
        return "monthly_quota" if is_read or self._switches.quota_blocks == "all" else None

    def _throttle(self, arrival: Arrival) -> str | None:
        if self._switches.throttling == "measured":
            return None
        if 0 < self._switches.most_in_flight < arrival.in_flight:
            return "most_in_flight"
        realm = self._realms.setdefault(arrival.realm, _Realm())
        at, uses = arrival.at.timestamp(), self._uses(realm, arrival)
        full = next((name for name, window, *room in uses if not window.has_room(at, *room)), "")
        if not full or self._switches.refusals_count:
            for _, window, weight, _ in uses:
                window.add(at, weight)
        return full or None

    def _uses(self, realm: _Realm, arrival: Arrival) -> list[tuple[str, Window, int, int]]:
        """Return each limit that a request is held to: name, window, weight and most."""
        told, app = self._switches, realm.apps[arrival.app]
        # If the items count, they count instead of the call that carries them.
        weight = max(1, told.batch_item_weight * arrival.items)
        most = max(1, told.requests_per_minute - told.other_apps_per_minute)
        uses = [
            ("requests_per_second", app.second, 1, told.requests_per_second),
            ("requests_per_minute", realm.minute, weight, most),
        ]
        if arrival.kind == "batch":
            shared = told.realm_batches_per_minute
            uses.append(("batches_per_minute", app.batches, 1, told.batches_per_minute))
            uses.append(("realm_batches_per_minute", realm.batches, 1, shared))
        if arrival.kind == "send" and told.emails_per_day:
            uses.append(("emails_per_day", realm.emails, 1, told.emails_per_day))
        return uses

    def _turn_to(self, at: datetime) -> None:
        hour = int(at.timestamp()) // 3600
        if hour == self._hour:
            return
        local = at.astimezone(PACIFIC)
        if (local.year, local.month) != self._month:
            self._month, self._reads_in_month = (local.year, local.month), 0
        self._hour = hour
