"""What one process of a run does: it plays worlds, and tells what they have shown.

To import this module is to count: it must come before anything of the bridge's core and flows.
"""

import re
import time
from collections import Counter

from tests.simulation import probes
from tests.simulation.branches import install

FINDER = install(probes.WATCHES)

from bridge.model import CrossReference, PairKey  # noqa: E402  after the finder
from bridge.quickbooks.client import QuickBooksClient  # noqa: E402
from bridge.salesforce.client import SalesforceClient  # noqa: E402
from tests.simulation.options import Options  # noqa: E402
from tests.simulation.play import play  # noqa: E402
from tests.simulation.shortcuts import take_shortcuts  # noqa: E402
from tests.simulation.shrink import shrink  # noqa: E402
from tests.simulation.story import story_of, whole_story  # noqa: E402
from tests.simulation.tally import Counts, Told  # noqa: E402
from tests.simulation.world import World  # noqa: E402

# What finding a smaller world may cost.
EFFORT_S = 45.0
CALL = re.compile(r": (quickbooks|salesforce) (GET|POST|PATCH) ")

take_shortcuts()
probes.watch_clients(("quickbooks", QuickBooksClient), ("salesforce", SalesforceClient))


def tell(seed: int) -> Told:
    """Play the world of a seed, and tell what it has shown."""
    probes.passed.clear()
    FINDER.take()
    start = time.process_time()
    played = play(Options.of(seed), rows=probes.WatchedCrossReferences())
    seconds = time.process_time() - start
    world = played.world
    return Told(seed, played.violations, counts_of(world), sizes_of(world), world.digest(), seconds)


def story(seed: int) -> str:
    """Return the options of a seed, and all that happens in its world."""
    options = Options.of(seed)
    return f"{options.told()}\n\n{chr(10).join(whole_story(play(options)))}"


def explain(seed: int) -> str:
    """Return the story of the smallest world that fails as a seed does."""
    return story_of(shrink(Options.of(seed), EFFORT_S))


def counts_of(world: World) -> Counts:
    """Return how often what happened in a world, by subject."""
    pairs = [line for line in world.observer.lines if line["message"] == "pair synced"]
    waits = Counter(line["reason"] for line in pairs if line["status"] == "waiting")
    probes.passed["claim met"] += waits["claimed"]
    return {
        "faults": +world.chaos.struck,
        "circumstances": Counter(_circumstances(world.options)) + world.saw,
        "entities": Counter(key.entity for key in _linked(world)),
        "decisions": Counter(line["decision"] or "(none)" for line in pairs),
        "outcomes": Counter(line["status"] for line in pairs),
        "waits": waits,
        "reasons": Counter(
            line["reason"] for line in pairs if line["reason"] and line["status"] != "waiting"
        ),
        "messages": Counter(f"{line['level']} {line['message']}" for line in world.observer.lines),
        "protocol": +probes.passed,
        # In how many worlds, not how often: one long world would hide what all others lack.
        "branches": Counter(dict.fromkeys(FINDER.take(), 1)),
    }


def sizes_of(world: World) -> dict[str, float]:
    """Return how large a world was."""
    pairs = _linked(world)
    return {
        "realms": world.options.realms,
        "pairs": len(pairs),
        "entities": len({key.entity for key in pairs}),
        "workers": world.options.workers,
        "people's actions": world.people.done,
        "faults injected": world.chaos.struck.total(),
        "steps": world.kernel.steps,
        "calls": sum(CALL.search(line) is not None for line in world.trace),
        "writes": world.ledger.writes,
    }


def _linked(world: World) -> list[PairKey]:
    rows = [row for row in world.cloud.rows.rows.values() if isinstance(row, CrossReference)]
    return [row.key for row in rows if row.quickbooks_id is not None]


def _circumstances(options: Options) -> list[str]:
    """Name what makes a world other than the plain one."""
    names = [f"profile {options.profile}", f"owner {options.owner or 'as mapped'}"]
    for side in ("quickbooks", "salesforce"):
        names += [f"{side} {name} = {value}" for name, value in getattr(options, side).items()]
        if skew := getattr(options, f"{side}_skew_s"):
            names.append(f"clock of {side} {'ahead' if skew > 0 else 'behind'}")
    if options.query_lag_s:
        names.append("queries lag behind")
    return names
