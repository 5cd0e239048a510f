"""Faults that the admin face plants into a stand-in, each for a number of calls."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from local.simulators.server import Request


@dataclass(frozen=True, slots=True)
class Match:
    """The calls that a fault meets: every condition that is given must hold."""

    method: str | None = None
    path: str | None = None
    kind: str | None = None
    body: str | None = None

    def accepts(self, request: Request, kind: str) -> bool:
        """Tell whether a call of this kind is met; `path` is a regex, `body` a substring."""
        if self.kind is not None and self.kind != kind:
            return False
        if self.method is not None and self.method.upper() != request.method:
            return False
        if self.path is not None and not re.search(self.path, request.path):
            return False
        return self.body is None or self.body.encode() in request.body


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault does: answer with a status, a vendor's code or a raw body, be late, or drop.

    `drop="before"` loses the request, `drop="after"` loses only the answer. `late_s` drops the
    connection at once and lets the request take effect that much later, by the stand-in's clock.
    """

    status: int | None = None
    code: str | None = None
    body: str | None = None
    delay_s: float = 0.0
    late_s: float = 0.0
    drop: Literal["before", "after"] | None = None

    @property
    def replaces_answer(self) -> bool:
        """Tell whether the call is refused without taking effect."""
        answers = (self.status, self.code, self.body)
        return self.drop == "before" or any(answer is not None for answer in answers)


@dataclass(slots=True)
class Fault:
    """One planted fault and how many times it is still to happen."""

    match: Match
    effect: Effect
    times: int = 1

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        """Read the JSON form.

        Raises:
            ValueError: a key or a value that does not exist.
        """
        _refuse_unknown(raw, cls)
        match, effect = raw.get("match") or {}, raw.get("effect") or {}
        _refuse_unknown(match, Match)
        _refuse_unknown(effect, Effect)
        if effect.get("drop") not in (None, "before", "after"):
            raise ValueError('drop is "before" or "after"')
        times = raw.get("times", 1)
        if not isinstance(times, int) or times < 1:
            raise ValueError("times is a positive whole number")
        re.compile(match.get("path") or "")
        seconds = {name: float(effect.get(name) or 0) for name in ("delay_s", "late_s")}
        code = effect.get("code")
        effect = {**effect, **seconds, "code": None if code is None else str(code)}
        return cls(Match(**match), Effect(**effect), times)


def _refuse_unknown(raw: Mapping[str, Any], shape: type) -> None:
    known = {each.name for each in fields(shape)}
    if unknown := sorted(set(raw) - known):
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")


class FaultPlan:
    """The planted faults, in the order in which they were planted."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def take(self, request: Request, kind: str) -> Fault | None:
        """Return the first fault that meets this call, and use it up by one."""
        for fault in self._faults:
            if not fault.match.accepts(request, kind):
                continue
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
            return fault
        return None

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, fault: Fault) -> None:
        """Plant a fault behind the others."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Take every fault away."""
        self._faults.clear()

    def listing(self) -> list[dict[str, Any]]:
        """Show the faults that are still to happen, in their JSON form."""
        return [asdict(fault) for fault in self._faults]
