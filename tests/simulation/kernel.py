"""Virtual time, and the tasks that share it: one runs at a time, and every pause may change which.

A task is a greenlet, so that the product's own code runs unchanged: whatever it calls may pause it.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from greenlet import GreenletExit, getcurrent, greenlet

Act = Callable[[], object]


@dataclass(eq=False)
class Task:
    """One run of a worker. A dead one is never resumed; it is kept until the world ends, because
    to drop it would run its `finally` blocks, which no killed Lambda does.
    """

    name: str
    greenlet: greenlet
    on_end: Callable[[bool], object]
    resumed: Callable[["Task"], object]
    is_dead: bool = False
    is_over: bool = False

    def __call__(self) -> None:
        """Go on: a task stands on the agenda itself."""
        self.resumed(self)


@dataclass
class Kernel:
    """The agenda of a world."""

    at: datetime
    tasks: list[Task] = field(default_factory=list)
    current: Task | None = None
    steps: int = 0
    is_over: bool = False
    _agenda: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _number: int = 0
    _until: datetime | None = None

    def __post_init__(self) -> None:
        self._hub = getcurrent()

    def now(self) -> datetime:
        """Return the true time, which only this kernel knows."""
        return self.at

    def later(self, seconds: float, act: Act) -> None:
        """Put something on the agenda."""
        self._number += 1
        heapq.heappush(self._agenda, (self.at + timedelta(seconds=seconds), self._number, act))

    def spawn(self, name: str, run: Act, on_end: Callable[[bool], object]) -> Task:
        """Begin a task now; `on_end` hears once whether it came to its own end."""
        task = Task(name, greenlet(run), on_end, self._resume)
        self.tasks.append(task)
        self.later(0.0, task)
        return task

    def pause(self, seconds: float) -> None:
        """Let time pass for the task that calls, and others run meanwhile."""
        if self.is_over:
            raise GreenletExit
        task = self.current
        if task is None:
            return
        self.steps += 1
        if self._passes(seconds):
            return
        self.later(seconds, task)
        self._hub.switch()
        if self.is_over:
            raise GreenletExit

    def _passes(self, seconds: float) -> bool:
        """Let time pass at once where nothing else is due before this task goes on."""
        at = self.at + timedelta(seconds=seconds)
        is_next = not self._agenda or at < self._agenda[0][0]
        if not is_next or at < self.at or (self._until is not None and at > self._until):
            return False
        self._number += 1
        self.at = at
        return True

    def die(self) -> None:
        """Let the task that calls be killed, here and now."""
        if self.current is None:
            raise AssertionError("only a task can be killed")
        self.kill(self.current)
        self._hub.switch()
        raise GreenletExit

    def kill(self, task: Task) -> None:
        """Kill a task, unless it is over."""
        if not (task.is_dead or task.is_over):
            task.is_dead = True
            task.on_end(False)

    def run(self, until: datetime | None = None) -> None:
        """Work through the agenda, to its end or up to a time."""
        agenda, pop = self._agenda, heapq.heappop
        self._until = until
        while agenda and (until is None or agenda[0][0] <= until):
            at, _, act = pop(agenda)
            if at > self.at:
                self.at = at
            act()
        if until is not None:
            self.at = max(self.at, until)

    def close(self) -> None:
        """End the world: from now on no step of a killed task does anything."""
        self.is_over = True
        self._agenda.clear()
        self.tasks.clear()

    def _resume(self, task: Task) -> None:
        if task.is_dead or task.is_over:
            return
        self.current = task
        try:
            task.greenlet.switch()
        finally:
            self.current = None
        if task.greenlet.dead and not task.is_dead:
            task.is_over = True
            task.on_end(True)


@dataclass(frozen=True)
class SkewedClock:
    """A clock that is some seconds off; waiting on it pauses the task."""

    kernel: Kernel
    skew_s: float = 0.0

    def now(self) -> datetime:
        """Return the time as this clock has it."""
        at = self.kernel.at
        return at + timedelta(seconds=self.skew_s) if self.skew_s else at

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.kernel.pause(seconds)

    def monotonic(self) -> float:
        """Return seconds since some moment, for measuring how long something took."""
        return self.kernel.at.timestamp()
