"""Planted defects: how one gets into the product and out again, and how it is looked for."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.simulation.judge import Judge
from tests.simulation.kernel import Task
from tests.simulation.meddlers import Meddlers
from tests.simulation.options import Options
from tests.simulation.world import World

Planting = AbstractContextManager[None]
Deed = Callable[[Meddlers], bool]
Deeds = Mapping[str | Deed, float]
# A world in which messages go round for days is given up: it would be judged as blocked, but late.
MOST_STEPS = 10_000
# Python's own errors bear names like this one; the bridge's reasons are words in lower case.
_CRASH = re.compile(r"[A-Z]\w*")


@contextmanager
def swapped(owner: object, name: str, new: object) -> Iterator[None]:
    """Put something in the place of an attribute of a class or module, and put it back.

    Raises:
        KeyError: there is no such attribute (any more): the defect has lost its place.
    """
    old = vars(owner)[name]
    setattr(owner, name, new)
    try:
        yield
    finally:
        setattr(owner, name, old)


@contextmanager
def added(owner: object, name: str, new: object) -> Iterator[None]:
    """Give a class an attribute of its own, and take it away again."""
    setattr(owner, name, new)
    try:
        yield
    finally:
        delattr(owner, name)


@contextmanager
def everywhere(old: object, new: object) -> Iterator[None]:
    """Put something in the place of a function wherever the bridge uses it, and put it back."""
    used = [
        (module, name)
        for module in _modules()
        for name, value in list(vars(module).items())
        if value is old
    ]
    if not used:
        raise KeyError(f"{old} is not used anywhere: the defect has lost its place")
    with together(*(swapped(module, name, new) for module, name in used)):
        yield


@contextmanager
def together(*plantings: Planting) -> Iterator[None]:
    """Plant several defects at once: guards of which each covers for the other."""
    with ExitStack() as stack:
        for planting in plantings:
            stack.enter_context(planting)
        yield


def _modules() -> list[ModuleType]:
    return [module for name, module in list(sys.modules.items()) if name.startswith("bridge.")]


@dataclass(frozen=True)
class Profile:
    """Worlds that show a kind of defect: options forced, and what people do there how often.

    A deed is a method of `Meddlers` by its name, or a function of them. Without `deeds` they do
    what they do in any world.
    """

    name: str
    forced: Mapping[str, Any]
    deeds: Deeds = field(default_factory=dict)

    def but(self, name: str, deeds: Deeds | None = None, **forced: Any) -> "Profile":
        """Return a profile that differs from this one in some options."""
        return Profile(name, {**self.forced, **forced}, self.deeds if deeds is None else deeds)

    def world(self, seed: int) -> World:
        """Return a world of this profile, not begun yet."""
        world = World(Options.of(seed, **self.forced))
        if self.deeds:
            people = world.people
            people.deeds = [(_deed(people, deed), weight) for deed, weight in self.deeds.items()]
        return world


def _deed(people: Meddlers, deed: str | Deed) -> Callable[[], bool]:
    return getattr(people, deed) if isinstance(deed, str) else lambda: deed(people)


@dataclass(frozen=True)
class Mutant:
    """A defect: the guard that it takes out, the worlds that show it, and the invariants that must
    be violated there.

    Of guards that cover for one another several are taken out at once: `parts` are the defects of
    which it is made, none of which may show by itself where all of them do.
    """

    plant: Callable[[], Planting]
    guard: str
    profile: Profile
    laws: tuple[str, ...]
    seeds: int = 400
    parts: tuple[Callable[[], Planting], ...] = ()

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.plant.__name__.replace("_", "-")


@dataclass(frozen=True)
class Verdict:
    """What a world came to: the invariants violated, in their order, and whether code crashed."""

    laws: tuple[str, ...]
    told: str = ""
    crash: str = ""

    @property
    def is_sound(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.laws and not self.crash


def judged(profile: Profile, seed: int, plant: Callable[[], Planting] = nullcontext) -> Verdict:
    """Live through one world, with a defect or without, and judge it."""
    with plant():
        world = profile.world(seed)
        _bound(world)
        try:
            world.play()
            violations = Judge(world).judge()
        except Exception as error:  # noqa: BLE001  a defect that ends the world has caught itself
            return Verdict((), crash=type(error).__name__)
        finally:
            world.kernel.close()
        laws = tuple(dict.fromkeys(each.partition(":")[0] for each in violations))
        return Verdict(laws, violations[0] if violations else "", _crash(world))


def catches(mutant: Mutant, seed: int) -> str:
    """Return the invariant by which a mutant is caught on a seed that the product itself passes."""
    verdict = judged(mutant.profile, seed, mutant.plant)
    law = next((each for each in verdict.laws if each in mutant.laws), "")
    if verdict.crash or not law:
        return ""
    others = (judged(mutant.profile, seed, plant) for plant in (nullcontext, *mutant.parts))
    return law if all(other.is_sound for other in others) else ""


class EndlessError(Exception):
    """A world does not come to rest."""


def _bound(world: World) -> None:
    kernel, resume = world.kernel, world.kernel._resume

    def resume_in_bounds(task: Task) -> None:
        if kernel.steps > MOST_STEPS:
            raise EndlessError
        resume(task)

    kernel._resume = resume_in_bounds  # type: ignore[method-assign]


def _crash(world: World) -> str:
    """Return the error of Python's own that a worker met, if one did."""
    lines = (line for line in world.observer.lines if line["message"] == "batch failed")
    reasons = (str(line["reason"]).split(" ")[0] for line in lines)
    return next((reason for reason in reasons if _CRASH.fullmatch(reason)), "")
