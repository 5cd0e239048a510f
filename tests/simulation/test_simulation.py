"""The simulation itself: worlds hold, fail where they should, and are the same every time."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from bridge.core.decision import DecisionKind
from bridge.model import OutcomeStatus
from local.simulators.server import Response, Server
from tests.simulation.branches import catalogue
from tests.simulation.options import FAULTS, Options
from tests.simulation.play import Played, play
from tests.simulation.probes import PROBES
from tests.simulation.regressions import REGRESSIONS, Regression
from tests.simulation.required import LEAST, documented_waits, is_meant, missing, reason_of
from tests.simulation.shrink import shrink, size_of
from tests.simulation.story import regression_of, story_of
from tests.simulation.tally import Tally, Told
from tests.simulation.unreached import BRANCHES, MOMENTS, WAITS
from tests.simulation.verdict import verdict_of
from tests.simulation.world import Skipped, World

ROOT = Path(__file__).parents[2]
# As many as fit into the time of this suite; the command plays any number.
FAMILIES = range(21, 29)
WORLDS = 120
RENAMES = re.compile(r"person: .* update .*(Display)?Name")


def simulate(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as `make simulate` does."""
    path = ":".join([".", "layers/shared", "layers/mappings"])
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def told(seed: int, *violations: str) -> Told:
    """Return what a world has shown in which everything happened that can."""
    subjects = {
        "faults": FAULTS,
        "decisions": [kind.value for kind in DecisionKind],
        "outcomes": [status.value for status in OutcomeStatus],
        "waits": documented_waits(),
        "protocol": PROBES,
        "branches": [name for name in catalogue() if not reason_of(name)],
    }
    counts = {subject: Counter(list(names)) for subject, names in subjects.items()}
    return Told(seed, violations, counts, LEAST, "", 0.1)


def long_run(*all_told: Told) -> Tally:
    """Return the tally of a run of a thousand worlds that began with these."""
    tally = Tally()
    for each in all_told:
        tally.add(each)
    tally.worlds = 1000
    return tally


def test_worlds_hold_and_the_last_line_says_so() -> None:
    run = simulate("--seeds", str(WORLDS), "--first", "501", "--jobs", "1")

    assert run.stdout.splitlines()[-1:] == [
        f"{WORLDS} worlds, seeds 501 to {500 + WORLDS}, 0 violations"
    ], run.stdout + run.stderr
    assert run.returncode == 0


@pytest.mark.parametrize("regression", REGRESSIONS, ids=lambda each: f"{each.seed} {each.showed}")
def test_world_that_once_failed_holds(regression: Regression) -> None:
    played = play(regression.options, regression.skipped)

    assert played.violations == ()


def test_worlds_hold_in_which_people_put_customers_below_one_another() -> None:
    below = 0
    for seed in FAMILIES:
        played = play(Options.of(seed, families=True))
        assert played.violations == ()
        companies = played.world.quickbooks.companies.values()
        below += sum("ParentRef" in row for each in companies for row in each.rows("Customer"))

    assert below


def test_same_seed_gives_the_same_trace_in_every_process() -> None:
    runs = [simulate("--digests", "11", "12", "13", PYTHONHASHSEED=seed) for seed in ("1", "2")]

    assert runs[0].stdout == runs[1].stdout
    assert re.fullmatch(r"(\d+ [0-9a-f]{16}\n){3}", runs[0].stdout), runs[0].stderr


def test_counting_the_branches_does_not_change_a_world() -> None:
    run = simulate("--seed", "14")

    digest = play(Options.of(14)).world.digest()

    assert f"\ntrace {digest}, " in run.stdout, run.stderr


def test_run_with_a_violation_fails_and_names_the_seed() -> None:
    tally = long_run(told(1), told(7, "no block: x", "no block: y"))

    verdict = verdict_of(tally, range(1, 1001))

    assert verdict.status == 1
    assert "failing seeds: 7" in verdict.lines
    assert verdict.lines[-1] == "1000 worlds, seeds 1 to 1000, 2 violations"


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("faults", "killed"),
        ("decisions", "adopt"),
        ("outcomes", "rejected"),
        ("waits", "claimed"),
        ("protocol", "link: seen"),
        ("branches", "core.decide decide: if pair.row.quickbooks_id is None: yes"),
    ],
)
def test_long_run_without_something_fails_and_names_it(subject: str, name: str) -> None:
    tally = long_run(told(1))
    del tally.counts[subject][name]

    verdict = verdict_of(tally, range(1, 1001))

    assert verdict.status == 1
    assert f"never occurred: {subject}: {name}" in verdict.lines


def test_long_run_of_small_worlds_fails() -> None:
    tally = long_run(replace(told(1), sizes={**LEAST, "pairs": 4}))

    assert "a world of 5 pairs: the median is 4" in missing(tally)


def test_short_run_need_not_show_everything() -> None:
    tally = Tally()
    tally.add(replace(told(1), counts={}))

    verdict = verdict_of(tally, [1])

    assert verdict.status == 0
    assert verdict.lines == ("1 worlds, seeds 1 to 1, 0 violations",)


def test_whatever_is_listed_as_out_of_reach_exists() -> None:
    branches = list(catalogue())

    assert [each for each in BRANCHES if not any(is_meant(each, name) for name in branches)] == []
    assert WAITS.keys() <= documented_waits()
    assert MOMENTS.keys() <= set(PROBES)


def offended_by_renames(
    play: Callable[[Options, Skipped | None], Played],
) -> Callable[[Options, Skipped | None], Played]:
    """Return a way to play in which a made-up law forbids that people rename anything."""

    def playing(options: Options, skipped: Skipped | None = None) -> Played:
        played = play(options, skipped)
        lines = [line for line in played.world.trace if RENAMES.search(line)]
        for line in lines[:1]:
            number = re.findall(r"Walnut\d+", line)[-1]
            played.world.note(f"VIOLATION: nobody renames: {number}")
            played = replace(played, violations=(f"nobody renames: {number}",))
        return played

    return playing


def test_failing_world_is_made_small_and_told() -> None:
    playing = offended_by_renames(play)
    options = Options.of(3, profile="linking", renames=True)
    first = playing(options, None)

    small = shrink(options, 8.0, playing=playing)
    story = story_of(small)

    assert size_of(small.played) < size_of(first) / 2
    assert "violates nobody renames: Walnut" in story
    assert re.search(r"somebody +(salesforce|quickbooks \d) update \w+ .*Name", story)
    assert regression_of(small.options, small.skipped) in story


def test_other_threads_go_their_own_way_while_a_world_is_played() -> None:
    server = Server(lambda request: Response(204)).start()
    try:
        with World(Options.of(1)).roads():
            answer = requests.get(server.url, timeout=5)
    finally:
        server.stop()

    assert answer.status_code == 204
