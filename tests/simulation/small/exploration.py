"""Every schedule of one scene, depth first: each choice of who moves next, and of the one fault.

A greenlet cannot be copied, so a schedule is a list of choices that is played from the start. It
ends where it comes to a state that another one has seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import blake2b

from tests.simulation.small.scenes import Scene
from tests.simulation.small.snapshot import Snapshot
from tests.simulation.small.stage import WORKERS, Bends, Stage
from tests.simulation.small.states import at_rest, under_way
from tests.simulation.small.turns import EVERYTHING, Move
from tests.simulation.small.verdict import ask_again, ask_everything, judge
from tests.simulation.small.ways import JUDGED

FIRST, OTHER = WORKERS
# A pair at rest is older than any look-up of what was made lately.
A_WHILE = timedelta(minutes=10)
# A pause in which every second comes to its end.
PAUSE = timedelta(seconds=3)
MOST_ROUNDS = 80


@dataclass(frozen=True)
class Bound:
    """How far the schedules of a scene go.

    One fault may befall one of `may_fail`. After it whoever moves goes on to its end, unless
    `switches_after_fault`. `skips_commuting` leaves out orders that cannot matter.
    """

    may_fail: frozenset[str] = frozenset(WORKERS)
    switches_after_fault: bool = True
    skips_commuting: bool = True


@dataclass
class Tally:
    """What has been done so far."""

    scenes: int = 0
    schedules: int = 0
    merged: int = 0
    states: int = 0
    ends: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.schedules} schedules of {self.scenes} scenes, {self.states} states, "
            f"{self.merged} schedules merged, {self.ends} ends judged, "
            f"{len(self.violations)} violations"
        )


@dataclass(frozen=True)
class Branch:
    """A schedule to be played: the choices that lead to where it is new, and the moves that need
    not be tried there.
    """

    taken: tuple[int, ...] = ()
    asleep: frozenset[Move] = frozenset()


class Exploration:
    """The schedules of one scene; `ends` marks the states in which it has come to rest."""

    def __init__(self, scene: Scene, bends: Bends, bound: Bound, tally: Tally) -> None:
        self.scene, self.bound, self.tally = scene, bound, tally
        self.ends: set[bytes] = set()
        # Each state that was seen, with the moves that slept there.
        self._seen: dict[bytes, frozenset[Move]] = {}
        self._has_acted, self._last = False, ""
        self.stage = Stage(scene.owner, bends)
        self._set()
        self._start = Snapshot([self.stage])

    def explore(self, most: int = 0) -> None:
        """Play every schedule, or go on until so many violations have been found."""
        self.tally.scenes += 1
        waiting = [Branch()]
        while waiting and not (most and len(self.tally.violations) >= most):
            branch = waiting.pop()
            self.tally.schedules += 1
            self._start.restore()
            self._has_acted, self._last = False, ""
            try:
                waiting += self._play(branch)
            finally:
                self.stage.turns.close()

    def _set(self) -> None:
        """Bring the stage to where the scene begins."""
        stage = self.stage
        for deed in self.scene.before:
            deed.act(stage.people)
        self._work_off()
        stage.turns.at += A_WHILE
        for deed in self.scene.opening:
            deed.act(stage.people)
        if self.scene.second is None and len(self.scene.opening) == 1:
            stage.lane.repeat()  # a message for the other worker
        stage.turns.may_fail = self.bound.may_fail
        stage.notes.clear()

    # One schedule

    def _play(self, branch: Branch) -> list[Branch]:
        """Follow a schedule, then the first move each time; return what branches off."""
        stage, taken, asleep = self.stage, list(branch.taken), branch.asleep
        branches: list[Branch] = []
        stage.hand_over(FIRST, stage.lane.visible()[0])
        for number in branch.taken:
            self._do(self._moves()[number])
        while (moves := self._moves()) and not stage.ledger.violations:
            ways = self._fresh(moves, asleep)
            if not ways:
                self.tally.merged += 1
                return branches
            branches += [Branch((*taken, *each.taken), each.asleep) for each in ways[1:]]
            taken, asleep = [*taken, *ways[0].taken], ways[0].asleep
            self._do(moves[taken[-1]])
        if not stage.ledger.violations:
            self._rest()
        if stage.ledger.violations:
            self.tally.violations.append(self._told(taken))
        return branches

    def _do(self, move: Move) -> None:
        self.stage.notes.append(f"          {move}")
        self._last = move.who
        move.act()

    def _fresh(self, moves: Sequence[Move], asleep: frozenset[Move]) -> list[Branch]:
        """Return the ways on from this state that nobody has gone.

        A move that sleeps commutes with all that has happened since it was one of the choices, and
        so leads to states that are reached the other way round (Godefroid's sleep sets; a state
        that was seen before is gone on from with what slept then and does not now).
        """
        mark = _mark((under_way(self.stage, self._has_acted), self._runner()))
        known = self._seen.get(mark)
        self._seen[mark] = asleep if known is None else asleep & known
        self.tally.states += known is None
        # Where one must go on to its end, the other order may not be open.
        sleeps = self.bound.skips_commuting and not self._is_narrowed()
        ways, done = [], set(asleep)
        for number, move in enumerate(moves):
            if move in asleep or (known is not None and move not in known):
                continue
            ways.append(Branch((number,), frozenset(each for each in done if each.commutes(move))))
            if sleeps:
                done.add(move)
        return ways

    def _moves(self) -> list[Move]:
        """Return what may happen next; nothing, once everybody is through."""
        stage, second, runner = self.stage, self.scene.second, self._runner()
        moves = [each for each in stage.turns.moves() if runner in ("", each.who)]
        if runner:
            return moves
        if second and not self._has_acted and second.is_possible(stage.people):
            moves.append(Move("person", str(second), self._act, writes=JUDGED | {second.side}))
        elif not stage.turns.workers:
            return []
        return moves if OTHER in stage.begun else [*moves, *self._begins()]

    def _begins(self) -> Iterator[Move]:
        for parcel in self.stage.lane.visible():
            act = partial(self.stage.hand_over, OTHER, parcel)
            yield Move(OTHER, f"takes {parcel}", act, writes=EVERYTHING)

    def _runner(self) -> str:
        """Return who must go on to its end."""
        turns = self.stage.turns
        return self._last if self._is_narrowed() and turns.is_awake(self._last) else ""

    def _is_narrowed(self) -> bool:
        return self.stage.turns.has_struck and not self.bound.switches_after_fault

    def _act(self) -> None:
        self._has_acted = True
        if self.scene.second:
            self.scene.second.act(self.stage.people)

    # Its end

    def _rest(self) -> None:
        """Let everything come to rest, ask again as the catch-up does, then send every event once
        more.
        """
        stage = self.stage
        stage.notes.append("          --- rest")
        if not self._work_off(merges=True):
            return
        self.tally.ends += 1
        stage.notes.append("          --- what waits for a person is asked for again")
        stage.lane.send(list(ask_again(stage)))
        self._work_off()
        before = stage.ledger.writes
        stage.notes.append("          --- every event once more")
        stage.lane.send(list(ask_everything(stage)))
        self._work_off()
        if stage.ledger.writes != before:
            written = stage.ledger.writes - before
            stage.ledger.violates("echo-free", f"{written} writes for events that change nothing")
        judge(stage, self.scene)

    def _work_off(self, *, merges: bool = False) -> bool:
        """Work through the lane, one message after the other; False where that has been seen."""
        stage = self.stage
        for _ in range(MOST_ROUNDS):
            if merges and self._is_known():
                return False
            parcel = stage.lane.next()
            dues = [at for at, _ in stage.late] + ([parcel.due] if parcel else [])
            if not dues:
                return True
            stage.turns.at = max(min(dues), stage.turns.at + PAUSE)
            stage.land_late()
            if parcel and parcel.due <= stage.turns.at:
                stage.work_alone(parcel)
        stage.ledger.violates("no block", "messages still go round")
        return True

    def _is_known(self) -> bool:
        """Say whether this state of rest has been seen; what is empty by now is an end."""
        mark = _mark(at_rest(self.stage))
        if not self.stage.lane.parcels and not self.stage.late:
            self.ends.add(mark)
        if mark in self._seen:
            self.tally.merged += 1
            return True
        self._seen[mark] = frozenset()
        self.tally.states += 1
        return False

    def _told(self, taken: Sequence[int]) -> str:
        story = "\n".join(self.stage.notes)
        laws = "\n".join(self.stage.ledger.violations)
        return f"{self.scene}\nchoices {' '.join(map(str, taken))}\n{story}\n{laws}"


def _mark(state: object) -> bytes:
    return blake2b(repr(state).encode(), digest_size=12).digest()
