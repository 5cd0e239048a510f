"""What the demo shows: steps with their time, checks, and a line that moves while it works.

The moving line and colours are for terminals; NO_COLOR turns colours off.
"""

import os
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TextIO

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAME_S = 0.1
WIDTH = 88
GREEN, RED, BOLD, FAINT = "32", "31", "1", "2"


class Screen:
    """Writes the story, line by line."""

    def __init__(
        self, out: TextIO = sys.stdout, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._out = out
        self._is_terminal = out.isatty() and environment.get("TERM") != "dumb"
        self._has_colours = self._is_terminal and not environment.get("NO_COLOR")
        self._lock = threading.Lock()
        self._doing = ""
        self._since = time.monotonic()

    def heading(self, text: str) -> None:
        """Write a line that stands out."""
        self._line(self._painted(text, BOLD))

    def text(self, text: str) -> None:
        """Write a line of the story."""
        self._line(f"     {text}")

    def note(self, text: str) -> None:
        """Write something to be read only if one wants to."""
        for line in textwrap.wrap(text, WIDTH - 7):
            self._line(f"     {self._painted(line, FAINT)}")

    def verdict(self, text: str, *, is_good: bool, took_s: float | None = None) -> None:
        """Write what a check has found."""
        sign = self._painted("✓", GREEN) if is_good else self._painted("✗", RED)
        clock = f"{took_s:5.1f} s" if took_s is not None else ""
        self._line(f"   {sign} {text.ljust(WIDTH - 14)} {clock}".rstrip())

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Write rows in columns, the first left-aligned, the others right; the first row is the
        head.
        """
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for number, row in enumerate(rows):
            cells = [row[0].ljust(widths[0])]
            cells += [text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True)]
            line = "   ".join(cells).rstrip()
            self._line(f"  {self._painted(line, BOLD) if number == 0 else line}")

    def progress(self, text: str) -> None:
        """Say what a long piece of work is at: in the moving line, or as a line of its own."""
        self._doing, self._since = text, time.monotonic()
        if not self._is_terminal:
            self._line(f"     {text}")

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show that work is going on, and for how long, until it is done."""
        self._doing, self._since = text, time.monotonic()
        if not self._is_terminal:
            yield
            return
        done = threading.Event()
        spinner = threading.Thread(target=self._spin, args=(done,), daemon=True)
        spinner.start()
        try:
            yield
        finally:
            done.set()
            spinner.join()
            self._wipe()

    def _spin(self, done: threading.Event) -> None:
        frame = 0
        while not done.wait(FRAME_S):
            frame += 1
            elapsed = time.monotonic() - self._since
            line = f"   {FRAMES[frame % len(FRAMES)]} {self._doing} … {elapsed:.0f} s"
            with self._lock:
                self._out.write(f"\r\033[K{line[:WIDTH]}")
                self._out.flush()

    def _line(self, text: str) -> None:
        with self._lock:
            if self._is_terminal:
                self._out.write("\r\033[K")
            self._out.write(text + "\n")
            self._out.flush()

    def _wipe(self) -> None:
        with self._lock:
            self._out.write("\r\033[K")
            self._out.flush()

    def _painted(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._has_colours else text
