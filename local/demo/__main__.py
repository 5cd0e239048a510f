"""Runs the demo: `python -m local.demo`; exits 0 only if every check held."""

import contextlib
import sys
import time

from local.demo import billing, careful, everyday
from local.demo.comparison import compare
from local.demo.play import Play
from local.demo.screen import Screen
from local.demo.summary import by_system, overall
from local.processes import ROOT, LocalAwsError
from local.programs import StageError, ended_by_signals
from local.stage import Stage


def main() -> int:
    """Set the stage, play the story, and say how it ended."""
    screen = Screen()
    began = time.monotonic()
    try:
        with ended_by_signals():
            return _play(screen, began)
    except (StageError, LocalAwsError) as error:
        screen.verdict(str(error), is_good=False)
        for note in getattr(error, "__notes__", ()):
            screen.text(note)
        return 1
    except KeyboardInterrupt:
        screen.text("interrupted; everything is ended")
        return 130


def _play(screen: Screen, began: float) -> int:
    screen.heading("The bridge on this machine: two systems, the deployed template, one story")
    with contextlib.ExitStack() as exits:
        with screen.working("starting"):
            stage = exits.enter_context(Stage("demo", "observe", say=screen.progress))
        screen.verdict("everything is up", is_good=True, took_s=time.monotonic() - began)
        play = Play(stage, screen)
        steps = [*everyday.STEPS, *billing.STEPS, *careful.STEPS]
        for number, (title, act) in enumerate(steps, 1):
            play.perform(number, title, act)
        play.perform(number + 1, "Quiet: every pair is compared, field by field", _compare)
        screen.heading("")
        screen.table(by_system(play))
        screen.heading("")
        screen.table(overall(play))
        stage.keeps_logs = bool(play.failures)
    return _close(play, time.monotonic() - began)


def _compare(play: Play) -> None:
    """Compare what both systems hold when nothing is on its way any more."""
    play.settle()
    found = compare(play.stage.salesforce, play.stage.quickbooks)
    for difference in found.differences:
        play.screen.note(difference)
    play.check(
        f"{found.pairs} pairs, {found.fields} fields: all equal",
        found.pairs > 0 and not found.differences,
    )


def _close(play: Play, took_s: float) -> int:
    if not play.failures:
        count = f"All {play.checks} checks held"
        play.screen.heading(f"\n{count}, nothing is left running, {took_s:.0f} s.")
        return 0
    play.screen.heading(f"\n{len(play.failures)} of {play.checks} checks failed, {took_s:.0f} s:")
    for failure in play.failures:
        play.screen.verdict(failure, is_good=False)
    play.screen.text(f"The logs are in {play.stage.work_dir.relative_to(ROOT)}.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
