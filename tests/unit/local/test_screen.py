import io

from local.demo.screen import Screen
from local.processes import wait_until


class Terminal(io.StringIO):
    """A terminal, as far as anybody asks."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def play(screen: Screen, out: io.StringIO) -> None:
    screen.heading("A step")
    with screen.working("waiting"):
        screen.progress("starting")
        wait_until(lambda: "starting" in out.getvalue(), 5, "nothing moves")
    screen.verdict("it holds", is_good=True, took_s=1.25)
    screen.verdict("it does not", is_good=False)
    screen.table([["", "calls"], ["query", "12"]])


def test_elsewhere_than_on_a_terminal_there_are_only_lines() -> None:
    out = io.StringIO()

    play(Screen(out, {}), out)

    assert out.getvalue().splitlines() == [
        "A step",
        "     starting",
        f"   ✓ {'it holds':<74}   1.2 s",
        "   ✗ it does not",
        "          calls",
        "  query      12",
    ]


def test_terminal_has_colours_and_a_line_that_moves() -> None:
    out = Terminal()

    play(Screen(out, {}), out)

    assert "\033[32m✓" in out.getvalue()
    assert "starting … 0 s" in out.getvalue()


def test_no_color_is_respected_on_a_terminal() -> None:
    out = Terminal()

    play(Screen(out, {"NO_COLOR": "1"}), out)

    assert "\033[32m" not in out.getvalue()
    assert "starting … 0 s" in out.getvalue()
