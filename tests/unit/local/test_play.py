import io
from typing import Any

from local.demo.play import Play
from local.demo.screen import Screen
from local.systems import RefusedError


def new_play() -> Play:
    stage: Any = None
    return Play(stage, Screen(io.StringIO(), {}))


def test_check_that_does_not_hold_is_noted_and_ends_its_step_only() -> None:
    play, reached = new_play(), []

    def fails(play: Play) -> None:
        play.check("nothing was written", False)
        reached.append("the rest of the step")

    play.perform(1, "observe", fails)
    play.perform(2, "live", lambda play: play.check("it writes", True))

    assert play.failures == ["1. observe: nothing was written"]
    assert play.checks == 2
    assert reached == []


def test_system_that_refuses_is_a_failure_of_the_step() -> None:
    play = new_play()

    def refused(_: Play) -> None:
        raise RefusedError("POST /x: 400")

    play.perform(3, "create", refused)

    assert play.failures == ["3. create: RefusedError: POST /x: 400"]


def test_condition_that_never_comes_about_fails_after_its_time() -> None:
    play = new_play()

    play.perform(4, "wait", lambda play: play.until("it comes", lambda: False, patience_s=0))

    assert play.failures == ["4. wait: it comes"]
