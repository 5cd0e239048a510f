"""Measures the traffic of realms and apps against the vendor's limits; `limits.py` enforces them.

Limits and what counts as metered: Intuit, learn/limits-and-throttles and the App Partner Program.
"""

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

_READS = {"read", "pdf", "query", "cdc"}
_WRITES = {"create", "update", "delete", "void"}


@dataclass(slots=True)
class Window:
    """Counts what happens within a sliding window and remembers the highest count."""

    seconds: float
    highest: int = 0
    _times: deque[float] = field(default_factory=deque)

    def add(self, at: float) -> None:
        """Count one event at a time in seconds; times do not run backwards."""
        self._times.append(at)
        while self._times[0] <= at - self.seconds:
            self._times.popleft()
        self.highest = max(self.highest, len(self._times))


@dataclass(slots=True)
class Figures:
    """The highest figures of one realm, or of one app in it."""

    second: Window = field(default_factory=lambda: Window(1))
    minute: Window = field(default_factory=lambda: Window(60))
    batches: Window = field(default_factory=lambda: Window(60))
    highest_in_flight: int = 0
    _ends: list[float] = field(default_factory=list)

    def count(self, kind: str, at: float, lasts_s: float) -> int:
        """Count one request answered after `lasts_s`, and return how many are in flight."""
        self.second.add(at)
        self.minute.add(at)
        if kind == "batch":
            self.batches.add(at)
        while self._ends and self._ends[0] <= at:
            heapq.heappop(self._ends)
        heapq.heappush(self._ends, at + lasts_s)
        self.highest_in_flight = max(self.highest_in_flight, len(self._ends))
        return len(self._ends)

    def listing(self) -> dict[str, int]:
        """Show the highest figures."""
        return {
            "highest_in_1_s": self.second.highest,
            "highest_in_60_s": self.minute.highest,
            "highest_batches_in_60_s": self.batches.highest,
            "highest_in_flight": self.highest_in_flight,
        }


@dataclass(slots=True)
class RealmTraffic:
    """The figures of one realm with all its apps, and of each app."""

    whole: Figures = field(default_factory=Figures)
    apps: defaultdict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))

    def listing(self) -> dict[str, Any]:
        """Show the highest figures; what came with an unknown token is no app's."""
        apps = {app: figures.listing() for app, figures in self.apps.items() if app}
        return {**self.whole.listing(), "apps": apps}


class Traffic:
    """The traffic of every realm, and the metered and unmetered calls that succeeded."""

    def __init__(self) -> None:
        self._realms: defaultdict[str, RealmTraffic] = defaultdict(RealmTraffic)
        self._metered_reads = 0
        self._unmetered_writes = 0

    def count(self, realm: str, app: str, kind: str, at: float, lasts_s: float) -> int:
        """Count one HTTP request to a realm, and return how many of its app are in flight."""
        self._realms[realm].whole.count(kind, at, lasts_s)
        return self._realms[realm].apps[app].count(kind, at, lasts_s)

    def meter(self, kind: str) -> None:
        """Count one successful call or batch item, by its kind."""
        self._metered_reads += kind in _READS
        self._unmetered_writes += kind in _WRITES

    def reset(self) -> None:
        """Begin again at nothing."""
        self._realms.clear()
        self._metered_reads = self._unmetered_writes = 0

    def listing(self) -> dict[str, Any]:
        """Show the highest figures over all realms and for each."""
        realms = {realm: traffic.listing() for realm, traffic in self._realms.items()}
        names = Figures().listing()
        highest = {name: max((each[name] for each in realms.values()), default=0) for name in names}
        return {
            **highest,
            "metered_reads": self._metered_reads,
            "unmetered_writes": self._unmetered_writes,
            "realms": realms,
        }
