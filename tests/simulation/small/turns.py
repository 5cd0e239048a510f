"""Who goes next, enumerated: workers take turns at their I/O steps, and each turn is a choice.

A worker is a greenlet, so that the product's own code runs unchanged. No step takes any time; the
clock moves when a worker waits and nobody else is under way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

DONE, LOST_BEFORE, LOST_AFTER, LATE = "", "lost before", "lost after", "late"
KILLED = "killed"


NOTHING: frozenset[str] = frozenset()
EVERYTHING = frozenset({"everything"})
FAULT = frozenset({"the one fault"})


@dataclass(frozen=True)
class Step:
    """One I/O call that is about to be made, and the fates that it may meet beside being made.

    `reads` and `writes` say what it looks at and what it changes.
    """

    name: str
    fates: tuple[str, ...] = ()
    reads: frozenset[str] = NOTHING
    writes: frozenset[str] = NOTHING


@dataclass(eq=False)
class Worker:
    """One run of the flow over one message. A killed one is never resumed.

    `heard` is a digest of every answer it has had: with its message that is all it can know.
    """

    name: str
    message: str
    greenlet: greenlet
    on_end: Callable[[bool], object]
    step: Step | None = None
    wakes_at: datetime | None = None
    fate: str = DONE
    heard: bytes = b""
    ids: int = 0
    has_just_written: bool = False


@dataclass(frozen=True)
class Move:
    """One thing that may happen next."""

    who: str
    what: str
    act: Callable[[], object] = field(repr=False, compare=False)
    reads: frozenset[str] = NOTHING
    writes: frozenset[str] = NOTHING

    def __str__(self) -> str:
        return f"{self.who} {self.what}"

    def commutes(self, other: "Move") -> bool:
        """Say whether it makes no difference which of the two comes first."""
        if self.who == other.who or EVERYTHING in (self.writes, other.writes):
            return False
        is_seen = self.writes & (other.reads | other.writes)
        return not is_seen and not other.writes & self.reads


@dataclass
class Turns:
    """The workers that are under way, and the clock."""

    at: datetime
    workers: dict[str, Worker] = field(default_factory=dict)
    dead: list[Worker] = field(default_factory=list)
    current: Worker | None = None
    # Whom a fault may befall, as long as there has been none.
    may_fail: frozenset[str] = NOTHING
    has_struck: bool = False
    is_over: bool = False

    # For the product

    def now(self) -> datetime:
        """Return the time; every clock of this world shows the same."""
        return self.at

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""
        wakes_at = self.at + timedelta(seconds=seconds)
        if self.current is None:
            self.at = wakes_at
            return
        self.current.wakes_at = wakes_at
        self.take(Step("wait"))

    # For the ways out of a worker

    def take(self, step: Step) -> str:
        """Let others go first, and return what is to become of a step."""
        if self.is_over:
            raise GreenletExit
        worker = self.current
        if worker is None:
            return DONE
        worker.step, worker.fate = step, DONE
        self._hub.switch()
        if self.is_over:
            raise GreenletExit
        worker.has_just_written = bool(step.writes) and worker.fate != LOST_BEFORE
        return worker.fate

    def hear(self, answer: Any) -> None:
        """Note what a worker was answered."""
        if self.current is not None:
            told = answer if isinstance(answer, bytes) else repr(answer).encode()
            heard = self.current.heard + told
            self.current.heard = blake2b(heard, digest_size=12).digest()

    # For whoever chooses

    def begin(
        self, name: str, message: str, run: Callable[[], object], on_end: Callable[[bool], object]
    ) -> None:
        """Let a worker begin, up to its first step."""
        worker = Worker(name, message, greenlet(run), on_end)
        self.workers[name] = worker
        self._go_on(worker, DONE)

    def moves(self) -> Iterator[Move]:
        """Yield what workers may do next; time moves only where all of them wait for it."""
        awake = [each for each in self.workers.values() if not self._sleeps(each)]
        for worker in awake:
            yield from self._moves_of(worker)
        if self.workers and not awake:
            yield Move("time", "passes", self._pass, writes=EVERYTHING)

    def is_awake(self, name: str) -> bool:
        """Say whether a worker is under way and waits for no time to pass."""
        return name in self.workers and not self._sleeps(self.workers[name])

    def close(self) -> None:
        """End this run: from now on no step of any worker does anything."""
        self.is_over = True
        for worker in [*self.workers.values(), *self.dead]:
            worker.greenlet.throw(GreenletExit)
        self.workers.clear()
        self.dead.clear()
        self.is_over = False

    def __post_init__(self) -> None:
        self._hub = getcurrent()

    def _moves_of(self, worker: Worker) -> Iterator[Move]:
        step = worker.step
        if step is None:
            raise AssertionError("a worker that is under way has a step")
        reads, writes = step.reads, step.writes
        yield Move(worker.name, step.name, partial(self._go_on, worker, DONE), reads, writes)
        if worker.name not in self.may_fail:
            return
        writes |= FAULT
        # To be killed after a read, or later than right after a write, makes no other state.
        if worker.has_just_written:
            yield Move(worker.name, KILLED, partial(self._kill, worker), writes=FAULT)
        for fate in step.fates:
            told, act = f"{step.name} {fate}", partial(self._fail, worker, fate)
            yield Move(worker.name, told, act, reads, writes)

    def _sleeps(self, worker: Worker) -> bool:
        return worker.wakes_at is not None and worker.wakes_at > self.at

    def _pass(self) -> None:
        self.at = min(each.wakes_at for each in self.workers.values() if each.wakes_at)

    def _fail(self, worker: Worker, fate: str) -> None:
        self.may_fail, self.has_struck = NOTHING, True
        self._go_on(worker, fate)

    def _kill(self, worker: Worker) -> None:
        self.may_fail, self.has_struck = NOTHING, True
        del self.workers[worker.name]
        self.dead.append(worker)
        worker.on_end(False)

    def _go_on(self, worker: Worker, fate: str) -> None:
        self.current, worker.fate, worker.wakes_at = worker, fate, None
        try:
            worker.greenlet.switch()
        finally:
            self.current = None
        if worker.greenlet.dead:
            del self.workers[worker.name]
            worker.on_end(True)
