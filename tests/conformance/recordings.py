"""The recorded replies, what a stand-in answers to the same calls, and the report of both."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"
NOTHING: Mapping[str, str] = {}
# Takes what was recorded; returns what the stand-in answered, and what it is to be compared with.
Act = Callable[[Any], tuple[Any, Any]]


def recorded(name: str) -> Any:
    """Read a recorded file, `quickbooks/get-customer-1` for example."""
    return json.loads((DATA / f"{name}.json").read_text("utf-8"), parse_float=Decimal)


@dataclass(frozen=True)
class Replay:
    """One recorded reply, how to call for it, and what is apart in it, with the reason."""

    name: str
    act: Act
    apart: Mapping[str, str]


@dataclass
class Replays:
    """The replays of one vendor."""

    vendor: str
    all: list[Replay] = field(default_factory=list)

    def of(self, *names: str, apart: Mapping[str, str] = NOTHING) -> Callable[[Act], Act]:
        """Register a function as the replay of recorded files."""

        def register(act: Act) -> Act:
            self.all += [Replay(f"{self.vendor}/{name}", act, apart) for name in names]
            return act

        return register


@dataclass
class Report:
    """The recorded replies that a stand-in gives again, and those that it does not."""

    given: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was looked at."""
        return not self.given and not self.missing

    def lines(self) -> Iterator[str]:
        """Write both lists."""
        yield f"given again, with the same keys and types ({len(self.given)}):"
        yield from (f"  {name}" for name in sorted(self.given))
        yield f"not given again ({len(self.missing)}):"
        yield from (f"  {name}: {reason}" for name, reason in sorted(self.missing.items()))


REPORT = pytest.StashKey[Report]()
